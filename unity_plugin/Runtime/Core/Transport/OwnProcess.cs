#nullable enable

using System;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Dreambridge
{
    static class OwnProcess
    {
        const string NamespaceLink = "/proc/self/ns/pid";
        static int _id = -1;
        static long _namespace = -1;

        /// <summary>This process's number, by which the daemon sees that it is gone; 0 where it cannot be had.</summary>
        internal static int Id
        {
            get
            {
                if (_id < 0)
                    _id = Ask();
                return _id;
            }
        }

        /// <summary>Number of this process's PID namespace on Linux; 0 where there is none, or it cannot be told.</summary>
        internal static long PidNamespace
        {
            get
            {
                if (_namespace < 0)
                    _namespace = AskNamespace();
                return _namespace;
            }
        }

        [DllImport("libc", EntryPoint = "readlink")]
        static extern IntPtr ReadLink(string path, byte[] target, IntPtr size);

        static long AskNamespace()
        {
            if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
                return 0;
            try
            {
                var target = new byte[64];
                var length = (int)ReadLink(NamespaceLink, target, (IntPtr)target.Length);
                var text = length > 0 ? Encoding.ASCII.GetString(target, 0, length) : ""; // pid:[4026531836]
                var digits = text.Substring(text.IndexOf('[') + 1).TrimEnd(']');
                return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
            }
            catch (Exception e) when (e is DllNotFoundException || e is EntryPointNotFoundException || e is NotSupportedException)
            {
                return 0;
            }
        }

        static int Ask()
        {
            try
            {
                using (var process = Process.GetCurrentProcess())
                    return process.Id;
            }
            catch (Exception e) when (e is NotSupportedException || e is InvalidOperationException || e is PlatformNotSupportedException)
            {
                return 0;
            }
        }
    }
}
