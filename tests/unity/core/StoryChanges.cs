#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace Dreambridge.Tests
{
    /// <summary>
    /// A story whose player, game or daemon changes its mind: listeners that direct, choices made twice, options offered again, loads, losses and the
    /// director's end. Words: a running daemon, the folders of the probe bundle and of one with a large state.
    /// </summary>
    static class StoryChanges
    {
        internal static DreamMap Run(string[] words)
        {
            var out_ = new DreamMap();
            using (var bed = new Bed())
            {
                var told = new Stories.Told(bed);
                bed.Session.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 7, Threads = 1 });
                bed.Must("opens", told.Until(() => bed.Frames > 0, 60));
                out_["opened"] = told.All("dream: level=0.25 over=0", "dream: wait shown");
                Listener(told, out_);
                NoCutscene(told, out_);
                Twice(told, out_);
                Again(told, out_);
                Loaded(told, out_);
                Loss(told, words[0], out_);
                End(told, out_);
            }
            using (var bed = new Bed())
                Meanwhile(new Stories.Told(bed), words, out_);
            using (var bed = new Bed())
                Large(bed, words, out_);
            Files(words, out_);
            return out_;
        }

        /// <summary>A slot of a bundle (third word) whose state fits into no message.</summary>
        static void Large(Bed bed, string[] words, DreamMap out_)
        {
            var s = bed.Session;
            s.Start(words[0], new OpenRequest { Bundle = words[2], Seed = 7, Threads = 1 });
            bed.Must("opens", bed.Until(() => s.Info != null));
            string? slot = null;
            SlotLoaded? loaded = null;
            bed.Must("saves", s.SaveSlot((text, e) => slot = text) && bed.Until(() => slot != null));
            bed.Must("loads", s.RestoreSlot(slot!, (l, e) => loaded = l) && bed.Until(() => loaded != null));
            out_["large"] = new DreamValue[] { DreamJson.Parse(slot!).AsMap()!["snapshot"], loaded!.Exact, loaded.Reason };
        }

        /// <summary>
        /// A save whose cutscene has a picture (fourth word: a PNG), loaded by other runs of the game: with its cutscene, with a newer version of it, with
        /// none, and with nothing said while the cutscene is loaded. Of each: exact, what is wrong, does it play?
        /// </summary>
        static void Files(string[] words, DreamMap out_)
        {
            const string Text = "{\"format\": \"1.0\", \"name\": \"red\", \"shots\": {\"first\": {\"lanes\": {\"reference\": {\"keys\": [{\"at\": 0, \"value\": \"red.png\"}]}}, \"length\": 600}}}";
            CutsceneDocument Version(string text)
            {
                var made = new CutsceneDocument(text);
                made.AddFile("red.png", System.IO.File.ReadAllBytes(words[3]));
                return made;
            }
            string? slot = null;
            using (var bed = new Bed())
            {
                var plays = false;
                var s = bed.Session;
                s.Start(words[0], new OpenRequest { Bundle = words[1], Seed = 7, Threads = 1 });
                bed.Must("opens", bed.Until(() => s.Info != null));
                s.Cutscene.Load(Version(Text));
                bed.Must("plays", s.Cutscene.Play(null, null, 0, null, (_, e) => plays = e == null) && bed.Until(() => plays));
                bed.Must("saves", s.SaveSlot((text, e) => slot = text) && bed.Until(() => slot != null));
            }
            var found = new List<DreamValue>();
            foreach (var which in new[] { "same", "newer", "none", "last" })
            {
                using (var bed = new Bed())
                {
                    var s = bed.Session;
                    s.Start(words[0], new OpenRequest { Bundle = words[1], Seed = 7, Threads = 1 });
                    bed.Must("opens", bed.Until(() => s.Info != null));
                    var newer = Version(Text.Replace("600", "300"));
                    if (which == "last")
                        s.Cutscene.Load(newer);
                    SlotLoaded? loaded = null;
                    Func<string, CutsceneDocument?> documentOf = text => which == "none" ? null : which == "newer" ? newer : Version(text);
                    bed.Must("loads", s.RestoreSlot(slot!, (l, e) => loaded = l, which == "last" ? null : documentOf) && bed.Until(() => loaded != null));
                    var status = "";
                    if (loaded!.Cutscene)
                        bed.Must("asks", s.Cutscene.Set(new DreamMap(), (reply, e) => status = reply?.Shot ?? e!.Code) && bed.Until(() => status.Length > 0));
                    found.Add(new DreamValue[] { loaded.Exact, loaded.Reason, status });
                }
            }
            out_["files"] = found.ToArray();
        }

        /// <summary>A daemon that is found, and never answers: its name is the word. What a wait ends as, after how many seconds; then the next one.</summary>
        internal static DreamMap Unanswered(string[] words)
        {
            using (var bed = new Bed())
            {
                var told = new Stories.Told(bed);
                told.Director.AnswerTimeout = 2;
                var clock = Stopwatch.StartNew();
                bed.Session.Start(words[0], new OpenRequest { Bundle = "testcard" });
                bed.Must("is found", told.Until(() => bed.Session.Channel.Connection != null));
                var first = told.Director.Tell("wait shown limit=20");
                bed.Must("ends", told.Until(() => first.IsDone));
                var seconds = clock.Elapsed.TotalSeconds;
                var next = told.Director.Tell("wait shown limit=20");
                bed.Must("still looks", bed.Session.State == StreamState.Searching);
                told.Director.OwnDaemonStarts = () => true;
                var starting = told.Director.Tell("wait shown limit=0.1");
                bed.Must("ends too", told.Until(() => starting.IsDone));
                return new DreamMap { ["outcomes"] = Stories.Texts(new[] { first.Outcome, next.Outcome, starting.Outcome }), ["seconds"] = seconds, ["errors"] = told.Codes() };
            }
        }

        /// <summary>A listener to Failed directs something itself.</summary>
        static void Listener(Stories.Told told, DreamMap out_)
        {
            var heard = 0;
            Action<DreamError> listen = e =>
            {
                heard++;
                told.Director.Tell("level=0.75 over=0");
            };
            told.Director.Failed += listen;
            told.All("dream: level=7");
            told.Director.Failed -= listen;
            out_["listener"] = new DreamValue[] { heard, told.Codes(), told.All("dream: wait shown"), told.Level(191) };
        }

        /// <summary>A cutscene should go on, but there is none: the direction fails, and is not sent again and again.</summary>
        static void NoCutscene(Stories.Told told, DreamMap out_)
        {
            told.Director.Restored(true);
            told.All("dream: signal door");
            out_["no_cutscene"] = told.Codes();
        }

        static bool Forks(Stories.Told told, int wanted)
        {
            var forks = -1L;
            return told.Until(() =>
            {
                told.Bed.Session.Stats((stats, e) => forks = stats?.Forks ?? -1);
                return forks == wanted;
            });
        }

        /// <summary>The player clicks twice, before the first choice is decided.</summary>
        static void Twice(Stories.Told told, DreamMap out_)
        {
            var d = told.Director;
            d.Preroll = 0.1;
            told.All("dream: level=0.1 over=0", "dream: wait shown");
            d.Offer(new[] { new[] { "dream: level=0.5 over=0", "dream: wait shown" }, new[] { "dream: level=0.75 over=0" } });
            d.Poll();
            var first = d.Choose(0);
            var second = d.Choose(1);
            var done = told.Until(() => first.IsDone && second.IsDone && d.IsIdle);
            out_["twice"] = new DreamValue[] { done, Stories.Texts(first.Outcomes), told.Level(128), Forks(told, 0) };
        }

        /// <summary>Other options are offered before the choice is decided: it is not taken for a choice among them.</summary>
        static void Again(Stories.Told told, DreamMap out_)
        {
            var d = told.Director;
            d.Offer(new[] { new[] { "dream: level=0.75 over=0", "dream: wait shown" } });
            d.Poll();
            var chosen = d.Choose(0);
            d.Offer(new[] { new[] { "dream: level=0.25 over=0" } });
            var done = told.Until(() => chosen.IsDone && d.IsIdle);
            out_["again"] = new DreamValue[] { done, Stories.Texts(chosen.Outcomes), told.Level(191) };
            var made = Forks(told, 1);
            var adopted = d.Adopted;
            var next = d.Choose(0);
            done = told.Until(() => next.IsDone);
            out_["again_chosen"] = new DreamValue[] { made, done, d.Adopted - adopted, told.Level(64) };
        }

        /// <summary>A load while options are made ahead, which belong to the state before.</summary>
        static void Loaded(Stories.Told told, DreamMap out_)
        {
            var (d, s) = (told.Director, told.Bed.Session);
            string? slot = null;
            told.Bed.Must("saves", s.SaveSlot((text, e) => slot = text) && told.Until(() => slot != null));
            told.All("dream: level=0.75 over=0", "dream: wait shown");
            d.Offer(new[] { new[] { "dream: level=1 over=0" } });
            var made = Forks(told, 1);
            SlotLoaded? loaded = null;
            told.Bed.Must("loads", s.RestoreSlot(slot!, (l, e) => loaded = l) && told.Until(() => loaded != null));
            d.Restored(false);
            var adopted = d.Adopted;
            var chosen = d.Choose(0);
            told.Until(() => chosen.IsDone && d.IsIdle);
            out_["loaded"] = new DreamValue[] { made, Forks(told, 0), d.Adopted - adopted, told.Level(64) };
        }

        /// <summary>What was taken from the queue and not sent goes back before what was directed later.</summary>
        static void Loss(Stories.Told told, string daemon, DreamMap out_)
        {
            var (d, s) = (told.Director, told.Bed.Session);
            var play = d.Play;
            Action<DreamError?>? answer = null;
            d.Play = (name, shot, done) =>
            {
                answer = done;
                return null;
            };
            s.Start(daemon, new OpenRequest { Bundle = "testcard", Seed = 7, Threads = 1 });
            d.Tell("play hold");
            d.Tell("level=0.3 over=0");
            told.Bed.Must("is asked", told.Until(() => answer != null));
            d.Tell("level=0.9 over=0");
            s.Stop();
            d.Poll();
            answer!(null);
            d.Play = play;
            s.Start(daemon, new OpenRequest { Bundle = "testcard", Seed = 7, Threads = 1 });
            told.Bed.Must("opens again", told.Until(() => s.Info != null, 60));
            out_["loss"] = new DreamValue[] { told.All("dream: wait shown limit=60"), told.Level(230) };
        }

        static void End(Stories.Told told, DreamMap out_)
        {
            var d = told.Director;
            d.Offer(new[] { new[] { "dream: level=0.5 over=0" } });
            var made = Forks(told, 1);
            told.Bed.Must("pauses", told.Bed.Session.Pause() && told.Until(() => told.Bed.Session.State == StreamState.Paused));
            told.All("dream: level=0.4");
            var lasting = d.Tags(new[] { "dream: wait shown", "dream: level=1", "dream: wait shown" });
            var chosen = d.Choose(0);
            told.Codes();
            d.End();
            var late = d.Tell("level=1");
            out_["end"] = new DreamValue[]
            {
                made, Stories.Texts(lasting.Outcomes), chosen.IsDone, Stories.Texts(chosen.Outcomes), Stories.Texts(late.Outcomes), Forks(told, 0),
                told.Bed.Session.Effective["level"], told.Codes(),
            };
        }

        /// <summary>What the game directs by itself while the player reads, which the fork does not have: poses and pictures too.</summary>
        static void Meanwhile(Stories.Told told, string[] words, DreamMap out_)
        {
            var (d, s) = (told.Director, told.Bed.Session);
            s.Start(words[0], new OpenRequest { Bundle = words[1], Seed = 7, Threads = 1 });
            told.Bed.Must("opens", told.Until(() => told.Bed.Frames > 0, 60));
            const int size = 2 * 17 * 3;
            s.Direct("pose", new float[size], 0);
            var ticket = s.Direct("reference", DreamValue.Image(2, 1, new byte[8]), 0);
            told.Bed.Must("is shown", told.Until(() => s.IsShown(ticket)));
            d.Preroll = 0.1;
            d.Offer(new[] { new[] { "dream: cut" } });
            var made = Forks(told, 1);
            told.Until(() => false, 0.2);
            s.Direct("pose", Filled(size), 0);
            ticket = s.Direct("reference", DreamValue.Image(2, 1, new byte[] { 9, 9, 9, 255, 9, 9, 9, 255 }), 0);
            told.Bed.Must("is shown", told.Until(() => s.IsShown(ticket)));
            var chosen = d.Choose(0);
            told.Until(() => chosen.IsDone && d.IsIdle);
            out_["meanwhile"] = new DreamValue[] { made, d.Adopted, told.All("dream: wait shown"), s.Effective["pose"].AsFloats()![1], s.Effective["reference"].AsMap()!["rgba"].AsBytes()![0], told.Codes() };
        }

        static float[] Filled(int size)
        {
            var made = new float[size];
            for (var i = 0; i < size; i++)
                made[i] = 0.5f;
            return made;
        }
    }
}
