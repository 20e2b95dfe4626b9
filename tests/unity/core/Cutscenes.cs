#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Plays a cutscene (file: second word) in the testcard of the daemon (first word), step by step; what it shows and tells is checked in
    /// Python. Third word: a cutscene for Vista with a picture beside it.
    /// </summary>
    static class Cutscenes
    {
        const string Long = "{\"format\":\"1.0\",\"name\":\"long\",\"variables\":{\"n\":{\"type\":\"number\"}},\"start\":\"a\",\"shots\":{\"a\":"
            + "{\"lanes\":{\"level\":{\"keys\":[{\"at\":0,\"value\":0},{\"at\":60,\"value\":1,\"easing\":\"linear\"}]}}}}}";

        internal static DreamMap Run(string[] words)
        {
            var said = new DreamMap();
            using (var bed = new Bed())
            {
                Story(bed, words, said);
                Edit(bed, said);
            }
            using (var bed = new Bed())
                Unpaused(bed, words[0], said);
            using (var bed = new Bed())
                Files(bed, words, said);
            return said;
        }

        /// <summary>Loaded and played before the stream is open.</summary>
        static void Story(Bed bed, string[] words, DreamMap said)
        {
            var (s, c) = (bed.Session, bed.Session.Cutscene);
            var raised = new List<DreamValue>();
            c.Happened += e => raised.Add(new DreamMap
            {
                ["happened"] = e.Happened.ToString(), ["name"] = e.Name, ["shot"] = e.Shot, ["at"] = e.At, ["late"] = s.Frame.Index - e.FrameIndex,
                ["options"] = Array.ConvertAll(e.Options, o => (DreamValue)(o.Id + "=" + o.Text)), ["went"] = e.Variables["went"], ["limit"] = e.Limit,
            });
            s.Start(words[0], new OpenRequest { Bundle = "testcard", Paused = true, Fps = 30, Threads = 1 });
            CutsceneReply? begun = null;
            c.Load(CutsceneDocument.Read(words[1]));
            bed.Must("a play waits for the load", c.Play(done: (r, e) => begun = e == null ? r : throw e) && !c.Signal("open"));
            bed.Must("plays", bed.Until(() => begun != null));
            said["shots"] = Array.ConvertAll(c.Shots, shot => (DreamValue)(shot.Name + " " + shot.Marks.Count));
            said["name"] = c.Name;
            said["seconds"] = c.Shots[0].Seconds;
            said["begun"] = begun!.Status + " " + begun.Shot + " " + begun.FrameIndex;
            var levels = new List<DreamValue>();
            for (var i = 0; i < 20; i++)
            {
                Step(bed);
                levels.Add(bed.Level);
            }
            said["levels"] = levels.ToArray();
            said["waited"] = new DreamValue[] { Answer(bed, d => c.Signal("window", d)).Waited, Answer(bed, d => c.Signal("open", d)).Waited };
            // A frame that is made and not read: what holds for it is not raised.
            var had = raised.Count;
            var stepped = false;
            s.Step(1, e => stepped = e == null);
            var wait = Stopwatch.StartNew();
            while (!stepped || wait.ElapsedMilliseconds < 200)
            {
                s.Poll();
                Thread.Sleep(1);
            }
            said["raised_early"] = raised.Count - had;
            bed.Must("reads", bed.Until(() => s.TryRead(bed.Buffer, bed.Pixels.Length)));
            s.RaiseCutscene();
            said["raised_then"] = raised.Count - had;
            for (var i = 0; i < 7; i++)
                Step(bed);
            said["choosing"] = c.Status.ToString();
            said["refused"] = Refusal(bed, d => c.Choose("up", d));
            said["not_a_number"] = Refusal(bed, d => c.Set(new DreamMap { ["went"] = 3 }, d));
            Answer(bed, d => c.Choose("left", d));
            said["chosen"] = c.Shot;
            for (var i = 0; i < 5; i++)
                Step(bed);
            said["ended"] = c.Status.ToString();
            said["lanes_left"] = s.Effective["level"];
            said["events"] = raised.ToArray();
        }

        /// <summary>Directed by hand, released, replaced, set, sought, skipped, stopped.</summary>
        static void Edit(Bed bed, DreamMap said)
        {
            var (s, c) = (bed.Session, bed.Session.Cutscene);
            DreamError? error = null;
            c.Load(new CutsceneDocument(Long));
            Answer(bed, d => c.Play(at: 30, done: d));
            Step(bed);
            var ticket = s.Direct("level", 0.8, 0);
            bed.Until(() => s.RevisionOf(ticket) > 0);
            Step(bed);
            said["by_hand"] = bed.Level;
            said["released"] = Array.ConvertAll(Answer(bed, d => c.Release(null, 0, d)).Released, r => (DreamValue)r);
            Step(bed);
            said["by_lane"] = bed.Level;
            var done = false;
            c.Replace(new CutsceneDocument(Long.Replace("\"value\":1", "\"value\":0")), e => (done, error) = (true, e));
            bed.Must("replaced", bed.Until(() => done) && error == null);
            Step(bed);
            said["replaced"] = bed.Level;
            done = false;
            c.Replace(new CutsceneDocument(Long.Replace("level", "lvel")), e => (done, error) = (true, e));
            bed.Must("refused", bed.Until(() => done));
            said["bad_replace"] = error!.ToString();
            bed.Must("goes on", c.Status == CutsceneStatus.Playing);
            Answer(bed, d => c.Set(new DreamMap { ["n"] = 7 }, d));
            said["sought"] = Answer(bed, d => c.Seek("a", at: 12, done: d)).At;
            said["skipped"] = Answer(bed, d => c.Skip(d)).Status.ToString();
            Answer(bed, d => c.Play(variables: new DreamMap { ["n"] = 4 }, done: d));
            Step(bed);
            said["n"] = c.Variables["n"];
            said["stopped"] = Answer(bed, d => c.Stop(d)).Status.ToString();
            // A snapshot holds the place; one without a cutscene leaves none.
            Answer(bed, d => c.Play(at: 15, done: d));
            Step(bed);
            byte[]? kept = null;
            s.Snapshot((data, e) => kept = data);
            bed.Must("snapshot", bed.Until(() => kept != null));
            Answer(bed, d => c.Seek("a", at: 50, done: d));
            Step(bed);
            done = false;
            s.Restore(kept!, e => done = e == null);
            bed.Must("restored", bed.Until(() => done));
            var place = 0.0;
            c.Set(new DreamMap(), (r, e) => place = r!.At);
            bed.Must("place", bed.Until(() => place > 0));
            said["restored"] = place;
            bed.Must("nothing is refused unheard", bed.Errors.Count == 0);
        }

        /// <summary>The first frame that is shown is one of the cutscene's.</summary>
        static void Unpaused(Bed bed, string daemon, DreamMap said)
        {
            var s = bed.Session;
            s.Start(daemon, new OpenRequest { Bundle = "testcard", Fps = 30, Threads = 1 });
            s.Cutscene.Load(new CutsceneDocument(Long));
            s.Cutscene.Play();
            bed.Must("shows", bed.Until(() => bed.Frames > 0));
            said["first"] = bed.Level;
            var errors = new List<DreamValue>();
            s.Cutscene.Load(new CutsceneDocument("{"), e => errors.Add(e?.ToString() ?? "none"));
            s.Cutscene.Play(done: (_, e) => errors.Add(e?.ToString() ?? "none"));
            bed.Until(() => errors.Count == 2);
            said["bad"] = errors.ToArray();
            bed.Must("the old one plays on", s.Cutscene.Status == CutsceneStatus.Playing);
            s.Cutscene.Load(new CutsceneDocument(Long), e => errors.Add(e!.Code));
            s.Cutscene.Load(new CutsceneDocument(Long), e => errors.Add(e!.Code));
            s.Stop();
            said["closed"] = new[] { errors[2], errors[3] };
            bed.Must("nothing is left", !s.Cutscene.IsLoaded && s.Cutscene.Status == CutsceneStatus.Ended && !s.Cutscene.Play());
        }

        static void Files(Bed bed, string[] words, DreamMap said)
        {
            var s = bed.Session;
            s.Start(words[0], new OpenRequest { Bundle = "vista", Paused = true, Threads = 1 });
            var document = CutsceneDocument.Read(words[2]);
            said["files"] = document.FileCount;
            var ended = new List<DreamValue>();
            foreach (var d in new[] { document, document, new CutsceneDocument(document.Text) })
            {
                var had = ended.Count;
                s.Cutscene.Load(d, e => ended.Add(e == null ? "ok" : e.ToString()));
                bed.Must("loads", bed.Until(() => ended.Count > had, 60));
            }
            said["loaded"] = ended.ToArray();
            said["outside"] = CutsceneDocument.PathOf(words[2], "../" + Path.GetFileName(Path.GetDirectoryName(words[2])) + "/../secret.png") ?? "";
        }

        static void Step(Bed bed)
        {
            var s = bed.Session;
            var had = bed.Frames;
            bed.Must("asks for a step", s.Step());
            bed.Must("steps", bed.Until(() => bed.Frames > had));
            s.RaiseCutscene();
        }

        static CutsceneReply Answer(Bed bed, Func<Action<CutsceneReply?, DreamError?>, bool> ask)
        {
            CutsceneReply? got = null;
            bed.Must("asks", ask((reply, error) => got = reply ?? throw error!));
            bed.Must("is answered", bed.Until(() => got != null));
            return got!;
        }

        static string Refusal(Bed bed, Func<Action<CutsceneReply?, DreamError?>, bool> ask)
        {
            DreamError? got = null;
            bed.Must("asks", ask((_, error) => got = error));
            bed.Must("is refused", bed.Until(() => got != null));
            return got!.ToString();
        }

        /// <summary>
        /// Plays on the daemon (first word), which is killed and started again, until the file (second word) is there. A line when it
        /// plays, when it is lost with the level that is shown, and for each of the first frames after it.
        /// </summary>
        internal static DreamMap Return(string[] words)
        {
            using (var bed = new Bed())
            {
                var (s, c) = (bed.Session, bed.Session.Cutscene);
                var lost = 0;
                s.StateChanged += (state, _) =>
                {
                    if (state != StreamState.Lost)
                        return;
                    lost++;
                    Out.Line(new DreamMap { ["lost"] = bed.Level, ["number"] = lost });
                };
                c.Happened += e => Out.Line(new DreamMap { ["event"] = e.Happened.ToString(), ["n"] = e.Variables["n"], ["number"] = lost });
                s.Start(words[0], new OpenRequest { Bundle = "testcard", Fps = 30, Threads = 1 });
                c.Load(new CutsceneDocument(Long));
                c.Play(at: 6, variables: new DreamMap { ["n"] = 3 });
                var told = 0;
                var before = lost;
                while (!File.Exists(words[1]))
                {
                    var had = bed.Frames;
                    bed.Tick();
                    told = before == lost ? told : 0;
                    before = lost;
                    if (bed.Frames > had && s.State != StreamState.Lost && told++ < 10)
                        Out.Line(new DreamMap { [told == 10 ? "plays" : "frame"] = bed.Level, ["number"] = lost });
                    Thread.Sleep(1);
                }
                return new DreamMap { ["end"] = true, ["errors"] = bed.Errors.ConvertAll(e => (DreamValue)e.ToString()).ToArray(), ["paused"] = s.State == StreamState.Paused };
            }
        }

        /// <summary>For ticks in which one plays and nothing happens.</summary>
        internal static void Begin(Bed bed)
        {
            bed.Session.Cutscene.Load(new CutsceneDocument(Long));
            Answer(bed, d => bed.Session.Cutscene.Play(done: d));
        }
    }
}
