#nullable enable

using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;

namespace Dreambridge
{
    /// <summary>
    /// A program that this process has started, without what PYTHON* variables say of another Python. IL2CPP cannot start one by
    /// <see cref="Process"/>: there the operating system is asked directly.
    /// </summary>
    abstract class ChildProcess
    {
        /// <summary>Is the operating system asked directly? A test may say so on other runtimes.</summary>
#if ENABLE_IL2CPP
        internal static bool Native = true;
#else
        internal static bool Native;
#endif

        internal abstract bool HasExited { get; }

        /// <summary>Of one that has exited: what it returned, or 128 and the number of the signal that ended it; -1: unknown.</summary>
        internal abstract int ExitCode { get; }

        /// <summary>The program, a path or a name that is looked for on PATH, with these words, which arrive as they are.</summary>
        /// <exception cref="InvalidOperationException">It could not be started; the message is the system's.</exception>
        /// <exception cref="NotSupportedException">No program can be started on this platform.</exception>
        internal static ChildProcess Start(string program, IReadOnlyList<string> words)
        {
            try
            {
                if (!Native)
                    return new ManagedProcess(program, words);
#if UNITY_EDITOR || UNITY_STANDALONE || !UNITY_5_3_OR_NEWER
                if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
                    return new WindowsProcess(program, words);
                return new PosixProcess(program, words);
#endif
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception || e is System.IO.IOException)
            {
                throw new InvalidOperationException(e.Message, e);
            }
            catch (Exception e) when (e is DllNotFoundException || e is EntryPointNotFoundException || e is NotImplementedException)
            {
                throw new NotSupportedException(e.Message, e);
            }
#if !(UNITY_EDITOR || UNITY_STANDALONE || !UNITY_5_3_OR_NEWER)
            throw new NotSupportedException("On this platform no program can be started.");
#endif
        }

        /// <summary>This process's variables as NAME=VALUE, without those that are meant for another Python.</summary>
        internal static List<string> EnvironmentForPython() =>
            Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                .Where(v => !OwnProcess.IsOfAnotherPython((string)v.Key))
                .Select(v => v.Key + "=" + v.Value)
                .ToList();

        sealed class ManagedProcess : ChildProcess
        {
            readonly Process _process;

            internal ManagedProcess(string program, IEnumerable<string> words)
            {
                // Mono and .NET read the line by the rules of Windows on every system.
                var start = new ProcessStartInfo(program, WindowsLine.Of(words)) { UseShellExecute = false, CreateNoWindow = true };
                OwnProcess.CleanForPython(start);
                _process = Process.Start(start) ?? throw new InvalidOperationException("the system started nothing");
            }

            internal override bool HasExited => _process.HasExited;

            internal override int ExitCode => _process.ExitCode;
        }
    }
}
