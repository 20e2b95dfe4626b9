#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge.Tests
{
    /// <summary>Drives Dreambridge.Core from a command line, on .NET 8 and on mono: <c>Dreambridge.Core.Tests JOB words…</c>. The last line is a JSON object.</summary>
    static class Program
    {
        static readonly Dictionary<string, Func<string[], DreamMap>> Jobs = new Dictionary<string, Func<string[], DreamMap>>
        {
            ["vectors"] = Vectors.Run, ["requests"] = Requests.Run, ["dialogue"] = Dialogue.Run, ["watch"] = Watch.Run, ["refused"] = Refused.Run,
            ["torn"] = Torn.Run, ["steady"] = Steady.Run, ["domains"] = Domains.Run, ["helpers"] = Helpers.Run, ["folder"] = Folder.Run,
            ["replaced"] = Replaced.Run, ["view"] = Views.Run, ["kinds"] = Kinds.Run, ["bench"] = Bench.Run, ["returns"] = Returns.Run, ["trips"] = Trips.Run,
            ["asleep"] = Asleep.Run, ["ring_lost"] = RingLost.Run, ["scenarios"] = Scenarios.Run,
            ["cutscene"] = Cutscenes.Run, ["cutscene_return"] = Cutscenes.Return, ["calls"] = Calls.Run, ["flood"] = Flood.Run, ["lifeline"] = LifelineJob.Run, ["lifeline_reloaded"] = LifelineJob.Reloaded,
            ["child"] = Children.Run, ["child_daemon"] = Children.Daemon, ["windows_lines"] = Children.Lines, ["capture_timer"] = Captures.Run,
            ["forks"] = Forks.Run, ["cut"] = Cut.Run, ["restored"] = Restored.Run, ["snapshot_files"] = Restored.Files, ["record"] = Recordings.Run, ["sound"] = Sounds.Run, ["same"] = Same.Run,
            ["story"] = Stories.Run, ["script"] = Stories.Parsed, ["story_changes"] = StoryChanges.Run, ["story_unanswered"] = StoryChanges.Unanswered, ["story_bench"] = StoryBench.Run,
            ["asked_again"] = AskedAgain.Run, ["places"] = Places.Run, ["story_examples"] = StoryExamples.Run,
        };

        static int Main(string[] words)
        {
            if (words.Length == 0 || !Jobs.TryGetValue(words[0], out var job))
            {
                Console.Error.WriteLine("jobs: " + string.Join(", ", Jobs.Keys));
                return 2;
            }
            var rest = new string[words.Length - 1];
            Array.Copy(words, 1, rest, 0, rest.Length);
            Out.Line(job(rest));
            return 0;
        }
    }
}
