#nullable enable

using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dreambridge
{
    /// <summary>Content of a connection file, by which the daemon is found (PROTOCOL.md, part 1). From any thread.</summary>
    public sealed class ConnectionFile
    {
        ConnectionFile(DreamMap file)
        {
            Protocol = file["protocol"].AsText();
            Version = file["version"].AsText();
            Name = file["name"].AsText();
            Endpoint = file["endpoint"].AsText();
            Token = file["token"].AsText();
            Pid = (int)file["pid"].AsInt();
            StartTime = file["start_time"].AsInt();
            Epoch = file["epoch"].AsInt();
            Nonce = file["nonce"].AsText();
        }

        /// <summary>Version of the protocol, "major.minor".</summary>
        public string Protocol { get; }

        /// <summary>Version of the daemon.</summary>
        public string Version { get; }

        public string Name { get; }

        /// <summary>"tcp://127.0.0.1:port".</summary>
        public string Endpoint { get; }

        /// <summary>The secret that lets a client in. Never log it.</summary>
        public string Token { get; }

        public int Pid { get; }

        /// <summary>Start time of that process: on Linux field 22 of /proc/pid/stat, elsewhere milliseconds of Unix time; 0 where unknown.</summary>
        public long StartTime { get; }

        /// <summary>Another number after each start of the daemon.</summary>
        public long Epoch { get; }

        /// <summary>What whoever started the daemon gave it, to know it by; may be empty.</summary>
        public string Nonce { get; }

        // Windows takes two seconds to refuse a connection; the editor's window asks at each repaint.
        const int Looks = 4; // of 50 ms
        const int RememberMs = 1000;
        static long _goneEpoch;
        static int _goneAt;

        static bool Windows => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

        static bool Mac => RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

        /// <summary>The folder of connection files on this system; it may not exist yet.</summary>
        public static string Folder() =>
            RuntimeFolder(Windows ? "windows" : Mac ? "macos" : "linux", v => Environment.GetEnvironmentVariable(v) ?? "", Uid(), Directory.Exists);

        /// <summary>
        /// The rule of PROTOCOL.md, part 1, as a function of what it depends on: <paramref name="env"/> gives a variable or "",
        /// <paramref name="isFolder"/> tells whether a path is one. protocol/vectors/runtime_folder.json has its cases.
        /// </summary>
        internal static string RuntimeFolder(string system, Func<string, string> env, string uid, Func<string, bool> isFolder)
        {
            var named = env("DREAMBRIDGE_RUNTIME_DIR");
            if (named.Length > 0)
                return named;
            if (system != "linux")
                return Path.Combine(env(system == "windows" ? "USERPROFILE" : "HOME"), ".dreambridge", "run");
            var session = env("XDG_RUNTIME_DIR");
            return session.StartsWith("/", StringComparison.Ordinal) && isFolder(session)
                ? Path.Combine(session, "dreambridge") : "/tmp/dreambridge-" + uid;
        }

        /// <summary>This user's runtime folder in /tmp.</summary>
        internal static string FolderInTemp => "/tmp/dreambridge-" + Uid();

        /// <summary>The connection file of the daemon <paramref name="name"/>.</summary>
        public static string PathOf(string name) => Path.Combine(Folder(), name + ".json");

        /// <summary>The connection of the daemon <paramref name="name"/>, or null when none is written or its process is gone.</summary>
        public static ConnectionFile? Read(string name)
        {
            var path = PathOf(name);
            if (!File.Exists(path))
                return null;
            try
            {
                return Parse(File.ReadAllText(path)) is { Alive: true } found ? found : null;
            }
            catch (IOException)
            {
                return null;
            }
            catch (UnauthorizedAccessException)
            {
                return null;
            }
        }

        /// <summary>The connection that <paramref name="text"/> describes, or null when it is none.</summary>
        public static ConnectionFile? Parse(string text)
        {
            DreamMap? file;
            try
            {
                file = DreamJson.Parse(text).AsMap();
            }
            catch (FormatException)
            {
                return null;
            }
            if (file == null)
                return null;
            foreach (var field in new[] { "protocol", "endpoint", "token" })
            {
                if (file[field].Kind != DreamKind.Text)
                    return null;
            }
            foreach (var field in new[] { "pid", "start_time", "epoch" })
            {
                if (file[field].Kind != DreamKind.Int)
                    return null;
            }
            return new ConnectionFile(file);
        }

        /// <summary>
        /// Does the daemon live, as far as can be told from here? Its process does (Linux), or somebody listens at its endpoint: in
        /// another PID namespace, such as a container's, its process has another number.
        /// </summary>
        public bool Alive => ProcessRuns || Listens;

        /// <summary>On Linux it is the same process only with the same start time; false elsewhere, and where it cannot be told.</summary>
        bool ProcessRuns
        {
            get
            {
                if (Windows || Mac || !Directory.Exists("/proc/self"))
                    return false;
                string line;
                try
                {
                    line = File.ReadAllText($"/proc/{Pid}/stat");
                }
                catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
                {
                    return false;
                }
                var fields = line.Substring(line.LastIndexOf(')') + 2).Split(' ');
                return fields.Length > 19 && fields[0] != "Z" && long.TryParse(fields[19], out var started) && started == StartTime;
            }
        }

        bool Listens
        {
            get
            {
                if (Epoch == Interlocked.Read(ref _goneEpoch) && unchecked(Environment.TickCount - _goneAt) < RememberMs)
                    return false;
                var looks = 0;
                using var socket = DaemonSocket.Connect(Endpoint, () => ++looks > Looks, out _);
                if (socket != null)
                    return true;
                _goneAt = Environment.TickCount;
                Interlocked.Exchange(ref _goneEpoch, Epoch);
                return false;
            }
        }

        static string Uid()
        {
            try
            {
                foreach (var line in File.ReadAllLines("/proc/self/status"))
                {
                    if (line.StartsWith("Uid:", StringComparison.Ordinal))
                        return line.Split('\t')[1];
                }
            }
            catch (IOException)
            {
            }
            return "0";
        }
    }
}
