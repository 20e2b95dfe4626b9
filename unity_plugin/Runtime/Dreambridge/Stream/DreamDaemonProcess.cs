#nullable enable
using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;

namespace Dreambridge
{
    /// <summary>
    /// Starts a daemon when none runs: with the folder that <c>dreambridge package</c> made, next to the player, else with a Python that has
    /// dreambridge. The daemon ends with this process.
    /// </summary>
    internal sealed class DreamDaemonProcess
    {
        private Process? _process;
        private DreamError? _error;
        private string _program = "";

        /// <summary>Whether the daemon that was started here still runs.</summary>
        internal bool Alive => _process != null && !_process.HasExited;

        /// <summary>The launcher in the folder next to a built player, whose data folder this is; empty when there is none.</summary>
        internal static string Beside(string dataPath)
        {
            var folder = Path.GetDirectoryName(dataPath.TrimEnd('/', '\\'));
            var launcher = Path.Combine(folder ?? "", "dreambridge", "dreambridge");
            return File.Exists(launcher) ? launcher : "";
        }

        /// <summary>Start one, unless a living daemon has that connection file or there is nothing to start it with.</summary>
        internal void StartIfNeeded(string daemon, string launcher, string python)
        {
            _error = null;
            if (Alive || (launcher.Length == 0 && python.Length == 0) || ConnectionFile.Read(daemon) != null) return;
            _program = launcher.Length > 0 ? launcher : python;
            var words = (launcher.Length > 0 ? "" : "-m dreambridge ") + "serve --name \"" + daemon + "\" --parent-pid " + Process.GetCurrentProcess().Id;
            try
            {
                _process = Process.Start(new ProcessStartInfo(_program, words) { UseShellExecute = false, CreateNoWindow = true });
            }
            catch (Exception e) when (e is Win32Exception || e is FileNotFoundException || e is InvalidOperationException)
            {
                _error = new DreamError(ErrorCodes.NotRunning, "\"" + _program + "\" could not be started: " + e.Message, "Set the property Python to a Python 3.11 or newer with dreambridge, or make one in Window > Dreambridge.");
            }
            catch (Exception e) when (e is NotSupportedException || e is NotImplementedException)
            {
                _error = new DreamError(ErrorCodes.NotSupported, "IL2CPP cannot start another program.", "Use the Mono scripting backend, or start the daemon from the game's launcher.");
            }
        }

        /// <summary>What to say when nobody answers.</summary>
        internal DreamError Trouble(string daemon)
        {
            if (_error != null) return _error;
            if (Alive)
                return new DreamError(ErrorCodes.Timeout, "The daemon that " + _program + " started does not answer.", "Run `serve` with it in a terminal to see why.");
            if (_process != null)
                return new DreamError(ErrorCodes.NotRunning, _program + " ended during its start (exit code " + _process.ExitCode + ").", "Dreambridge may be missing, or Python may be older than 3.11. Try `" + _program + " -m dreambridge doctor` in a terminal, or Window > Dreambridge.");
            var dead = File.Exists(ConnectionFile.PathOf(daemon)) ? "; the connection file there is stale" : "";
            return new DreamError(ErrorCodes.NotRunning, "No daemon " + daemon + " is running (looked in " + ConnectionFile.Folder() + dead + ").", "Start one with `dreambridge serve`, in Window > Dreambridge, or set the property Python.");
        }
    }
}
