#nullable enable

using System.Collections.Generic;
using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Where Ink stories stand, by the texts of an engine of Ink. Word: a file with <c>saved</c> (state and hierarchy) and <c>loads</c> (hierarchy, and
    /// the state with which the story begins).
    /// </summary>
    static class Places
    {
        internal static DreamMap Run(string[] words)
        {
            var given = DreamJson.Parse(File.ReadAllText(words[0])).AsMap()!;
            var saved = given["saved"].AsMap()!;
            var save = StoryPlace.Save(saved["state"].AsText(), saved["hierarchy"].AsText(), "film");
            var found = new List<DreamValue>();
            foreach (var item in given["loads"].AsArray()!)
            {
                var place = StoryPlace.Load(save, item.AsMap()!["hierarchy"].AsText(), item.AsMap()!["fresh"].AsText());
                found.Add(new DreamMap { ["state"] = place.State, ["knot"] = place.Knot is { } knot ? knot : DreamValue.Nil, ["why"] = place.Why, ["film"] = place.Film });
            }
            var bad = new List<DreamValue>();
            foreach (var text in new[] { "", "{}", "[]", save.Substring(0, save.Length - 9), "{\"engine\": \"ink\", \"state\": \"[]\"}" })
            {
                try
                {
                    StoryPlace.Load(text, "", "{}");
                    bad.Add("loaded");
                }
                catch (DreamError e)
                {
                    bad.Add(e.Code);
                }
            }
            return new DreamMap { ["loads"] = found.ToArray(), ["bad"] = bad.ToArray() };
        }
    }
}
