#nullable enable

using System.Collections.Generic;

namespace Dreambridge.Tests
{
    /// <summary>A whole dialogue with the real daemon (named by the first word): every request, and the errors of bad ones.</summary>
    static class Dialogue
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var s = bed.Session;
                var out_ = new DreamMap();
                var early = s.Direct("level", 0.5);
                s.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 5 }, new DreamMap { ["level"] = 0.25 });
                bed.Must("opens", bed.Until(() => s.State == StreamState.Playing && bed.Frames > 0));
                out_["first"] = bed.Level;
                out_["early"] = s.IsShown(early);
                out_["seed"] = s.Info!.Seed;
                out_["schema"] = $"{s.Info.Conditions[0].Name} {s.Info.Conditions[0].Kind} {s.Info.Conditions[0].Min} {s.Info.Conditions[0].Max}";

                var ticket = s.Direct("level", 0.75, over: 0);
                bed.Must("is shown", bed.Until(() => s.IsShown(ticket)));
                bed.Must("shows it", bed.Until(() => bed.Level == 191));
                out_["obeyed"] = s.RevisionOf(ticket) > 0 && s.Frame.Revision >= s.RevisionOf(ticket) && s.LatencyMs(ticket) > 0 && s.LatencyMs(ticket) < 5000;
                out_["bars"] = bed.Bars(240) == s.Frame.Index && bed.Bars(248) == s.Frame.Revision;

                System.Exception? thrown = null;
                var other = new System.Threading.Thread(() =>
                {
                    try
                    {
                        s.Direct("level", 0.1);
                    }
                    catch (System.InvalidOperationException e)
                    {
                        thrown = e;
                    }
                });
                other.Start();
                other.Join();
                out_["thread"] = thrown != null;

                var slow = s.Direct(new DreamMap { ["level"] = 0.25 }, 0.4, DreamEasing.Linear);
                var between = false;
                bed.Must("arrives", bed.Until(() =>
                {
                    between |= bed.Level > 70 && bed.Level < 185;
                    return s.IsShown(slow) && bed.Level == 64;
                }));
                out_["transition"] = between;
                bed.Must("settles", bed.Until(() => s.IsSettled(slow)));
                var replaced = s.Direct(new DreamMap { ["level"] = 1 }, 100);
                out_["settled"] = !s.IsReplaced(slow) && bed.Level == 64;
                bed.Must("moves", bed.Until(() => s.IsShown(replaced)));
                out_["early_settled"] = s.IsSettled(replaced);
                s.Direct(new DreamMap { ["level"] = 0.25 }, 0);
                out_["replaced"] = bed.Until(() => s.IsSettled(replaced)) && s.IsReplaced(replaced);

                bed.Must("cuts", bed.Until(() => s.IsShown(s.Cut(new DreamMap { ["level"] = 1 }, 77)) || bed.Level == 255));
                bed.Until(() => s.Info.Seed == 77); // the frame may come before the reply
                out_["effective"] = s.Effective["level"];
                out_["seed_of_cut"] = s.Info.Seed;

                var answers = new List<DreamError?>();
                bed.Must("asks", s.Pause(answers.Add));
                bed.Must("pauses", bed.Until(() => s.State == StreamState.Paused && answers.Count == 1));
                bed.Until(() => false, 0.2);
                var (at, frames) = (s.Frame.Index, bed.Frames);
                bed.Until(() => false, 0.3);
                out_["still"] = bed.Frames == frames;
                for (var i = 0; i < 3; i++)
                    bed.Must("steps", s.Step(1, answers.Add) && bed.Until(() => bed.Frames == frames + i + 1));
                out_["stepped"] = s.Frame.Index == at + 3 && s.Frame.Stepped;

                byte[]? saved = null;
                bed.Must("saves", s.Snapshot((data, e) => saved = data) && bed.Until(() => saved != null));
                bed.Must("steps on", s.Step(2) && bed.Until(() => s.Frame.Index == at + 5));
                bed.Must("restores", s.Restore(saved!, answers.Add) && bed.Until(() => answers.Count == 5));
                bed.Must("steps again", s.Step(1) && bed.Until(() => s.Frame.Index == at + 4));
                out_["restored"] = bed.Bars(240) == at + 4;
                out_["answers"] = answers.TrueForAll(e => e == null);

                bed.Must("damps flashes", s.LessFlashing(true));
                for (var i = 0; i < 16; i++)
                {
                    s.Direct("level", i % 2, 0);
                    var shown = s.Frame.Index;
                    bed.Must("flashes", s.Step(1) && bed.Until(() => s.Frame.Index == shown + 1));
                }
                bed.Must("undamps", s.LessFlashing(false));
                DreamStats? stats = null;
                bed.Must("counts", s.Stats((got, e) => stats = got) && bed.Until(() => stats != null));
                out_["stats"] = stats!.State == StreamState.Paused && stats.Frames > 5 && stats.StepMsP50 > 0 && stats.Damped > 0;
                bed.Must("goes on", s.Resume() && bed.Until(() => s.State == StreamState.Playing));

                // Bad ones: each a code, a message with the value, a hint; and the stream goes on.
                var before = bed.Errors.Count;
                var bad = new[] { s.Direct("levle", 1), s.Direct("level", 7), s.Direct("level", "high"), s.Direct("level", double.NaN) };
                bed.Must("says what is wrong", bed.Until(() => bed.Errors.Count == before + bad.Length));
                out_["refused"] = System.Array.TrueForAll(bad, s.IsRefused);
                DreamError? wrong = null;
                bed.Must("answers", s.Restore(new byte[] { 1, 2, 3 }, e => wrong = e) && bed.Until(() => wrong != null));
                bed.Errors.Add(wrong!);
                wrong = null;
                bed.Must("answers", s.Step(0, e => wrong = e) && bed.Until(() => wrong != null));
                bed.Errors.Add(wrong!);
                wrong = null;
                bed.Must("answers at once", s.Restore(new byte[9 << 20], e => wrong = e) && wrong != null);
                bed.Errors.Add(wrong!);
                wrong = null;
                bed.Must("answers", s.Channel.Ask("dance", null, (m, e) => wrong = e) && bed.Until(() => wrong != null));
                bed.Errors.Add(wrong!);
                out_["errors"] = bed.Errors.ConvertAll(e => (DreamValue)e.ToString()).ToArray();
                out_["unset"] = s.Direct("level", DreamValue.Nil, 0) is var nil && bed.Until(() => s.IsShown(nil)) && s.Effective.Has("level") && s.Effective["level"].IsNil;

                DreamMap? bundles = null;
                bed.Must("lists", s.Channel.Ask("bundles", null, (m, e) => bundles = m) && bed.Until(() => bundles != null));
                out_["bundles"] = System.Array.ConvertAll(BundleInfo.ListOf(bundles!), b => (DreamValue)(b.Error is { } e ? $"{b.Name} {e.Code}" : $"{b.Name} {b.Width}x{b.Height} {b.Conditions.Count}"));

                // Taken back, as after a domain reload.
                var (ring, session) = (s.Info.Ring, s.Info.Session);
                s.Direct("level", 0.5, 0);
                bed.Must("accepts", bed.Until(() => s.Effective["level"].AsNumber() == 0.5));
                var kept = s.Detach();
                using (var second = new Bed())
                {
                    second.Session.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 5 }, null, kept);
                    second.Must("is taken back", second.Until(() => second.Frames > 3 && second.Level == 128));
                    var info = second.Session.Info!;
                    out_["adopted"] = info.Ring == ring && info.Session == session && second.Session.Effective["level"].AsNumber() == 0.5;
                    second.Session.Stop();
                    out_["closed"] = !System.IO.File.Exists(ring) || WaitGone(ring);
                    // What is kept of a stream that is gone opens another.
                    second.Frames = 0;
                    second.Session.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 5 }, null, kept);
                    second.Must("opens another", second.Until(() => second.Frames > 0 && second.Session.State == StreamState.Playing));
                    out_["another"] = second.Session.Info!.Ring != ring && second.Level == 128;
                }
                out_["states"] = bed.States.ToArray();
                return out_;
            }
        }

        static bool WaitGone(string path)
        {
            for (var i = 0; i < 300 && System.IO.File.Exists(path); i++)
                System.Threading.Thread.Sleep(10);
            return !System.IO.File.Exists(path);
        }
    }
}
