#nullable enable

using System.Collections.Generic;

namespace Dreambridge.Tests
{
    /// <summary>Directs the probe bundle (folder: second word) of the daemon (first word), whose picture is its conditions.</summary>
    static class Kinds
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var s = bed.Session;
                s.Start(words[0], new OpenRequest { Bundle = words[1] });
                bed.Must("opens", bed.Until(() => bed.Frames > 0 && s.State == StreamState.Playing));
                var audio = new float[17];
                for (var i = 0; i < audio.Length; i++)
                    audio[i] = i / 17f;
                var pose = new float[102];
                for (var i = 0; i < pose.Length; i++)
                    pose[i] = i % 3 == 2 ? 1 : 0.25f;
                // Its four quarters: red, green, green, blue.
                var rgba = new byte[64 * 64 * 4];
                for (var y = 0; y < 64; y++)
                {
                    for (var x = 0; x < 64; x++)
                    {
                        rgba[4 * (64 * y + x) + (y < 32 ? 0 : 1) + (x < 32 ? 0 : 1)] = 255;
                        rgba[4 * (64 * y + x) + 3] = 255;
                    }
                }
                var ticket = s.Direct(new DreamMap
                {
                    ["audio"] = audio, ["pose"] = pose, ["reference"] = DreamValue.Image(64, 64, rgba),
                    ["event"] = new DreamMap { ["lightning"] = 1, ["lamp"] = 0.5 },
                }, 0);
                bed.Must("is shown", bed.Until(() => s.IsShown(ticket) && s.RevisionOf(ticket) > 0));
                bed.Until(() => false, 0.3);
                var pixels = new List<DreamValue>();
                for (var i = 0; i < 32 * 8 * 4; i++)
                    pixels.Add((int)bed.Pixels[i]);
                var names = new List<DreamValue>();
                for (var i = 0; i < s.Effective.Count; i++)
                    names.Add(s.Effective.KeyAt(i));
                var schema = s.Info!.Conditions.Find("palette") == null && s.Info.Conditions.Find("event")!.Options.Length == 4;
                // Nobody is there: a moment is refused, the rest of a direction waits.
                s.Detach();
                return new DreamMap
                {
                    ["pixels"] = pixels.ToArray(), ["effective"] = names.ToArray(), ["errors"] = bed.Errors.ConvertAll(e => (DreamValue)e.ToString()).ToArray(),
                    ["late"] = schema && s.IsRefused(s.Direct("event", "lamp")) && !s.IsRefused(s.Direct(new DreamMap { ["event"] = "lamp", ["audio"] = audio })),
                };
            }
        }
    }
}
