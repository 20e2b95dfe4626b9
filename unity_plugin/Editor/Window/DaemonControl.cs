#nullable enable
using System;
using System.Collections.Generic;
using System.Diagnostics;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Starts and stops a daemon from the editor, and keeps its last lines. The daemon outlives domain reloads and ends with the editor.</summary>
    internal sealed class DaemonControl : IDisposable
    {
        private const string NonceKey = "Dreambridge.DaemonNonce";
        private const int KeptLines = 200;
        private const double PatienceSeconds = 3;
        private Tool? _tool;
        private double _ending;
        private int _endingPid;
        private string _endingName = "";

        /// <summary>What it wrote last, oldest first.</summary>
        internal List<string> Log { get; } = new List<string>();

        /// <summary>The last thing that went wrong; null when all is well.</summary>
        internal DreamError? Error { get; private set; }

        /// <summary>The daemon that listens under that name; null when none does.</summary>
        internal static ConnectionFile? Of(string daemon) => ConnectionFile.Read(daemon);

        /// <summary>Was the running daemon started by this editor, also before a domain reload?</summary>
        internal static bool IsOurs(ConnectionFile daemon) => daemon.Nonce.Length > 0 && SessionState.GetString(NonceKey, "") == daemon.Nonce;

        /// <summary>Start one with this user's Python.</summary>
        internal void Start(string daemon, string python)
        {
            Error = null;
            if (python.Length == 0)
            {
                Error = new DreamError(ErrorCodes.NotRunning, "No Python is set.", "Set one in Project Settings > Dreambridge, or make one there.");
                return;
            }
            try
            {
                _tool?.Dispose();
                // The process that is started may be a launcher, as in a virtual environment on Windows: the daemon is known by its nonce.
                var nonce = OwnProcess.Nonce();
                var port = Lifeline.NewPort(daemon).ToString();
                _tool = new Tool(python, new[] { "-P", "-m", "dreambridge", "serve", "--name", daemon, "--parent-pid", OwnProcess.Id.ToString(), "--parent-port", port, "--nonce", nonce });
                SessionState.SetString(NonceKey, nonce);
            }
            catch (DreamError e)
            {
                Error = e;
            }
        }

        /// <summary>Stop the daemon that this editor started: ask it, so that it removes its files and closes its sessions; end it if it does not.</summary>
        internal void Stop(string daemon)
        {
            var running = Of(daemon);
            if (running == null || !IsOurs(running)) return;
            SessionState.EraseString(NonceKey);
            // Windows has no way to ask a program without a window; the next daemon of that name replaces the file of one that was ended.
            _ending = Application.platform == RuntimePlatform.WindowsEditor || !Asked(running.Pid) ? 0 : EditorApplication.timeSinceStartup + PatienceSeconds;
            (_endingPid, _endingName) = (running.Pid, daemon);
            if (_ending == 0) End();
        }

        /// <summary>Take the lines that came; tell when it ended by itself.</summary>
        internal void Poll()
        {
            if (_endingPid != 0 && EditorApplication.timeSinceStartup > _ending) End();
            if (_tool == null) return;
            while (_tool.TryLine(out var line))
            {
                Log.Add(line);
                if (Log.Count > KeptLines) Log.RemoveAt(0);
            }
            if (!_tool.Ended) return;
            while (_tool.TryLine(out var line)) Log.Add(line);
            if (_tool.ExitCode != 0)
                Error = new DreamError(ErrorCodes.NotRunning, "The daemon ended with exit code " + _tool.ExitCode + ".", "Its last lines are below. Run `dreambridge doctor` in a terminal for more.");
            _tool.Dispose();
            _tool = null;
        }

        private static bool Asked(int pid)
        {
            try { return Tool.Ask("kill", new[] { "-TERM", pid.ToString() }).code == 0; }
            catch (DreamError) { return false; }
        }

        private void End()
        {
            var pid = _endingPid;
            _endingPid = 0;
            // The number may be another program's by now.
            if (Of(_endingName)?.Pid != pid) return;
            try
            {
                using var process = Process.GetProcessById(pid);
                process.Kill();
            }
            catch (ArgumentException) { /* it has ended */ }
            catch (InvalidOperationException) { /* as above */ }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _tool?.Dispose();
            _tool = null;
        }
    }
}
