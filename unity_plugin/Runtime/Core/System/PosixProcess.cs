#nullable enable
#if UNITY_EDITOR || UNITY_STANDALONE || !UNITY_5_3_OR_NEWER

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace Dreambridge
{
    /// <summary>
    /// A program started by posix_spawnp. It gets standard input, output and errors and no other file of this process: with a game's listening
    /// socket it would keep its own lifeline alive. Its signals are those of a new program, whatever the engine blocks or ignores.
    /// </summary>
    sealed class PosixProcess : ChildProcess
    {
#if UNITY_STANDALONE_OSX || UNITY_EDITOR_OSX
        const string C = "/usr/lib/libSystem.B.dylib";
#else
        // By the name of its version: libc.so is a text for linkers.
        const string C = "libc.so.6";
#endif
        // Of spawn.h, the same on both systems; the last is Apple's own.
        const short SetSignalDefaults = 0x04, SetSignalMask = 0x08, CloseOthers = 0x4000;
        const int WithoutWaiting = 1, Killed = 9, Stopped = 19, AppleStopped = 17;
        // Bytes: more than posix_spawnattr_t (336), posix_spawn_file_actions_t (80) and sigset_t (128) have on either system.
        const int Opaque = 1024;

        static bool Apple => RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

        readonly int _id;
        bool _exited;
        int _code = -1;

        internal PosixProcess(string program, IEnumerable<string> words)
        {
            var memory = new List<IntPtr>();
            var actions = IntPtr.Zero;
            var attributes = IntPtr.Zero;
            try
            {
                Check(posix_spawn_file_actions_init(actions = Zeros(memory)));
                Check(posix_spawnattr_init(attributes = Zeros(memory)));
                var flags = SetSignalDefaults | SetSignalMask;
                var signals = Zeros(memory);
                sigemptyset(signals);
                Check(posix_spawnattr_setsigmask(attributes, signals));
                sigfillset(signals);
                // Nobody may catch these two, and some systems refuse to be asked.
                sigdelset(signals, Killed);
                sigdelset(signals, Apple ? AppleStopped : Stopped);
                Check(posix_spawnattr_setsigdefault(attributes, signals));
                if (Apple)
                {
                    flags |= CloseOthers;
                    for (var file = 0; file < 3; file++)
                        Check(posix_spawn_file_actions_addinherit_np(actions, file));
                }
                else
                    CloseOthersOfLinux(actions);
                Check(posix_spawnattr_setflags(attributes, (short)flags));
                var argv = Texts(new[] { program }.Concat(words), memory);
                Check(posix_spawnp(out _id, argv[0], actions, attributes, argv, Texts(EnvironmentForPython(), memory)));
            }
            finally
            {
                if (actions != IntPtr.Zero)
                    posix_spawn_file_actions_destroy(actions);
                if (attributes != IntPtr.Zero)
                    posix_spawnattr_destroy(attributes);
                memory.ForEach(Marshal.FreeHGlobal);
            }
        }

        internal override bool HasExited
        {
            get
            {
                if (_exited)
                    return true;
                var got = waitpid(_id, out var status, WithoutWaiting);
                if (got == 0)
                    return false;
                _exited = true;
                // -1: somebody else has waited for it, and knows alone how it ended.
                if (got == _id)
                    _code = (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
                return true;
            }
        }

        internal override int ExitCode => _code;

        /// <summary>The number of this process.</summary>
        internal static int OwnId() => getpid();

        /// <summary>Is glibc older than 2.34? A test may say so.</summary>
        internal static bool OldLibrary;

        static void CloseOthersOfLinux(IntPtr actions)
        {
            try
            {
                if (OldLibrary)
                    throw new EntryPointNotFoundException();
                Check(posix_spawn_file_actions_addclosefrom_np(actions, 3));
            }
            catch (EntryPointNotFoundException)
            {
                CloseEach(actions);
            }
        }

        // Each file that is open now. One that is closed meanwhile does no harm.
        static void CloseEach(IntPtr actions)
        {
            foreach (var path in Directory.GetFileSystemEntries("/proc/self/fd"))
            {
                if (int.TryParse(Path.GetFileName(path), out var file) && file > 2)
                    Check(posix_spawn_file_actions_addclose(actions, file));
            }
        }

        static IntPtr Zeros(ICollection<IntPtr> memory)
        {
            var block = Marshal.AllocHGlobal(Opaque);
            memory.Add(block);
            Marshal.Copy(new byte[Opaque], 0, block, Opaque);
            return block;
        }

        static IntPtr[] Texts(IEnumerable<string> texts, ICollection<IntPtr> memory)
        {
            var all = new List<IntPtr>();
            foreach (var text in texts)
            {
                var bytes = Encoding.UTF8.GetBytes(text + "\0");
                var block = Marshal.AllocHGlobal(bytes.Length);
                memory.Add(block);
                Marshal.Copy(bytes, 0, block, bytes.Length);
                all.Add(block);
            }
            all.Add(IntPtr.Zero);
            return all.ToArray();
        }

        static void Check(int error)
        {
            if (error == 0)
                return;
            var said = Marshal.PtrToStringAnsi(strerror(error));
            throw new InvalidOperationException((string.IsNullOrEmpty(said) ? "error" : said) + " (" + error + ")");
        }

        [DllImport(C)]
        static extern int posix_spawnp(out int id, IntPtr program, IntPtr actions, IntPtr attributes, IntPtr[] argv, IntPtr[] environment);

        [DllImport(C)]
        static extern int posix_spawn_file_actions_init(IntPtr actions);

        [DllImport(C)]
        static extern int posix_spawn_file_actions_destroy(IntPtr actions);

        [DllImport(C)]
        static extern int posix_spawn_file_actions_addclose(IntPtr actions, int file);

        [DllImport(C)]
        static extern int posix_spawn_file_actions_addclosefrom_np(IntPtr actions, int from);

        [DllImport(C)]
        static extern int posix_spawn_file_actions_addinherit_np(IntPtr actions, int file);

        [DllImport(C)]
        static extern int posix_spawnattr_init(IntPtr attributes);

        [DllImport(C)]
        static extern int posix_spawnattr_destroy(IntPtr attributes);

        [DllImport(C)]
        static extern int posix_spawnattr_setflags(IntPtr attributes, short flags);

        [DllImport(C)]
        static extern int posix_spawnattr_setsigmask(IntPtr attributes, IntPtr signals);

        [DllImport(C)]
        static extern int posix_spawnattr_setsigdefault(IntPtr attributes, IntPtr signals);

        [DllImport(C)]
        static extern int sigemptyset(IntPtr signals);

        [DllImport(C)]
        static extern int sigfillset(IntPtr signals);

        [DllImport(C)]
        static extern int sigdelset(IntPtr signals, int signal);

        [DllImport(C)]
        static extern int waitpid(int id, out int status, int options);

        [DllImport(C)]
        static extern int getpid();

        [DllImport(C)]
        static extern IntPtr strerror(int error);
    }
}
#endif
