#nullable enable

using System;
using System.Collections.Generic;
using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Stories that direct a stream. Words: a running daemon, protocol/vectors/script.json, the folder tests/story, and one of "vectors" and
    /// "story". What the parser makes of each case of the vectors; directions, waits, the story of the tests and saves.
    /// </summary>
    static class Stories
    {
        const string Scene = @"{""format"": ""1.0"", ""name"": ""arrival"", ""variables"": {""coins"": {""type"": ""number""}}, ""shots"": {
            ""dawn"": {""lanes"": {""level"": {""keys"": [{""at"": 0, ""value"": 0.2}]}}, ""marks"": {""gull"": 0.1}, ""length"": 0.2,
                ""next"": {""wait"": ""door"", ""then"": ""sea""}},
            ""sea"": {""lanes"": {""level"": {""keys"": [{""at"": 0, ""value"": 0.8}]}}, ""length"": 0.2}}}";

        internal static DreamMap Parsed(string[] words)
        {
            var given = DreamJson.Parse(File.ReadAllText(words[0])).AsMap()!;
            return new DreamMap
            {
                ["statements"] = Each(given["statements"], c => Outcome(c["text"].AsText())),
                ["tags"] = Each(given["tags"], c => new DreamMap { ["tag"] = c["tag"], ["text"] = StoryStatement.DirectionIn(c["tag"].AsText()) }),
                ["near"] = Each(given["near"], c => new DreamMap
                {
                    ["word"] = c["word"], ["names"] = c["names"],
                    ["is"] = StoryNames.Near(c["word"].AsText(), Array.ConvertAll(c["names"].AsArray()!, n => n.AsText())),
                }),
                ["merging"] = Each(given["merging"], Merged),
            };
        }

        static DreamValue Each(in DreamValue cases, Func<DreamMap, DreamMap> make) => Array.ConvertAll(cases.AsArray()!, c => (DreamValue)make(c.AsMap()!));

        static DreamMap Outcome(string text)
        {
            try
            {
                return new DreamMap { ["text"] = text, ["is"] = StoryStatement.Parse(text).AsMap() };
            }
            catch (StoryError e)
            {
                return new DreamMap { ["text"] = text, ["error"] = new DreamMap { ["column"] = e.Column, ["message"] = e.Message, ["hint"] = e.Hint } };
            }
        }

        static DreamMap Merged(DreamMap c)
        {
            var events = Array.ConvertAll(c["events"].AsArray()!, e => e.AsText());
            var pending = new StoryPending(name => Array.IndexOf(events, name) >= 0);
            foreach (var text in c["given"].AsArray()!)
                pending.Add(StoryStatement.Parse(text.AsText()));
            return new DreamMap { ["given"] = c["given"], ["events"] = c["events"], ["sent"] = pending.Take().ConvertAll(s => (DreamValue)s.AsMap()).ToArray() };
        }

        /// <summary>Words: a running daemon, then tests/story/lamp.json.</summary>
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var told = new Told(bed);
                var out_ = new DreamMap();
                out_["alone"] = Texts(told.Director.Tags(new[] { "dream: level=1", "dream: wait shown", "dream: wait ended" }).Outcomes);
                out_["alone_errors"] = told.Codes();
                bed.Session.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 7, Threads = 1 });
                out_["early"] = told.All("dream: level=0.25 over=0", "dream: wait shown limit=60");
                out_["early_level"] = told.Level(64);
                Directions(told, out_);
                Cutscene(told, out_);
                Waits(told, out_);
                out_["clicks"] = Clicks(told);
                bed.Must("pauses", bed.Session.Pause() && told.Until(() => bed.Session.State == StreamState.Paused));
                Ways(told, DreamJson.Parse(File.ReadAllText(words[1])).AsArray()!, out_);
                Ahead(told, out_);
                Saves(told, out_);
                return out_;
            }
        }

        internal static DreamValue Texts(IEnumerable<string> texts)
        {
            var list = new List<DreamValue>();
            foreach (var text in texts)
                list.Add(text);
            return list.ToArray();
        }

        static void Directions(Told told, DreamMap out_)
        {
            out_["cut"] = told.All("mood: dark", "# dream: cut level=0.5 seed=9", "dream: wait shown");
            out_["cut_level"] = told.Level(128) && told.Bed.Session.Info!.Seed == 9;
            out_["no_errors"] = told.Codes();
            out_["refused"] = told.All("dream: levle=1", "dream: wait shown", "dream: level=7", "dream: wait shown", "dream: levl", "dream: play arival", "dream: signal door", "dream: wait ended");
            out_["refused_errors"] = told.Codes();
            told.All("dream: level=0.25 over=0", "dream: wait shown", "dream: keep inn", "dream: level=1 over=0", "dream: wait shown", "dream: rewind inn");
            out_["rewound"] = told.Level(64);
            told.All("dream: rewind nowhere", "dream: wait shown");
            out_["keep_errors"] = told.Codes();
        }

        static void Cutscene(Told told, DreamMap out_)
        {
            out_["cutscene"] = told.All("dream: play arrival", "dream: wait mark gull", "dream: wait shot dawn", "dream: set coins=2", "dream: wait mark none limit=0.05",
                "dream: signal door", "dream: wait shot sea", "dream: wait ended", "dream: wait shot dawn", "dream: play arrival from=sea", "dream: level=0.1",
                "dream: release level", "dream: stop", "dream: wait ended");
            out_["cutscene_errors"] = told.Codes();
        }

        static void Waits(Told told, DreamMap out_)
        {
            told.Bed.Session.Pause();
            told.All("dream: level=0.5");
            var got = new DreamMap { ["timeout"] = told.All("dream: wait shown limit=0.05") };
            told.Director.Skipping = true;
            got["skipping"] = told.All("dream: wait shown");
            told.Director.Skipping = false;
            var lasting = told.Director.Tell("wait shown");
            told.Until(() => false, 0.05);
            got["lasts"] = !lasting.IsDone;
            told.Director.Skip();
            told.Until(() => lasting.IsDone);
            got["skipped"] = Texts(lasting.Outcomes);
            told.Bed.Session.Resume();
            got["shown"] = told.All("dream: wait shown");
            out_["waits"] = got;
            out_["waits_errors"] = told.Codes();
        }

        /// <summary>A player who clicks through 200 lines: the outcome, and how many waited at most.</summary>
        static DreamValue Clicks(Told told)
        {
            var most = 0;
            for (var line = 0; line < 200; line++)
            {
                told.Director.Tell("level=" + (line / 200.0).ToString(System.Globalization.CultureInfo.InvariantCulture));
                most = Math.Max(most, told.Director.Pending);
            }
            return new DreamValue[] { told.All("dream: wait shown"), most, told.Level((int)Math.Round(199 / 200.0 * 255)) };
        }

        /// <summary>
        /// Each way through the story of the tests: what it directs is told to the director one by one, the stream is stepped, and the picture has
        /// the level that was directed last.
        /// </summary>
        internal static void Ways(Told told, DreamValue[] ways, DreamMap out_)
        {
            var said = new List<DreamValue>();
            var (lines, agree) = (0, 0);
            foreach (var way in ways)
            {
                said.Clear();
                var listen = new Action<StoryStatement>(s => said.Add(s.AsMap()));
                told.Director.Told += listen;
                foreach (var statement in way.AsMap()!["told"].AsArray()!)
                {
                    var s = statement.AsMap()!;
                    told.Stepped("dream: " + TextOf(s));
                    if (!s["values"].IsNil && !s["values"].AsMap()!["level"].IsNil)
                    {
                        lines++;
                        agree += Math.Abs(told.Bed.Level - Math.Round(s["values"].AsMap()!["level"].AsNumber() * 255)) <= 1 ? 1 : 0;
                    }
                }
                told.Director.Told -= listen;
                out_["way" + out_.Count] = said.ToArray();
            }
            out_["ways"] = new DreamValue[] { lines, agree };
        }

        static string TextOf(DreamMap s)
        {
            if (s["do"].AsText() == "wait")
                return "wait " + s["moment"].AsText();
            var level = s["values"].AsMap()!["level"];
            var text = (s["do"].AsText() == "cut" ? "cut " : "") + "level=" + (level.IsNil ? "-" : level.ToString());
            text += s.Has("over") ? " over=" + s["over"] : "";
            text += s.Has("easing") ? " easing=" + s["easing"].AsText() : "";
            return text + (s.Has("seed") ? " seed=" + s["seed"] : "");
        }

        static void Ahead(Told told, DreamMap out_)
        {
            var (d, s) = (told.Director, told.Bed.Session);
            d.Preroll = 0.5;
            told.Stepped("dream: level=0.25 over=0");
            d.Offer(new[] { new[] { "dream: cut level=0.75", "dream: wait shown" }, new[] { "dream: levle=1" }, new string[0] });
            var forks = 0L;
            told.Until(() =>
            {
                s.Stats((stats, e) => forks = stats?.Forks ?? 0);
                return forks == 1;
            });
            told.Until(() => false, 0.2);
            s.Direct("level", 0.25, 0);
            var chosen = d.Choose(0);
            told.Step(() => chosen.IsDone);
            out_["made"] = new DreamValue[] { d.Adopted, Texts(chosen.Outcomes), told.Bed.Level };
            d.Offer(new[] { new[] { "dream: level=0.5 over=0" } });
            told.Until(() => false, 0.2);
            told.Stepped("dream: cut level=0.1");
            var stale = d.Choose(0);
            told.Step(() => stale.IsDone);
            told.Stepped("dream: wait shown");
            out_["stale"] = new DreamValue[] { d.Adopted, d.Directed, told.Bed.Level };
            told.Until(() =>
            {
                s.Stats((stats, e) => forks = stats?.Forks ?? -1);
                return forks == 0;
            });
            out_["forks"] = forks;
            out_["ahead_errors"] = told.Codes();
        }

        static void Saves(Told told, DreamMap out_)
        {
            var s = told.Bed.Session;
            told.Stepped("dream: level=0.1 over=0");
            told.Stepped("dream: play arrival");
            told.Stepped("dream: wait mark gull");
            string? slot = null;
            told.Bed.Must("saves", s.SaveSlot((text, e) => slot = text) && told.Until(() => slot != null));
            out_["slot"] = slot;
            told.Stepped("dream: stop");
            told.Stepped("dream: cut level=0.9");
            foreach (var bad in new[] { "", "[]", "{}", "{\"format\": \"2.0\"}", slot!.Substring(0, slot.Length - 20) })
            {
                DreamError? wrong = null;
                told.Bed.Must("refuses", s.RestoreSlot(bad, (_, e) => wrong = e) && wrong != null);
                out_["bad"] = out_["bad"].AsText() + wrong!.Code + " ";
            }
            SlotLoaded? loaded = null;
            told.Bed.Must("loads", s.RestoreSlot(slot, (l, e) => loaded = l) && told.Until(() => loaded != null));
            told.Director.Restored(loaded!.Cutscene);
            out_["loaded"] = new DreamValue[] { loaded.Exact, loaded.Reason, loaded.Cutscene };
            var later = new List<DreamValue>();
            foreach (var text in new[] { "wait shown", "signal door", "wait shot sea", "wait ended" })
                later.Add(told.Stepped("dream: " + text));
            out_["later"] = later.ToArray();
            out_["later_level"] = told.Bed.Level;
            var other = DreamJson.Parse(slot).AsMap()!;
            other["digest"] = "another";
            other["directions"] = new DreamValue[] { new DreamMap { ["values"] = new DreamMap { ["level"] = 0.5, ["weather"] = "storm" } } };
            loaded = null;
            told.Bed.Must("loads again", s.RestoreSlot(DreamJson.Write(other), (l, e) => loaded = l) && told.Until(() => loaded != null));
            out_["again"] = new DreamValue[] { loaded!.Exact, string.Join(",", loaded.LeftOut), loaded.Cutscene, s.Effective["level"] };
            out_["save_errors"] = told.Codes();
        }

        /// <summary>A director on the bed's session, with what it told.</summary>
        internal sealed class Told
        {
            internal readonly Bed Bed;
            internal readonly StoryDirector Director;
            readonly List<DreamValue> _codes = new List<DreamValue>();

            internal Told(Bed bed)
            {
                Bed = bed;
                Director = new StoryDirector(bed.Session) { Limit = 60 };
                Director.Failed += e => _codes.Add(e.Code);
                Director.Play = (name, shot, done) =>
                {
                    if (name != "arrival")
                        return new DreamError(ErrorCodes.BadCutscene, "none", "none");
                    Bed.Session.Cutscene.Load(new CutsceneDocument(Scene));
                    Bed.Session.Cutscene.Play(shot, done: (_, e) => done(e));
                    return null;
                };
            }

            internal DreamValue Codes()
            {
                var taken = _codes.ToArray();
                _codes.Clear();
                return taken;
            }

            internal bool Until(Func<bool> so, double seconds = 90) => Bed.Until(() =>
            {
                Director.Poll();
                return so();
            }, seconds);

            internal DreamValue All(params string[] tags)
            {
                var telling = Director.Tags(tags);
                Bed.Must("is told: " + string.Join(" ", tags), Until(() => telling.IsDone && Director.IsIdle));
                return Texts(telling.Outcomes);
            }

            /// <summary>With a step of the stream whenever all directions were answered, and one at the end.</summary>
            internal string Stepped(string tag)
            {
                var telling = Director.Tags(new[] { tag });
                Step(() => telling.IsDone);
                return telling.Outcome;
            }

            internal void Step(Func<bool> done)
            {
                for (var last = false; !last;)
                {
                    Bed.Must("is answered", Until(() => Director.IsIdle));
                    last = done();
                    var frames = Bed.Frames;
                    Bed.Must("steps", Bed.Session.Step() && Until(() => Bed.Frames > frames));
                }
            }

            internal bool Level(int wanted) => Until(() => Bed.Level == wanted);
        }
    }
}
