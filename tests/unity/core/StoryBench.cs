#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>
    /// How fast a choice is seen, and random ways through the story of the tests. Words: a running daemon, "choices", bundle, number, seconds made
    /// ahead; or a running daemon, "walks", tests/story/lamp.json, number.
    /// </summary>
    static class StoryBench
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var walks = words[1] == "walks";
                var told = new Stories.Told(bed);
                bed.Session.Start(words[0], new OpenRequest { Bundle = walks ? "testcard" : words[2], Seed = 7, Threads = 1, Paused = walks });
                bed.Must("opens", told.Until(() => bed.Session.HasStream, 60));
                return walks ? Walks(told, words[2], Number(words[3])) : Choices(told, words[2], Number(words[3]), Number(words[4]));
            }
        }

        static int Number(string word) => int.Parse(word, System.Globalization.CultureInfo.InvariantCulture);

        static DreamMap Walks(Stories.Told told, string lamp, int number)
        {
            var ways = DreamJson.Parse(File.ReadAllText(lamp)).AsArray()!;
            var random = new Random(5);
            var taken = new DreamValue[number];
            for (var k = 0; k < number; k++)
                taken[k] = ways[random.Next(ways.Length)];
            var out_ = new DreamMap();
            Stories.Ways(told, taken, out_);
            var pixels = out_["ways"].AsArray()!;
            return new DreamMap { ["walks"] = number, ["lines"] = pixels[0], ["agree"] = pixels[1], ["errors"] = told.Codes() };
        }

        static DreamMap Choices(Stories.Told told, string bundle, int number, int ahead)
        {
            var (d, s) = (told.Director, told.Bed.Session);
            d.Preroll = ahead;
            var (low, high) = bundle == "vista" ? ("weather=storm over=0", "weather=clear over=0") : ("level=0.2", "level=0.8");
            var random = new Random(3);
            var times = new List<DreamValue>();
            for (var k = 0; k < number; k++)
            {
                d.Offer(new[] { new[] { "dream: " + low }, new[] { "dream: " + high } });
                var read = 0.3 + 0.2 * random.NextDouble();
                told.Until(() => false, read); // the player reads
                var clock = Stopwatch.StartNew();
                var chosen = d.Choose(k % 2);
                told.Bed.Must("chooses", told.Until(() => chosen.IsDone));
                var seen = d.Tell("wait shown");
                told.Bed.Must("shows", told.Until(() => seen.IsDone));
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
            var ticks = Stopwatch.StartNew();
            var count = 0;
            told.Until(() => ++count > 100);
            var tick = ticks.Elapsed.TotalMilliseconds / 100;
            DreamStats? stats = null;
            told.Bed.Must("counts", s.Stats((found, _) => stats = found) && told.Until(() => stats != null));
            return new DreamMap
            {
                ["times"] = times.ToArray(), ["fps"] = s.Info!.Fps, ["step_ms"] = stats!.StepMsP50, ["tick_ms"] = tick, ["adopted"] = d.Adopted,
                ["errors"] = told.Codes(),
            };
        }
    }
}
