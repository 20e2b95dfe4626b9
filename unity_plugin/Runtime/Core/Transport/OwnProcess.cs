#nullable enable

using System;
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
