#nullable enable

using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Plays the cutscene in a file (second word) step by step: so many steps (third word), a choice, and so many more (fourth word). Writes
    /// the take of it (fifth word).
    /// </summary>
    static class Same
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var (s, out_) = (bed.Session, new DreamMap());
                s.Start(words[0], new OpenRequest { Bundle = "vista", Seed = 5, Fps = 24, Threads = 1, Paused = true }, new DreamMap());
                bed.Must("opens", bed.Until(() => s.State == StreamState.Paused, 60));
                DreamRecording? take = null;
                bed.Must("records", s.Record((r, e) => take = r) && bed.Until(() => take != null));
                s.Cutscene.Load(new CutsceneDocument(File.ReadAllText(words[1])));
                bed.Must("plays", s.Cutscene.Play() && bed.Until(() => s.Cutscene.Status == CutsceneStatus.Playing));
                Step(bed, int.Parse(words[2]));
                bed.Must("offers", bed.Until(() => s.Cutscene.Status == CutsceneStatus.Choosing));
                s.Cutscene.Choose("on");
                Step(bed, int.Parse(words[3]));
                var stopped = false;
                bed.Must("stops", take!.Stop((t, e) => stopped = e == null) && bed.Until(() => stopped));
                bed.Must("writes", take.Save(words[4]) == null);
                out_["shot"] = s.Cutscene.Shot;
                return out_;
            }
        }

        static void Step(Bed bed, int count)
        {
            for (var k = 0; k < count; k++)
            {
                var done = false;
                bed.Must("steps", bed.Session.Step(1, e => done = e == null) && bed.Until(() => done));
            }
        }
    }
}
