#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Makes an environment with dreambridge, in steps that can be watched, and tries it.</summary>
    internal sealed class PythonEnvironment
    {
        // What a game does: a daemon of its own, a stream, a frame. Without ONNX Runtime this fails, while all steps before it pass.
        private const string Try = "import dreambridge\n"
            + "with dreambridge.start(timeout=60) as daemon:\n"
            + "    frame = daemon.open('vista', fps=12).frame(timeout=60)\n"
            + "    print('a stream of vista opened:', frame.pixels.shape[1], 'x', frame.pixels.shape[0], 'pixels')\n";
        private readonly Queue<(string title, string program, string[] words)> _steps = new Queue<(string, string, string[])>();
        private Tool? _tool;
        private int _all;

        /// <summary>What is done now; empty when nothing is.</summary>
        internal string Doing { get; private set; } = "";

        /// <summary>What pip and the others wrote.</summary>
        internal List<string> Log { get; } = new List<string>();

        /// <summary>What went wrong; null when all is well.</summary>
        internal DreamError? Error { get; private set; }

        /// <summary>The environment's Python, when it is whole; else empty.</summary>
        internal string Made { get; private set; } = "";

        /// <summary>How far it is, 0 to 1.</summary>
        internal float Progress => _all == 0 ? 0 : 1 - (_steps.Count + (Doing.Length > 0 ? 0.5f : 0)) / _all;

        /// <summary>
        /// What pip is told to install: with the extra that brings ONNX Runtime, unless the source names extras itself.
        /// </summary>
        internal static string WithRuntime(string source)
        {
            var plain = source.Trim();
            if (plain.EndsWith("]", StringComparison.Ordinal)) return plain;
            return plain.Contains("://") ? (plain.Contains("@ ") ? plain : "dreambridge[cpu] @ " + plain) : plain + "[cpu]";
        }

        /// <summary>
        /// Begin: an environment in that folder, of that Python (empty: one is looked for), with dreambridge from that source (a folder, an
        /// archive, or what else pip takes). At the end a stream is opened with it.
        /// </summary>
        internal void Begin(string folder, string source, string basePython = "", IEnumerable<string>? candidates = null)
        {
            Error = null;
            Made = "";
            Log.Clear();
            _steps.Clear();
            try
            {
                var python = PythonSearch.Find(basePython.Length > 0 ? new[] { basePython } : candidates);
                var own = Application.platform == RuntimePlatform.WindowsEditor ? Path.Combine(folder, "Scripts", "python.exe") : Path.Combine(folder, "bin", "python");
                _steps.Enqueue(("making " + folder, python, new[] { "-m", "venv", folder }));
                _steps.Enqueue(("installing dreambridge", own, new[] { "-m", "pip", "install", "--disable-pip-version-check", WithRuntime(source) }));
                _steps.Enqueue(("opening a stream", own, new[] { "-P", "-c", Try }));
                _steps.Enqueue(("", own, Array.Empty<string>()));
                _all = _steps.Count;
                Next();
            }
            catch (DreamError e)
            {
                Error = e;
                Doing = "";
            }
        }

        /// <summary>Once an editor update: take the lines that came, go on with the next step.</summary>
        internal void Poll()
        {
            if (_tool == null) return;
            var ended = _tool.Ended;
            while (_tool.TryLine(out var line)) Log.Add(line);
            if (!ended) return;
            var code = _tool.ExitCode;
            _tool.Dispose();
            _tool = null;
            if (code == 0)
            {
                Next();
                return;
            }
            Error = new DreamError(ErrorCodes.MissingPackage, "The step \"" + Doing + "\" failed with exit code " + code + ": " + (Log.Count > 0 ? Log[Log.Count - 1] : ""),
                "The whole log is below. On Debian or Ubuntu a missing `venv` is the package python3-venv.");
            Doing = "";
        }

        /// <summary>Stop what runs.</summary>
        internal void Cancel()
        {
            _tool?.Kill();
            _tool?.Dispose();
            _tool = null;
            _steps.Clear();
            Doing = "";
        }

        private void Next()
        {
            var (title, program, words) = _steps.Dequeue();
            Doing = title;
            if (title.Length == 0) Made = program;
            else
            {
                try { _tool = new Tool(program, words); }
                catch (DreamError e) { Error = e; Doing = ""; }
            }
        }
    }
}
