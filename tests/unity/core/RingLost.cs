#nullable enable

using System;
using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>A stream of the daemon (first word) whose ring is damaged (second word: removed, overwritten, cut; view: its view ring is cut) or cannot be reached (none).</summary>
    static class RingLost
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var s = bed.Session;
                s.Start(words[0], new OpenRequest { Bundle = "testcard" });
                var harm = words[1];
                if (harm == "view")
                    return CutView(bed);
                if (harm != "none")
                {
                    bed.Must("no frame", bed.Until(() => bed.Frames > 0));
                    if (harm == "removed")
                        File.Delete(s.Info!.Ring);
                    else if (harm == "cut")
                        Cut(s.Info!.Ring);
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

        static DreamMap CutView(Bed bed)
        {
            var s = bed.Session;
            var attached = 0;
            s.ViewAttached += _ => attached++;
            s.AttachView(false);
            bed.Must("attaches", bed.Until(() => attached == 1));
            var label = new byte[s.View.LayerBytes];
            var pin = System.Runtime.InteropServices.GCHandle.Alloc(label, System.Runtime.InteropServices.GCHandleType.Pinned);
            s.View.Publish(pin.AddrOfPinnedObject(), IntPtr.Zero, 1, 1);
            bed.Must("paints", bed.Until(() => s.Frame.View == 1));
            var ring = s.Info!.Ring;
            foreach (var file in Directory.GetFiles(Path.GetDirectoryName(ring)!, Path.GetFileNameWithoutExtension(ring) + "-view-*"))
                Cut(file);
            var open = s.View.IsOpen;
            bed.Must("attaches again", bed.Until(() => attached == 2));
            s.View.Publish(pin.AddrOfPinnedObject(), IntPtr.Zero, 2, 7.5);
            bed.Must("paints again", bed.Until(() => s.Frame.ViewTime == 7.5));
            pin.Free();
            return new DreamMap { ["open"] = open, ["errors"] = bed.Errors.Count, ["state"] = s.State.ToString() };
        }

        /// <summary>As another program would. Not within 0.2 ms after a look at the length: that is known to end the game.</summary>
        static void Cut(string path)
        {
            System.Threading.Thread.Sleep(20);
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
                file.SetLength(0);
        }
    }
}
