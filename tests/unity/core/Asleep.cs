#nullable enable

using System;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>
    /// A game whose main thread sleeps (it loads a level) while the daemon (first word) ends and another one comes; then it directs at
    /// once, before a Poll could tell it. Its stream is the daemon's second one; the other daemon has no such number.
    /// </summary>
    static class Asleep
    {
        internal static DreamMap Run(string[] words)
        {
            using (Bed first = new Bed(), bed = new Bed())
            {
                var s = bed.Session;
                first.Session.Start(words[0], new OpenRequest { Bundle = "testcard" });
                first.Must("opens", first.Until(() => first.Frames > 0));
                s.Start(words[0], new OpenRequest { Bundle = "testcard" }, new DreamMap { ["level"] = 0.2 });
                bed.Must("opens", bed.Until(() => bed.Frames > 0));
                var (number, epoch) = (s.Info!.Session, s.Info.Epoch);
                Out.Line(new DreamMap { ["ready"] = true });
                while (s.Channel.Connections < 2)
                    Thread.Sleep(5);
                var known = s.State;
                var ticket = s.Direct("level", 0.8, 0);
                var asked = s.Pause();
                var shown = bed.Until(() => s.IsShown(ticket));
                return new DreamMap
                {
                    ["known"] = known.ToString(), ["asked"] = asked, ["shown"] = shown, ["level"] = bed.Level, ["another"] = s.Info.Epoch != epoch,
                    ["number"] = number, ["state"] = s.State.ToString(), ["errors"] = string.Join(" | ", bed.Errors),
                };
            }
        }
    }
}
