#nullable enable

using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>Joins the daemon (first word) for so many seconds (second): what went wrong, and whether it went live in the end.</summary>
    static class Refused
    {
        internal static DreamMap Run(string[] words)
        {
            var errors = new List<DreamValue>();
            var lost = new List<DreamValue>();
            using (var channel = new DreamChannel())
            {
                channel.Failed += e => errors.Add(e.ToString());
                channel.Disconnected += why => lost.Add(why);
                channel.Start(words[0]);
                var clock = Stopwatch.StartNew();
                var live = 0.0;
                while (clock.Elapsed.TotalSeconds < double.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture))
                {
                    channel.Poll();
                    if (channel.Live && live == 0)
                        live = clock.Elapsed.TotalSeconds;
                    Thread.Sleep(2);
                }
                var stop = Stopwatch.StartNew();
                channel.Stop();
                return new DreamMap { ["errors"] = errors.ToArray(), ["lost"] = lost.ToArray(), ["live"] = live, ["stop_ms"] = stop.Elapsed.TotalMilliseconds };
            }
        }
    }
}
