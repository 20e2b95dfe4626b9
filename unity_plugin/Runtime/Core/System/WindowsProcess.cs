#nullable enable
#if UNITY_EDITOR || UNITY_STANDALONE || !UNITY_5_3_OR_NEWER

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Linq;
using System.Runtime.InteropServices;

namespace Dreambridge
{
    /// <summary>A program started by CreateProcessW, without a window and without the handles of this process.</summary>
    sealed class WindowsProcess : ChildProcess
    {
        const uint NoWindow = 0x08000000, UnicodeEnvironment = 0x400, Signalled = 0;

        readonly IntPtr _handle;

        internal WindowsProcess(string program, IEnumerable<string> words)
        {
            // The function writes into the line.
            var line = (WindowsLine.Of(new[] { program }.Concat(words)) + "\0").ToCharArray();
            var start = new StartupInfo { Size = Marshal.SizeOf<StartupInfo>() };
            if (!CreateProcessW(null, line, IntPtr.Zero, IntPtr.Zero, false, NoWindow | UnicodeEnvironment, Block(EnvironmentForPython()), null, ref start, out var made))
                throw new Win32Exception(Marshal.GetLastWin32Error());
            CloseHandle(made.Thread);
            _handle = made.Process;
        }

        ~WindowsProcess()
        {
            // No handle: the start failed.
            if (_handle != IntPtr.Zero)
                CloseHandle(_handle);
        }

        internal override bool HasExited => WaitForSingleObject(_handle, 0) == Signalled;

        internal override int ExitCode => GetExitCodeProcess(_handle, out var code) ? unchecked((int)code) : -1;

        /// <summary>The number of this process.</summary>
        internal static int OwnId() => unchecked((int)GetCurrentProcessId());

        /// <summary>An environment as CreateProcessW takes it: sorted by name as Windows compares names, each ended by a zero, and all by another.</summary>
        internal static char[] Block(IEnumerable<string> variables) =>
            (string.Concat(variables.OrderBy(v => v.Substring(0, v.IndexOf('=', 1)), StringComparer.OrdinalIgnoreCase).Select(v => v + "\0")) + "\0").ToCharArray();

        [StructLayout(LayoutKind.Sequential)]
        struct StartupInfo
        {
            internal int Size;
            internal IntPtr Reserved, Desktop, Title;
            internal int X, Y, Width, Height, CountX, CountY, Fill, Flags;
            internal short Show, ReservedSize;
            internal IntPtr ReservedData, Input, Output, Error;
        }

        [StructLayout(LayoutKind.Sequential)]
        struct Made
        {
            internal IntPtr Process, Thread;
            internal uint ProcessId, ThreadId;
        }

        [DllImport("kernel32.dll", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        static extern bool CreateProcessW(
            string? application, [In, Out] char[] line, IntPtr processSecurity, IntPtr threadSecurity, [MarshalAs(UnmanagedType.Bool)] bool inherit,
            uint flags, [In] char[] environment, string? folder, ref StartupInfo start, out Made made);

        [DllImport("kernel32.dll", ExactSpelling = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        static extern bool CloseHandle(IntPtr handle);

        [DllImport("kernel32.dll", ExactSpelling = true)]
        static extern uint WaitForSingleObject(IntPtr handle, uint milliseconds);

        [DllImport("kernel32.dll", ExactSpelling = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        static extern bool GetExitCodeProcess(IntPtr handle, out uint code);

        [DllImport("kernel32.dll", ExactSpelling = true)]
        static extern uint GetCurrentProcessId();
    }
}
#endif
