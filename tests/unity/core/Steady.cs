#nullable enable

using System;
using System.Diagnostics;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Plays the daemon's (first word) testcard with a cutscene for so many ticks (second), each with a direction of a number, and counts what is
    /// allocated: bytes of this thread in ticks without a change of state (which is news, and costs a text), bytes of the process (.NET
    /// 8 can tell them), collections (both can).
    /// </summary>
    static class Steady
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var ticks = int.Parse(words[1]);
                bed.Session.Start(words[0], new OpenRequest { Bundle = "testcard" });
                bed.Must("opens", bed.Until(() => bed.Frames > 5));
                Cutscenes.Begin(bed);
                Play(bed, DirectionLog.Kept + 100, false);
                // The control: a tick that allocates is seen.
                var control = Play(bed, 10, true);
                bed.Frames = 0;
                long bytes = 0;
                var (_, all, collections) = Measured(() => bytes = Play(bed, ticks, false));
                return new DreamMap
                {
                    ["ticks"] = ticks, ["frames"] = bed.Frames, ["bytes"] = bytes, ["process_bytes"] = all, ["collections"] = collections,
                    ["control_bytes"] = control, ["errors"] = bed.Errors.Count, ["effective"] = bed.Session.Effective["level"],
                };
            }
        }

        static long Play(Bed bed, int ticks, bool wasteful)
        {
            long allocated = 0;
            for (var i = 0; i < ticks; i++)
            {
                var (bytes, changes) = (Bytes, bed.States.Count);
                bed.Tick();
                bed.Session.Direct("level", i % 100 / 100.0, 0);
                if (wasteful)
                    GC.KeepAlive(new byte[100]);
                if (bed.States.Count == changes)
                    allocated += Bytes - bytes;
                Thread.Sleep(2);
            }
            return allocated;
        }

        internal static (long, long, int) Measured(Action action)
        {
            GC.Collect();
            var (bytes, all, collections) = (Bytes, All, GC.CollectionCount(0));
            action();
            return (Bytes - bytes, All - all, GC.CollectionCount(0) - collections);
        }

#if NET8
        internal static long Bytes => GC.GetAllocatedBytesForCurrentThread();

        static long All => GC.GetTotalAllocatedBytes(false);
#else
        internal static long Bytes => 0;

        static long All => 0;
#endif
    }
}
