#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dreambridge
{
    static class OwnProcess
    {
        static int _id = -1;

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

        /// <summary>Something new, to be known again by.</summary>
        internal static string Nonce() => Guid.NewGuid().ToString("N");

        /// <summary>Is the variable of that name meant for another Python than one that is started?</summary>
        internal static bool IsOfAnotherPython(string variable) => variable.StartsWith("PYTHON", StringComparison.OrdinalIgnoreCase);

        /// <summary>
        /// Take out of a Python's environment what is meant for another Python: with the PYTHONHOME of a launcher it ends before it can say
        /// a word.
        /// </summary>
        internal static void CleanForPython(ProcessStartInfo start)
        {
            var names = new List<string>();
            foreach (string name in start.EnvironmentVariables.Keys)
            {
                if (IsOfAnotherPython(name))
                    names.Add(name);
            }
            names.ForEach(start.EnvironmentVariables.Remove);
        }

        static int Ask()
        {
            try
            {
#if ENABLE_IL2CPP && UNITY_STANDALONE
                return RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? WindowsProcess.OwnId() : PosixProcess.OwnId();
#else
                using (var process = Process.GetCurrentProcess())
                    return process.Id;
#endif
            }
            catch (Exception e) when (e is NotSupportedException || e is InvalidOperationException || e is TypeLoadException)
            {
                return 0;
            }
        }
    }
}
