#nullable enable

using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace Dreambridge.Tests
{
    /// <summary>
    /// The game's own picture into the testcard of the daemon (first word), which shows the view's bytes. Second word: a file; while it
    /// is away the daemon is killed and started again; it is stopped for a while when "again" is said. Third word: a bundle that takes no view. Fourth: a folder for what was written
    /// (label.raw, depth.raw) and what was seen (first.raw, again.raw).
    /// </summary>
    static class Views
    {
        internal static unsafe DreamMap Run(string[] words)
        {
            var errors = new List<DreamValue>();
            using (var bed = new Bed())
            {
                var s = bed.Session;
                var attached = 0;
                s.ViewAttached += _ => attached++;
                var atFirst = new List<DreamValue>();
                s.Opened += _ => atFirst.Add(s.Frame.View);
                // Asked for before there is a stream: it waits for one.
                s.Start(words[0], new OpenRequest { Bundle = "testcard" });
                var answered = 0;
                s.AttachView(true, e => answered += e == null ? 1 : 0);
                bed.Must("attaches", bed.Until(() => attached == 1 && answered == 1));
                var out_ = new DreamMap
                {
                    ["palette"] = s.Info!.View!.Palette.Length, ["takes_depth"] = s.Info.View.TakesDepth, ["size"] = s.View.Width == 256 && s.View.Layers == 2,
                    ["sky"] = $"{s.Info.View.Palette[0].Name} {s.Info.View.Palette[0].Red} {s.Info.View.Palette[0].Green} {s.Info.View.Palette[0].Blue}",
                };
                var label = new byte[s.View.LayerBytes];
                for (var i = 0; i < label.Length; i++)
                    label[i] = (byte)(i % 4 == 3 ? 255 : i * 7 % 251);
                var depth = new byte[label.Length];
                var depths = new float[label.Length / 4];
                for (var i = 0; i < depths.Length; i++)
                    depths[i] = i / (float)depths.Length;
                DreamDepth.Pack(depths, depth);
                File.WriteAllBytes(Path.Combine(words[3], "label.raw"), label);
                File.WriteAllBytes(Path.Combine(words[3], "depth.raw"), depth);
                fixed (byte* a = label, b = depth)
                {
                    var number = s.View.Publish((IntPtr)a, (IntPtr)b, 5, 12.5);
                    bed.Must("is painted over", bed.Until(() => s.Frame.View >= number));
                    out_["time"] = s.Frame.ViewTime;
                    out_["number"] = number;
                    Save(bed, words[3], "first.raw");
                    // Written in place, without depth.
                    var at = (byte*)s.View.Begin();
                    for (var i = 0; i < label.Length; i++)
                        at[i] = (byte)(255 - label[i]);
                    number = s.View.End(1, 6, 13.5);
                    bed.Must("is painted over again", bed.Until(() => s.Frame.View >= number && s.Frame.ViewTime == 13.5));
                    out_["inverted"] = bed.Pixels[0] == 255 - label[0] && bed.Pixels[40 * 1024 + 16] == 255 - label[80 * 1024 + 32];
                    Out.Line(new DreamMap { ["painted"] = true });
                    bed.Must("is attached again", bed.Until(() => File.Exists(words[1]) && attached == 2, 60));
                    number = s.View.Publish((IntPtr)a, IntPtr.Zero, 7, 14.5);
                    bed.Must("is painted over once more", bed.Until(() => s.Frame.View >= number && s.Frame.ViewTime == 14.5));
                    Save(bed, words[3], "again.raw");
                }
                out_["at_first"] = atFirst.ToArray();
                Out.Line(new DreamMap { ["again"] = true });
                bed.Must("is lost", bed.Until(() => s.State == StreamState.Lost));
                s.DetachView();
                Out.Line(new DreamMap { ["detaching"] = s.Frame.View });
                bed.Must("is detached", bed.Until(() => s.Frame.View == 0));
                out_["closed"] = !s.View.IsOpen;
                s.Failed += e => errors.Add(e.ToString());
                s.Stop();
                s.Start(words[0], new OpenRequest { Bundle = words[2] });
                var refused = 0;
                s.AttachView(false, e =>
                {
                    refused++;
                    errors.Add(e!.ToString());
                });
                bed.Must("is refused", bed.Until(() => refused == 1));
                out_["errors"] = errors.ToArray();
                return out_;
            }
        }

        static void Save(Bed bed, string folder, string name)
        {
            using (var file = File.Create(Path.Combine(folder, name)))
                file.Write(bed.Pixels, 0, bed.Session.Ring.FrameBytes);
        }
    }
}
