#nullable enable

using System;
using System.Collections.Generic;
using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Schema, timeline helpers and maps. Words: the bundle.json of Vista, then a file of JSON lines [condition, value] whose checks are
    /// to be compared with the daemon's own.
    /// </summary>
    static class Helpers
    {
        static readonly List<DreamValue> Failures = new List<DreamValue>();

        internal static DreamMap Run(string[] words)
        {
            var bundle = BundleInfo.FromJson(File.ReadAllText(words[0]));
            var codes = new List<DreamValue>();
            foreach (var line in File.ReadAllLines(words[1]))
            {
                var pair = DreamJson.Parse(line).AsArray()!;
                codes.Add(bundle.Conditions.Check(new DreamMap { [pair[0].AsText()] = pair[1] })?.Code ?? "");
            }
            Shelf();
            Cues();
            Maps();
            return new DreamMap
            {
                ["bundle"] = $"{bundle.Name} {bundle.Width}x{bundle.Height} {bundle.Conditions.Count}", ["codes"] = codes.ToArray(), ["failures"] = Failures.ToArray(),
                ["eased"] = Array.ConvertAll(new[] { DreamEasing.Linear, DreamEasing.Smooth, DreamEasing.In, DreamEasing.Out }, e => (DreamValue)DreamTransition.Ease(e, 0.3)),
            };
        }

        static void Check(string what, bool right)
        {
            if (!right)
                Failures.Add(what);
        }

        static void Shelf()
        {
            var shelf = new SnapshotCache(2, 1000);
            Check("empty", shelf.Wants(0) && !shelf.Nearest(5, out _, out _));
            for (var t = 0.0; t < 20; t += 0.5)
            {
                if (shelf.Wants(t))
                    shelf.Put(t, new byte[100]);
            }
            Check("one every 2 s", shelf.Count == 10 && shelf.Bytes == 1000);
            Check("the nearest before", shelf.Nearest(7.9, out var at, out var data) && at == 6 && data.Length == 100);
            shelf.Put(20, new byte[100]);
            Check("thinned", shelf.Bytes <= 1000 && shelf.Every == 4 && shelf.Nearest(0.5, out at, out _) && at == 0);
            shelf.DropAfter(9);
            Check("what came later is gone", shelf.Nearest(100, out at, out _) && at <= 9);
            shelf.Put(at, new byte[50]);
            Check("in place of the same", shelf.Nearest(at, out _, out data) && data.Length == 50);
            shelf.Clear();
            Check("cleared", shelf.Count == 0 && shelf.Bytes == 0);
        }

        static void Cues()
        {
            var cues = new CueList();
            cues.Add(new DreamCue(2, new DreamMap { ["b"] = 2 }, cut: true, seed: 9));
            cues.Add(new DreamCue(1, new DreamMap { ["a"] = 1, ["b"] = 1 }));
            cues.Add(new DreamCue(2, new DreamMap { ["a"] = DreamValue.Nil }));
            Check("in order", cues[0].Time == 1 && cues[1].Cut && cues.FirstAfter(1) == 1 && cues.FirstAfter(2) == 3 && cues.FirstAfter(0.5) == 0);
            var at = cues.EffectiveAt(2, out var seed);
            Check("effective", at["b"].AsInt() == 2 && at.Has("a") && at["a"].IsNil && seed == 9);
            Check("before the cut", cues.EffectiveAt(1.5, out seed)["b"].AsInt() == 1 && seed == -1);
        }

        static void Maps()
        {
            var floats = new[] { 1f, 2f };
            var map = new DreamMap { ["x"] = 1, ["pose"] = floats };
            var copy = map.Copy();
            floats[0] = 9;
            Check("floats are copied", copy["pose"].AsFloats()![0] == 1 && map["pose"].AsFloats()![0] == 9);
            var held = copy["pose"].AsFloats();
            copy.CopyFrom(map);
            Check("into those held", ReferenceEquals(held, copy["pose"].AsFloats()) && held![0] == 9);
            map.Remove("x");
            Check("removed", map.Count == 1 && !map.Has("x") && map.KeyAt(0) == "pose" && map["x"].IsNil);
            foreach (var bad in new[] { "", "{", "{\"a\":}", "[1,]", "\"\\x\"", "nul", "1 2", "{\"a\" 1}", "\"a", new string('[', 100), "+", "[1 2]" })
            {
                try
                {
                    DreamJson.Parse(bad);
                    Failures.Add("JSON took " + bad);
                }
                catch (FormatException)
                {
                }
            }
            var parsed = DreamJson.Parse("{\"a\": [1, -2.5e1, true, null, \"\\u00e4\\n\"]}").AsMap()!["a"].AsArray()!;
            Check("JSON", parsed[0].AsInt() == 1 && parsed[1].AsNumber() == -25 && parsed[2].AsBool() && parsed[3].IsNil && parsed[4].AsText() == "ä\n");
            var log = new DirectionLog();
            for (var i = 0; i < DirectionLog.Kept + 3; i++)
            {
                var d = log.Add();
                d.Values.CopyFrom(new DreamMap { ["n" + (i % 7)] = i });
                d.Seed = -1;
                d.Cut = false;
            }
            Check("what waits is handed on", log.Find(1) == null && log.Find(4)!.Values.Count == 4 && log.Find(4)!.Values["n0"].AsInt() == 0);
        }
    }
}
