#nullable enable
using System;
using System.Collections.Generic;
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
        private const int MaxRestarts = 3;
        // Seconds: so long a daemon may take to start, and one that ran for so long was a good one.
        private const double RestartAfter = 2, Lasting = 60;

        private ChildProcess? _process;
        private DreamError? _error;
        private string[] _program = Array.Empty<string>();
        private string _name = "";
        private string _launcher = "";
        private string _python = "";
        private Stopwatch _since = Stopwatch.StartNew();
        private int _restarts;

        /// <summary>Is it started as in a player of IL2CPP? A test may say so.</summary>
        internal static bool Native { set => ChildProcess.Native = value; }

        /// <summary>Whether the daemon that was started here still runs.</summary>
        internal bool Alive => _process != null && !_process.HasExited;

        /// <summary>The launcher in the folder next to a built player, whose data folder this is; empty when there is none.</summary>
        internal static string Beside(string dataPath)
        {
            var folder = Path.GetDirectoryName(dataPath.TrimEnd('/', '\\'));
            var launcher = Path.Combine(folder ?? "", "dreambridge", "dreambridge");
            return File.Exists(launcher) ? launcher : "";
        }

        /// <summary>
        /// The name of the daemon to talk to, which is started when need be. A daemon of that name that somebody started is joined; one that
        /// is started here has a name of this process's own, so that two games do not share one.
        /// </summary>
        internal string NameFor(string daemon, string launcher, string python)
        {
            _error = null;
            if (launcher.Length == 0 && python.Length == 0) return daemon;
            var own = daemon + "-" + OwnProcess.Id;
            if (Alive || ConnectionFile.Read(own) != null) return own;
            if (launcher.Length == 0 && ConnectionFile.Read(daemon) != null) return daemon;
            _restarts = 0;
            Start(own, launcher, python);
            return own;
        }

        /// <summary>
        /// Restart the daemon that was started here, when it has ended: nobody else would. An error when it ends again and again.
        /// </summary>
        internal DreamError? Restart(string daemon)
        {
            if (_program.Length == 0 || daemon != _name) return null;
            var lived = _since.Elapsed.TotalSeconds;
            if (lived < RestartAfter || Alive || ConnectionFile.Read(daemon) != null) return null;
            if (lived > Lasting) _restarts = 0;
            if (_restarts >= MaxRestarts)
                return new DreamError(ErrorCodes.DaemonGone, "The daemon that this game started has ended " + (_restarts + 1) + " times in a row.", "Call Open() to try again. Run it in a terminal to see why: " + Terminal.Serve(daemon, _program));
            _restarts++;
            Start(daemon, _launcher, _python);
            return _error;
        }

        private void Start(string daemon, string launcher, string python)
        {
            (_name, _launcher, _python, _since) = (daemon, launcher, python, Stopwatch.StartNew());
            // -P: the working folder holds the game's files, and no modules.
            _program = launcher.Length > 0 ? new[] { launcher } : new[] { python, "-P", "-m", "dreambridge" };
            var words = new List<string>(_program) { "serve", "--name", daemon, "--parent-pid", OwnProcess.Id.ToString(), "--parent-port", Lifeline.NewPort(daemon).ToString(), "--nonce", OwnProcess.Nonce() };
            words.RemoveAt(0);
            try
            {
                _process = ChildProcess.Start(_program[0], words);
            }
            catch (InvalidOperationException e)
            {
                _error = new DreamError(ErrorCodes.NotRunning, "\"" + _program[0] + "\" could not be started: " + e.Message, "Set the property Python to a Python 3.11 or newer with dreambridge, or make one in Window > Dreambridge.");
            }
            catch (NotSupportedException e)
            {
                _error = new DreamError(ErrorCodes.NotSupported, "This player cannot start another program: " + e.Message, "Start the daemon from the game's launcher: " + Terminal.Serve(daemon, _program));
            }
        }

        /// <summary>What to say when nobody answers.</summary>
        internal DreamError Trouble(string daemon)
        {
            if (_error != null) return _error;
            var found = ConnectionFile.Read(daemon);
            if (found != null) return NoDaemon.Silent(daemon, found);
            if (_process == null) return NoDaemon.Missing(daemon);
            var byHand = "Run it in a terminal to see why: " + Terminal.Serve(daemon, _program);
            if (Alive)
                return new DreamError(ErrorCodes.Timeout, "The daemon that " + _program[0] + " started is not ready.", byHand);
            return new DreamError(ErrorCodes.NotRunning, _program[0] + " ended during its start (exit code " + _process.ExitCode + ").", "Dreambridge may be missing, or Python may be older than 3.11 (Window > Dreambridge makes an environment). " + byHand);
        }
    }
}
