#nullable enable

using System;
using System.IO;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>Watches a stream of the daemon (first word) until the file (second word) is there; tells states with wall clock times.</summary>
    static class Watch
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var s = bed.Session;
                s.StateChanged += (state, reason) => Out.Line(new DreamMap { ["state"] = state.ToString(), ["reason"] = reason, ["at"] = Now });
                s.Failed += e => Out.Line(new DreamMap { ["error"] = e.ToString() });
                s.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 11 }, new DreamMap { ["level"] = 0.2 });
                var ticket = s.Direct("level", 0.8, 0);
                long epoch = 0;
                var late = false;
                var fresh = 0;
                while (!File.Exists(words[1]))
                {
                    bed.Tick();
                    if (bed.Frames > 0 && s.State == StreamState.Playing && s.Ring.Epoch != epoch && s.IsShown(ticket))
                    {
                        epoch = s.Ring.Epoch;
                        Out.Line(new DreamMap { ["obeys"] = bed.Level, ["seed"] = s.Info!.Seed, ["epoch"] = epoch.ToString(), ["at"] = Now });
                        bed.Frames = 0;
                        // High revisions in the first ring; in the next one they count from the beginning.
                        for (var i = 0; i < 20 && !late; i++)
                            ticket = s.Direct("level", 0.8, 0); // the newest: only the last ones are kept
                        if (late)
                            fresh = s.Direct("level", 0.6, 0);
                    }
                    if (fresh > 0 && s.IsShown(fresh))
                    {
                        Out.Line(new DreamMap { ["fresh"] = bed.Level });
                        fresh = -1;
                    }
                    else if (s.State != StreamState.Playing)
                        bed.Frames = 0;
                    if (s.State == StreamState.Lost && words.Length > 2 && !late)
                    {
                        // Directed while nobody is there: it holds from the first frame of the stream that comes.
                        s.Direct("level", 0.4);
                        late = true;
                    }
                    Thread.Sleep(1);
                }
                return new DreamMap { ["end"] = true };
            }
        }

        static double Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
    }
}
