#nullable enable

using System;
using System.IO;
using System.Collections.Generic;

namespace Dreambridge.Tests
{
    /// <summary>
    /// A signal and a choice whose answers are lost. Words: a link that loses them, and the file with script, levels and document
    /// (tests/test_asked_again.py).
    /// </summary>
    static class AskedAgain
    {
        internal static DreamMap Run(string[] words)
        {
            var given = DreamJson.Parse(File.ReadAllText(words[1])).AsMap()!;
            var levels = given["levels"].AsArray()!;
            var met = new List<DreamValue>();
            var at = "";
            using (var bed = new Bed())
            {
                var told = new Stories.Told(bed);
                var (s, d) = (bed.Session, told.Director);
                d.Play = (name, shot, done) =>
                {
                    s.Cutscene.Load(new CutsceneDocument(given["document"].AsText()));
                    s.Cutscene.Play(shot, done: (_, e) => done(e));
                    return null;
                };
                s.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 7, Threads = 1 });
                bed.Must("opens", told.Until(() => bed.Frames > 0, 60));
                string There() => "at " + s.Cutscene.Shot + " " + s.Cutscene.Status.ToString().ToLowerInvariant();
                foreach (var item in given["script"].AsArray()!)
                {
                    var text = item.AsText();
                    if (text == "set")
                    {
                        var asked = false;
                        bed.Must("is told", told.Until(() => d.IsReady && d.IsIdle));
                        bed.Must("asks", s.Cutscene.Set(new DreamMap(), (_, e) => asked = true) && told.Until(() => asked));
                    }
                    else if (text == "level")
                    {
                        var wanted = (int)levels[met.Count].AsInt();
                        bed.Must($"level {bed.Level}, not {wanted}", told.Until(() => Math.Abs(bed.Level - wanted) <= 1, 60));
                        met.Add(wanted);
                    }
                    else if (text.StartsWith("at ", StringComparison.Ordinal))
                    {
                        var there = told.Until(() => d.IsReady && d.IsIdle && There() == text, 60);
                        bed.Must(text + ": " + There(), there);
                        at = text.Substring(3);
                    }
                    else
                        d.Tell(text);
                }
                return new DreamMap { ["errors"] = told.Codes(), ["levels"] = met.ToArray(), ["at"] = at };
            }
        }
    }
}
