#nullable enable

using System.Collections.Generic;

namespace Dreambridge.Tests
{
    /// <summary>Places and forks of a stream with the real daemon (named by the first word).</summary>
    static class Forks
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var s = bed.Session;
                var out_ = new DreamMap();
                var answers = new List<DreamError?>();
                s.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 5, Fps = 30, Threads = 1, Paused = true }, new DreamMap { ["level"] = 0.2 });
                bed.Must("opens", bed.Until(() => s.State == StreamState.Paused));
                Step(bed, 3);
                bed.Must("keeps", s.Keep("here", answers.Add) && bed.Until(() => answers.Count == 1));
                s.Cut(new DreamMap { ["level"] = 0.9 }, 77);
                Step(bed, 4);
                bed.Must("cuts", s.Effective["level"].AsNumber() == 0.9 && s.Info!.Seed == 77);
                DreamPlace? landed = null;
                bed.Must("rewinds", s.Rewind(new DreamMap { ["name"] = "here" }, (map, e) => landed = map) && bed.Until(() => landed != null));
                out_["landed"] = landed!.FrameIndex;
                out_["effective_there"] = s.Effective["level"];
                out_["seed_there"] = s.Info!.Seed;
                Step(bed, 2);

                DreamFork? up = null, down = null;
                bed.Must("forks", s.Fork((fork, e) => up = fork) && s.Fork((fork, e) => down = fork) && bed.Until(() => up != null && down != null));
                out_["numbers"] = new DreamValue[] { up!.Number, down!.Number };
                out_["at"] = up.FrameIndex;
                bed.Must("directs", up.Direct(new DreamMap { ["level"] = 0.8 }, 0, answers.Add) && bed.Until(() => answers.Count == 2));
                DreamError? wrong = null;
                bed.Must("refuses", down.Direct(new DreamMap { ["levle"] = 1 }, 0, e => wrong = e) && bed.Until(() => wrong != null));
                out_["wrong"] = wrong!.Code;
                var steps = -1;
                bed.Must("prepares", up.Prepare(0.5, 15, (n, e) => steps = n) && bed.Until(() => steps >= 0));
                out_["steps"] = steps;
                Step(bed, 1);
                var before = s.Frame.Index;
                bed.Must("adopts", up.Adopt(answers.Add) && bed.Until(() => answers.Count == 3));
                Step(bed, 1);
                out_["rising"] = s.Frame.Index == before + 1;
                out_["cut"] = s.Frame.Cut;
                out_["level"] = bed.Level;
                out_["effective"] = s.Effective["level"];
                bed.Must("drops", down.Drop(answers.Add) && bed.Until(() => answers.Count == 4));
                wrong = null;
                bed.Must("is over", down.Adopt(e => wrong = e) && bed.Until(() => wrong != null));
                out_["over"] = wrong!.Code;
                out_["answers"] = answers.TrueForAll(e => e == null);

                s.Cutscene.Load(new CutsceneDocument(Story));
                s.Cutscene.Preroll = 0.5;
                bed.Must("plays", s.Cutscene.Play() && bed.Until(() => s.Cutscene.Status == CutsceneStatus.Playing));
                Step(bed, 6);
                bed.Must("offers", bed.Until(() => s.Cutscene.Status == CutsceneStatus.Choosing));
                var ahead = 0L;
                bed.Must("makes it ahead", bed.Until(() =>
                {
                    s.Stats((stats, e) => ahead = stats?.Ahead ?? 0);
                    return ahead >= 15;
                }));
                DreamFork? late = null;
                bed.Must("forks at the choice", s.Fork((fork, e) => late = fork) && bed.Until(() => late != null));
                bed.Must("runs out", late!.RunOut(answers.Add) && bed.Until(() => answers.Count == 5));
                out_["ran_out"] = late.Shot;
                bed.Must("drops it", late.Drop(answers.Add) && bed.Until(() => answers.Count == 6));
                s.Cutscene.Choose("go");
                Step(bed, 1);
                out_["chosen"] = bed.Level;
                out_["chosen_cut"] = s.Frame.Cut;
                return out_;
            }
        }

        const string Story = @"{""format"": ""1.0"", ""name"": ""x"", ""start"": ""a"", ""shots"": {
            ""a"": {""lanes"": {""level"": {""keys"": [{""at"": 0, ""value"": 0.1}]}}, ""length"": 0.1, ""next"": {""choice"": [{""id"": ""go"", ""then"": ""b""}], ""limit"": 900, ""default"": ""go""}},
            ""b"": {""lanes"": {""level"": {""keys"": [{""at"": 0, ""value"": 0.6}]}}, ""length"": 2}}}";

        static void Step(Bed bed, int count)
        {
            for (var k = 0; k < count; k++)
            {
                var (frames, done) = (bed.Frames, false);
                bed.Must("steps", bed.Session.Step(1, e => done = e == null) && bed.Until(() => done && bed.Frames > frames));
            }
        }
    }
}
