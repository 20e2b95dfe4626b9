#nullable enable

using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Dreambridge
{
    /// <summary>
    /// Where an Ink story stands, in a game's own save. If the story was changed where the game was saved, it goes on from the knot that it stood in, or
    /// else from its beginning, with its variables. It knows the texts that Ink's engine gives, and no type of it.
    /// </summary>
    public sealed class StoryPlace
    {
        // What stands before the first knot.
        const string Root = "the beginning";

        static readonly string[] Kept = { "variablesState", "visitCounts", "turnIndices", "turnIdx", "storySeed", "previousRandom" };
        static readonly HashSet<string> Paths = new HashSet<string> { "cPath", "previousContentObject", "originalChoicePath", "targetPath", "currentDivertTarget" };
        static readonly Regex Here = new Regex(" +<--+");
        static readonly Regex Begins = new Regex(@"\A {4}\[ \(\{?([^(){}.]+)\}?\)\s*\z");
        static readonly Regex Target = new Regex(@"-> \S+( \(\S+\))?(?=,?  \(\S+\)\z)");
        static readonly Regex InRoot = new Regex(@"\A(?:\d|[cg]-\d|\z)");

        StoryPlace(string state, string? knot, string why, string film) => (State, Knot, Why, Film) = (state, knot, why, film);

        /// <summary>What the story loads: <c>story.state.LoadJson(place.State)</c>.</summary>
        public string State { get; }

        /// <summary>Where it goes after that: <c>story.ChoosePathString(place.Knot)</c>; null: nowhere.</summary>
        public string? Knot { get; }

        /// <summary>Why it is not where the game was saved; empty: it is.</summary>
        public string Why { get; }

        /// <summary>The stream's slot; empty: there was no stream.</summary>
        public string Film { get; }

        /// <summary>
        /// A save of a story: its <c>state.ToJson()</c>, its <c>BuildStringOfHierarchy()</c>, and the stream's slot (empty: none).
        /// </summary>
        public static string Save(string state, string hierarchy, string film)
        {
            var used = KnotsOf(DreamJson.Parse(state).AsMap() ?? new DreamMap());
            var now = KnotsIn(hierarchy);
            var knots = new DreamMap();
            foreach (var name in used)
                knots[name] = now.TryGetValue(name, out var digest) ? digest : "";
            return DreamJson.Write(new DreamMap { ["engine"] = "ink", ["state"] = state, ["knot"] = used[used.Count - 1], ["knots"] = knots, ["film"] = film });
        }

        /// <summary>Where a story goes on from a save: its <c>BuildStringOfHierarchy()</c>, and the <c>state.ToJson()</c> with which it begins.</summary>
        /// <exception cref="DreamError">bad_snapshot: the text is no save of an Ink story.</exception>
        public static StoryPlace Load(string saved, string hierarchy, string fresh)
        {
            DreamMap place, state;
            try
            {
                place = DreamJson.Parse(saved).AsMap() ?? throw new FormatException("it is not a JSON object");
                state = DreamJson.Parse(place["state"].AsText()).AsMap() ?? throw new FormatException("it has no state");
                if (place["engine"].AsText() != "ink" || place["knots"].AsMap() == null || place["knot"].Kind != DreamKind.Text)
                    throw new FormatException("it is not one of an Ink story");
            }
            catch (FormatException e)
            {
                throw new DreamError(ErrorCodes.BadSnapshot, $"The save is damaged: {e.Message}.", "Pass what Save gave, unchanged.");
            }
            var now = KnotsIn(hierarchy);
            var (knot, film) = (place["knot"].AsText(), place["film"].AsText());
            var same = true;
            foreach (var name in place["knots"].AsMap()!.Names())
                same &= now.TryGetValue(name, out var digest) && digest == place["knots"].AsMap()![name].AsText();
            if (same)
                return new StoryPlace(place["state"].AsText(), null, "", film);
            var again = DreamJson.Parse(fresh).AsMap() ?? new DreamMap();
            foreach (var name in Kept)
            {
                if (state.Has(name))
                    again[name] = state[name];
            }
            var there = knot != Root && now.ContainsKey(knot);
            var where = there ? $"the knot '{knot}'" : Root;
            return new StoryPlace(
                DreamJson.Write(again), there ? knot : null, $"The story was changed where the game was saved: that line or choice may be gone. It goes on from {where}.", film);
        }

        /// <summary>The knots of a story: name to a digest that changes with the knot.</summary>
        static Dictionary<string, string> KnotsIn(string hierarchy)
        {
            var lines = new Dictionary<string, List<string>> { [Root] = new List<string>() };
            var at = Root;
            foreach (var line in Here.Replace(hierarchy, "").Replace("\r\n", "\n").Split('\n'))
            {
                var begins = Begins.Match(line);
                if (begins.Success)
                    lines[at = begins.Groups[1].Value] = new List<string>();
                // A target is relative before it was followed, and absolute after that. Engines tell containers in any order.
                lines[at].Add(Target.Replace(line, "->").Trim(' ', ','));
                if (line.StartsWith("    ]", StringComparison.Ordinal))
                    at = Root;
            }
            var found = new Dictionary<string, string>();
            using (var sha = SHA256.Create())
            {
                foreach (var knot in lines)
                {
                    knot.Value.Sort(StringComparer.Ordinal);
                    var digest = sha.ComputeHash(Encoding.UTF8.GetBytes(string.Join("\n", knot.Value)));
                    found[knot.Key] = BitConverter.ToString(digest, 0, 8);
                }
            }
            return found;
        }

        /// <summary>The knots that a state stands in; the last one is where it goes on.</summary>
        static List<string> KnotsOf(DreamMap state)
        {
            var found = new List<string>();
            Look(state["flows"], found);
            var flow = state["flows"].AsMap()?[state["currentFlowName"].AsText()].AsMap();
            Look(flow?["currentChoices"] ?? DreamValue.Nil, found);
            var threads = flow?["callstack"].AsMap()?["threads"].AsArray() ?? Array.Empty<DreamValue>();
            if (threads.Length > 0)
                Look(threads[threads.Length - 1].AsMap()?["callstack"] ?? DreamValue.Nil, found);
            if (found.Count == 0)
                found.Add(Root);
            return found;
        }

        static void Look(in DreamValue value, List<string> found)
        {
            foreach (var item in value.AsArray() ?? Array.Empty<DreamValue>())
                Look(item, found);
            if (!(value.AsMap() is { } map))
                return;
            for (var i = 0; i < map.Count; i++)
            {
                if (Paths.Contains(map.KeyAt(i)) && map.ValueAt(i).Kind == DreamKind.Text)
                    found.Add(KnotOf(map.ValueAt(i).AsText()));
                else
                    Look(map.ValueAt(i), found);
            }
        }

        static string KnotOf(string path) => InRoot.IsMatch(path) ? Root : path.Split('.')[0];
    }
}
