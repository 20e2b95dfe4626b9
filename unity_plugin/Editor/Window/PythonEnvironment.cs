#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Finds a Python that is new enough, and makes an environment with dreambridge of it, in steps that can be watched.</summary>
    internal sealed class PythonEnvironment
    {
        internal static readonly Version Oldest = new Version(3, 11);
        private static readonly string[] s_candidates = { "python3.13", "python3.12", "python3.11", "python3.14", "python3", "python" };
        private readonly Queue<(string title, string program, string[] words)> _steps = new Queue<(string, string, string[])>();
        private Tool? _tool;

        /// <summary>What is done now; empty when nothing is.</summary>
        internal string Doing { get; private set; } = "";

        /// <summary>What pip and the others wrote.</summary>
        internal List<string> Log { get; } = new List<string>();

        /// <summary>What went wrong; null when all is well.</summary>
        internal DreamError? Error { get; private set; }

        /// <summary>The environment's Python, when it is whole; else empty.</summary>
        internal string Made { get; private set; } = "";

        /// <summary>The program's version of Python; null: it is not a Python.</summary>
        internal static Version? VersionOf(string program)
        {
            try
            {
                var (code, text) = Tool.Ask(program, new[] { "--version" });
                var match = Regex.Match(text, @"Python (\d+)\.(\d+)");
                return code == 0 && match.Success ? new Version(int.Parse(match.Groups[1].Value), int.Parse(match.Groups[2].Value)) : null;
            }
            catch (DreamError)
            {
                return null;
            }
        }

        /// <summary>A Python on PATH that is new enough.</summary>
        /// <exception cref="DreamError">not_running: there is none, or only older ones.</exception>
        internal static string Find(IEnumerable<string>? candidates = null)
        {
            var older = new List<string>();
            foreach (var program in candidates ?? s_candidates)
            {
                var version = VersionOf(program);
                if (version == null) continue;
                if (version >= Oldest) return program;
                older.Add(program + " is " + version);
            }
            throw older.Count > 0
                ? new DreamError(ErrorCodes.NotRunning, "Python " + Oldest + " or newer is needed; " + string.Join(", ", older) + ".", "Install a newer Python, and try again.")
                : new DreamError(ErrorCodes.NotRunning, "No Python was found on PATH.", "Install Python " + Oldest + " or newer (python.org, or your system's packages), restart the editor, and try again.");
        }

        /// <summary>Begin: an environment in that folder, with dreambridge from that source (a folder, an archive, or what else pip takes).</summary>
        internal void Begin(string folder, string source, IEnumerable<string>? candidates = null)
        {
            Error = null;
            Made = "";
            Log.Clear();
            _steps.Clear();
            try
            {
                var python = Find(candidates);
                var own = Application.platform == RuntimePlatform.WindowsEditor ? Path.Combine(folder, "Scripts", "python.exe") : Path.Combine(folder, "bin", "python");
                _steps.Enqueue(("making " + folder, python, new[] { "-m", "venv", folder }));
                _steps.Enqueue(("installing dreambridge", own, new[] { "-m", "pip", "install", "--disable-pip-version-check", source }));
                _steps.Enqueue(("trying it", own, new[] { "-m", "dreambridge", "--version" }));
                _steps.Enqueue(("", own, Array.Empty<string>()));
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
