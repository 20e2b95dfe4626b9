#nullable enable

using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>Programs that the operating system starts for this one, as in a player of IL2CPP.</summary>
    static class Children
    {
        const int Usr2 = 12;

        [DllImport("libc.so.6")]
        static extern int dup(int file);

        [DllImport("libc.so.6")]
        static extern IntPtr signal(int number, IntPtr handler);

        /// <summary>
        /// Words: native, old (glibc) or managed, then a program with its words. Waits for its end. A file that each child would get is open,
        /// and a signal is ignored.
        /// </summary>
        internal static DreamMap Run(string[] words)
        {
            ChildProcess.Native = words[0] != "managed";
            PosixProcess.OldLibrary = words[0] == "old";
            dup(2);
            signal(Usr2, (IntPtr)1);
            try
            {
                var child = ChildProcess.Start(words[1], words.Skip(2).ToArray());
                while (!child.HasExited)
                    Thread.Sleep(5);
                // Once more: it was waited for.
                return new DreamMap { ["exited"] = child.HasExited, ["code"] = child.ExitCode, ["children"] = Dead(), ["own"] = PosixProcess.OwnId() };
            }
            catch (Exception e) when (e is InvalidOperationException || e is NotSupportedException)
            {
                return new DreamMap { ["error"] = e.GetType().Name + ": " + e.Message };
            }
        }

        // Children that have ended and were not waited for.
        static int Dead() => Directory.GetDirectories("/proc").Count(folder =>
        {
            try
            {
                var stat = File.ReadAllText(folder + "/stat");
                var rest = stat.Substring(stat.LastIndexOf(')') + 2).Split(' ');
                return rest[0] == "Z" && rest[1] == PosixProcess.OwnId().ToString();
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
            {
                return false;
            }
        });

        /// <summary>Words: a daemon's name, a Python. Starts the daemon with a lifeline, tells when it is there, and waits to be killed.</summary>
        internal static DreamMap Daemon(string[] words)
        {
            ChildProcess.Native = true;
            var port = Lifeline.NewPort(words[0]).ToString();
            var child = ChildProcess.Start(words[1], new[] { "-P", "-m", "dreambridge", "serve", "--name", words[0], "--parent-port", port, "--nonce", OwnProcess.Nonce() });
            ConnectionFile? found = null;
            while (found == null && !child.HasExited)
            {
                Thread.Sleep(20);
                found = ConnectionFile.Read(words[0]);
            }
            Out.Line(new DreamMap { ["pid"] = found?.Pid ?? -1 });
            Thread.Sleep(Timeout.Infinite);
            return new DreamMap();
        }

        /// <summary>Words: a file with a JSON list of words in each line. The command line of each; and an environment block.</summary>
        internal static DreamMap Lines(string[] words)
        {
            var lines = File.ReadAllLines(words[0]).Select(l => (DreamValue)WindowsLine.Of(DreamJson.Parse(l).AsArray()!.Select(w => w.AsText()!)));
            var block = new string(WindowsProcess.Block(new[] { "zeta=1", "Alpha=ü", "=C:=C:\\x", "beta=" }));
            return new DreamMap { ["lines"] = lines.ToArray(), ["block"] = block.Replace('\0', '|') };
        }
    }
}
