#nullable enable

using System;
using System.IO;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Watches a stream of the daemon (first word) until the file (second word) is there: a line with the wall clock whenever the
    /// daemon was lost, and whenever a first frame came after it.
    /// </summary>
    static class Returns
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var s = bed.Session;
                long epoch = 0;
                s.StateChanged += (state, _) =>
                {
                    if (state == StreamState.Lost)
                        Say("lost");
                };
                s.Start(words[0], new OpenRequest { Bundle = "testcard" });
                while (!File.Exists(words[1]))
                {
                    var had = bed.Frames;
                    bed.Tick();
                    if (bed.Frames > had && s.Ring.Epoch != epoch && s.State == StreamState.Playing)
                    {
                        epoch = s.Ring.Epoch;
                        Say("frame");
                    }
                    Thread.Sleep(1);
                }
                return new DreamMap { ["end"] = true };
            }
        }

        static void Say(string what) => Out.Line(new DreamMap { [what] = (DateTime.UtcNow - new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalSeconds });
    }
}
