#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;

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

        /// <summary>
        /// Take out of a Python's environment what is meant for another Python: with the PYTHONHOME of a launcher it ends before it can say
        /// a word.
        /// </summary>
        internal static void CleanForPython(ProcessStartInfo start)
        {
            var names = new List<string>();
            foreach (string name in start.EnvironmentVariables.Keys)
            {
                if (name.StartsWith("PYTHON", StringComparison.OrdinalIgnoreCase))
                    names.Add(name);
            }
            names.ForEach(start.EnvironmentVariables.Remove);
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
