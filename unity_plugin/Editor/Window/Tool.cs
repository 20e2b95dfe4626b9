#nullable enable
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Linq;

namespace Dreambridge.Editors
{
    /// <summary>A program that runs next to the editor. Its lines come on threads of the runtime's and are kept for the main thread.</summary>
    internal sealed class Tool : IDisposable
    {
        private readonly ConcurrentQueue<string> _lines = new ConcurrentQueue<string>();
        private readonly Process _process;

        /// <exception cref="DreamError">not_running: the program does not exist, or may not be run.</exception>
        internal Tool(string program, IEnumerable<string> words)
        {
            var start = new ProcessStartInfo(program, string.Join(" ", words.Select(Quoted)))
            {
                UseShellExecute = false, CreateNoWindow = true, RedirectStandardOutput = true, RedirectStandardError = true,
            };
            OwnProcess.CleanForPython(start);
            start.EnvironmentVariables["PYTHONUNBUFFERED"] = "1";
            start.EnvironmentVariables["PYTHONIOENCODING"] = "utf-8";
            start.StandardOutputEncoding = start.StandardErrorEncoding = System.Text.Encoding.UTF8;
            _process = new Process { StartInfo = start };
            _process.OutputDataReceived += (_, e) => Keep(e.Data);
            _process.ErrorDataReceived += (_, e) => Keep(e.Data);
            try
            {
                _process.Start();
            }
            catch (Win32Exception e)
            {
                throw new DreamError(ErrorCodes.NotRunning, "\"" + program + "\" could not be started: " + e.Message, "Check the path, or make a Python environment in Window > Dreambridge.");
            }
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        internal int Id => _process.Id;

        /// <summary>Has it ended, with all its lines read?</summary>
        internal bool Ended => _process.HasExited && Drained();

        /// <summary>Its exit code, after <see cref="Ended"/>.</summary>
        internal int ExitCode => _process.ExitCode;

        /// <summary>The next line that it wrote; false when there is none now.</summary>
        internal bool TryLine(out string line) => _lines.TryDequeue(out line!);

        /// <summary>Wait for its end and hand back all its lines. For short questions only.</summary>
        /// <exception cref="DreamError">timeout: it still ran after so many milliseconds, and was ended.</exception>
        internal static (int code, string text) Ask(string program, IEnumerable<string> words, int ms = 10000)
        {
            using var tool = new Tool(program, words);
            if (!tool._process.WaitForExit(ms))
            {
                tool.Kill();
                throw new DreamError(ErrorCodes.Timeout, program + " did not answer in " + ms / 1000 + " s.", "Try it in a terminal.");
            }
            tool._process.WaitForExit();
            return (tool._process.ExitCode, string.Join("\n", tool._lines.ToArray()));
        }

        /// <summary>End it, if it still runs.</summary>
        internal void Kill()
        {
            try { if (!_process.HasExited) _process.Kill(); }
            catch (InvalidOperationException) { /* it ended in this moment */ }
            catch (Win32Exception) { /* it is ending */ }
        }

        /// <summary>Let go of it; it goes on.</summary>
        public void Dispose() => _process.Dispose();

        /// <summary>One argument as the runtime's parser takes it, on every system.</summary>
        internal static string Quoted(string word) => "\"" + word.Replace("\\\"", "\\\\\"").Replace("\"", "\\\"") + (word.EndsWith("\\", StringComparison.Ordinal) ? "\\" : "") + "\"";

        private bool Drained()
        {
            _process.WaitForExit();
            return true;
        }

        private void Keep(string? line) { if (line != null) _lines.Enqueue(line); }
    }
}
