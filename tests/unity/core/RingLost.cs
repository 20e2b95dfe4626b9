#nullable enable

using System;
using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>A stream of the daemon (first word) whose ring is damaged (second word: removed, overwritten) or cannot be reached (none).</summary>
    static class RingLost
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var s = bed.Session;
                s.Start(words[0], new OpenRequest { Bundle = "testcard" });
                var harm = words[1];
                if (harm != "none")
                {
                    bed.Must("no frame", bed.Until(() => bed.Frames > 0));
                    if (harm == "removed")
                        File.Delete(s.Info!.Ring);
                    else
                    {
                        using (var file = new FileStream(s.Info!.Ring, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                            file.Write(new byte[4096], 0, 4096);
                    }
                }
                bed.Must("no error", bed.Until(() => bed.Errors.Count > 0));
                var shown = false;
                if (harm != "none")
                {
                    bed.Frames = 0;
                    bed.Must("no frames", bed.Until(() => bed.Frames > 5));
                    var ticket = s.Direct("level", 0.5, 0);
                    shown = bed.Until(() => s.IsShown(ticket));
                }
                else
                {
                    // Long enough for the daemon's answer to the closing, and for what it says of the state before.
                    bed.Until(() => false, 2);
                }
                return new DreamMap
                {
                    ["code"] = bed.Errors[0].Code, ["said"] = bed.Errors[0].ToString(), ["errors"] = bed.Errors.Count, ["shown"] = shown,
                    ["state"] = s.State.ToString(), ["frames"] = bed.Frames,
                };
            }
        }
    }
}
