#nullable enable

using System.Collections.Generic;
using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Records a stream of the daemon (first word) that plays, is directed, chooses and goes back, and writes the take to the file (second
    /// word); then what does not work.
    /// </summary>
    static class Recordings
    {
        const string Story = @"{""format"": ""1.0"", ""name"": ""x"", ""start"": ""a"", ""shots"": {
            ""a"": {""lanes"": {""level"": {""keys"": [{""at"": 0, ""value"": 0.1}, {""at"": 0.3, ""value"": 0.4}]}}, ""length"": 0.3,
                ""next"": {""choice"": [{""id"": ""go"", ""then"": ""b""}]}},
            ""b"": {""lanes"": {""level"": {""keys"": [{""at"": 0, ""value"": 0.6}, {""at"": 0.5, ""value"": 0.9}]}}, ""length"": 5}}}";

        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            {
                var (s, out_) = (bed.Session, new DreamMap());
                s.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 5, Fps = 30, Threads = 1 }, new DreamMap { ["level"] = 0.2 });
                bed.Must("opens", bed.Until(() => bed.Frames > 4));
                DreamRecording? take = null;
                bed.Must("records", s.Record((r, e) => take = r) && bed.Until(() => take != null));
                bed.Must("is known", s.Recording == take && take!.IsRecording);
                DreamError? twice = null;
                bed.Must("asks twice", s.Record((r, e) => twice = e) && bed.Until(() => twice != null));
                out_["twice"] = twice!.Code;

                s.Direct("level", 0.8, 0.3);
                Frames(bed, 8);
                byte[]? save = null;
                bed.Must("saves", s.Snapshot((data, _) => save = data) && bed.Until(() => save != null));
                s.Keep("here");
                s.Cutscene.Load(new CutsceneDocument(Story));
                s.Cutscene.Play();
                bed.Must("offers", bed.Until(() => s.Cutscene.Status == CutsceneStatus.Choosing));
                s.Cutscene.Choose("go");
                Frames(bed, 8);
                s.Rewind(new DreamMap { ["name"] = "here" });
                Frames(bed, 5);
                s.Cut(new DreamMap { ["level"] = 0.3 }, 9);
                Frames(bed, 5);
                s.Restore(save!);
                Frames(bed, 5);
                // Longer than a second, so that text was taken before it is stopped.
                bed.Must("is read on the way", bed.Until(() => take!.Steps > 40));
                out_["read"] = take!.Text.Length;
                var answers = new List<DreamError?>();
                var text = "";
                bed.Must("stops", take.Stop((t, e) => { text = t; answers.Add(e); }) && bed.Until(() => answers.Count == 1));
                bed.Must("has ended", answers[0] == null && !take.IsRecording && s.Recording == null && take.Text == text && !take.Stop());
                out_["steps"] = take.Steps;
                bed.Must("writes", take.Save(words[1]) == null && File.ReadAllText(words[1]) == text);
                out_["exists"] = take.Save(words[1])!.Code;
                out_["nowhere"] = take.Save(Path.Combine(words[1], "x"))!.Code;

                DreamRecording? cut = null;
                bed.Must("records again", s.Record((r, e) => cut = r, digests: false) && bed.Until(() => cut != null));
                DreamRecording? next = null;
                bed.Must("replaces it", s.Record((r, e) => next = r, digests: false, replace: true) && bed.Until(() => next != null));
                out_["replaced"] = cut!.Error!.Code;
                cut = next;
                var unstarted = new List<DreamError?>();
                bed.Must("asks to replace it", s.Record((r, e) => unstarted.Add(r == null ? e : null), replace: true));
                s.Stop();
                out_["closed"] = cut!.Error!.Code;
                out_["unstarted"] = string.Join(" ", unstarted.ConvertAll(e => e?.Code ?? "started"));
                bed.Must("has what there was", cut.Text.StartsWith("{") && !cut.IsRecording && !s.Record((r, e) => { }));
                return out_;
            }
        }

        static void Frames(Bed bed, int count)
        {
            var until = bed.Frames + count;
            bed.Must("plays", bed.Until(() => bed.Frames >= until));
        }
    }
}
