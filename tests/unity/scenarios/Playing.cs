using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Dreambridge.Editors;
using Dreambridge.Timelines;
using FakeUnity;
using UnityEditor;
using UnityEditor.AssetImporters;
using UnityEngine;
using UnityEngine.Playables;

namespace Dreambridge.EngineScenarios
{
    /// <summary>A *.dream.json as an asset: played by the daemon in a stream of the test card.</summary>
    public static class Playing
    {
        private const string Story = "{\"format\":\"1.0\",\"name\":\"story\",\"start\":\"door\",\"variables\":{\"paid\":{\"type\":\"bool\"}},\"shots\":{"
            + "\"door\":{\"lanes\":{\"level\":{\"keys\":[{\"at\":0,\"value\":0},{\"at\":0.5,\"value\":0.25}]}},\"marks\":{\"gull\":0.2},\"next\":{\"wait\":\"open\",\"then\":\"room\"}},"
            + "\"room\":{\"lanes\":{\"level\":{\"keys\":[{\"at\":0.2,\"value\":0.5}]}},\"next\":{\"choice\":[{\"id\":\"pay\",\"text\":\"Pay\",\"set\":{\"paid\":true},\"then\":\"calm\"},{\"id\":\"wait\",\"text\":\"Wait\",\"then\":\"door\"}]}},"
            + "\"calm\":{\"lanes\":{\"level\":{\"keys\":[{\"at\":0.2,\"value\":1}]}}}}}";
        private const string Long = "{\"format\":\"1.0\",\"name\":\"long\",\"start\":\"a\",\"shots\":{\"a\":{\"lanes\":{\"level\":{\"keys\":[{\"at\":0,\"value\":0.75},{\"at\":600,\"value\":0.75}]}}}}}";

        private static int Level(DreamStream s) => Stage.Seen(s.texture!)[(220 * Stage.Size + 128) * 4];

        private static DreamCutscene Asset(string text, string name = "story")
        {
            var asset = Engine.Asset(ScriptableObject.CreateInstance<DreamCutscene>());
            asset.name = name;
            asset.document = Engine.Asset(new TextAsset(text));
            return asset;
        }

        /// <summary>Played when the stream opens; its events come with their frames; a coroutine waits for each and answers.</summary>
        public static string CutsceneByCoroutine(string input)
        {
            Engine.Playing = true;
            var asset = Asset(Story);
            var s = Stage.Stream("stream", x => x.cutsceneOnOpen = asset);
            var seen = new List<string>();
            var fromInspector = new List<string>();
            var first = -1;
            s.FrameReady += _ => first = first < 0 ? Level(s) : first;
            s.CutsceneHappened += e =>
            {
                Stage.Require(s.frame.Index >= e.FrameIndex, e.Happened + " of frame " + e.FrameIndex + " at frame " + s.frame.Index);
                Stage.Require(s.frame.Index <= e.FrameIndex + 60, e.Happened + " of frame " + e.FrameIndex + " at frame " + s.frame.Index);
                seen.Add(e.Happened + " " + e.Name + e.Shot);
            };
            s.cutsceneEvents.shot.AddListener(n => fromInspector.Add("shot " + n));
            s.cutsceneEvents.mark.AddListener(n => fromInspector.Add("mark " + n));
            s.cutsceneEvents.waiting.AddListener(s.SignalCutscene);
            s.cutsceneEvents.choice.AddListener(e => fromInspector.Add("choice " + e.Options.Length));
            s.cutsceneEvents.ended.AddListener(() => fromInspector.Add("ended"));
            var player = new GameObject("player").AddComponent<Player>();
            player.stream = s;
            player.StartCoroutine(player.Choose());
            Engine.Until(() => player.ended, "the end");
            Stage.Require(seen.SequenceEqual(new[] { "Shot door", "Mark gulldoor", "Waiting opendoor", "Shot room", "Choice room", "Shot calm", "Ended calm" }), string.Join(", ", seen));
            Stage.Require(fromInspector.SequenceEqual(new[] { "shot door", "mark gull", "shot room", "choice 2", "shot calm", "ended" }), string.Join(", ", fromInspector));
            Stage.Require(first < 70, "the first frame is none of the cutscene's: " + first + " (its own would be 128)");
            Stage.Require(Level(s) == 255 && s.cutscene.Variables["paid"].AsBool(), "at the end: " + Level(s));
            Stage.Require(s.cutscene.Status == CutsceneStatus.Ended && s.cutscene.Name == "story", "status");

            // Again from a shot, and skipped; then replaced.
            var wait = s.PlayCutscene(asset, "room");
            Engine.Until(() => s.cutscene.Status == CutsceneStatus.Choosing, "the choice");
            s.ChooseCutscene("pay");
            s.SkipCutscene();
            Engine.Until(() => !wait.keepWaiting, "the end by skipping");
            Stage.Require(wait.happened != null && wait.error == null, "the end was not waited for");
            s.PlayCutscene(Asset(Long, "long"));
            Engine.Until(() => Level(s) == 191, "another one");
            // In the place of one that plays, whose end is not this one's.
            wait = s.PlayCutscene(asset, "room");
            var choice = s.WaitForCutscene(CutsceneHappening.Choice);
            Engine.Until(() => !choice.keepWaiting || !wait.keepWaiting, "the choice again");
            Stage.Require(choice.happened != null && wait.keepWaiting, "the end of another cutscene ended the wait");
            s.PlayCutscene(Asset(Long, "long"));
            Engine.Until(() => Level(s) == 191, "another one again");
            var replaced = false;
            Stage.Require(s.ReplaceCutscene(Asset(Long.Replace("0.75", "0.5"), "other"), e => replaced = e == null), "nothing to replace");
            Engine.Until(() => replaced && Level(s) == 128, "the other version");
            s.StopCutscene();
            Engine.Until(() => s.cutscene.Status == CutsceneStatus.Ended, "stopped");
            return string.Join(", ", seen);
        }

        /// <summary>What is wrong in a document is told as each error of a stream is; a file that is there is sent.</summary>
        public static string CutsceneTrouble(string input)
        {
            Engine.Playing = true;
            var bad = Asset(Long.Replace("level", "lvel"));
            var s = Stage.Stream();
            var wait = s.PlayCutscene(bad);
            Engine.Until(() => !wait.keepWaiting, "the refusal");
            Stage.Require(wait.error?.Code == ErrorCodes.BadCutscene && s.lastError == wait.error && wait.happened == null, "no error");
            Stage.Require(wait.error!.Message.Contains("no condition 'lvel'"), wait.error.Message);
            Stage.Require(Engine.Log.Count(l => l.text.Contains("[bad_cutscene]")) == 1, "the console: " + string.Join("\n", Engine.Log.Select(l => l.text)));
            var choice = s.WaitForCutscene(CutsceneHappening.Choice, timeout: 0.2f);
            Engine.Until(() => !choice.keepWaiting, "the timeout");
            Stage.Require(choice.happened == null, "nothing happened");
            s.SignalCutscene("nobody listens");
            var open = s.WaitForCutscene(CutsceneHappening.Mark);
            s.Close();
            Stage.Require(!open.keepWaiting, "it waits for a stream that is closed");

            var files = Asset("{}");
            files.files.Add(Engine.Asset(new TextAsset { name = "red.png", Binary = new byte[] { 1, 2, 3 } }));
            Stage.Require(files.fileNames.SequenceEqual(new[] { "red.png" }), "the name of a *.bytes");
            return wait.error.Code;
        }

        /// <summary>What Unity 6.3 makes of a *.dream.json.</summary>
        public static string CutsceneImported(string input)
        {
            var folder = Stage.Folder();
            Directory.CreateDirectory(folder);
            try
            {
                var path = Path.Combine(folder, "pictures.dream.json");
                File.WriteAllText(path, "{\"shots\":{\"a\":{\"lanes\":{\"reference\":{\"keys\":[{\"at\":0,\"value\":\"red.png\"},{\"at\":1,\"value\":\"absent.png\"}]}}}}}");
                File.WriteAllBytes(Path.Combine(folder, "red.png"), new byte[] { 1, 2, 3 });
                var ctx = new AssetImportContext(path);
                var importer = Engine.Asset(new DreamCutsceneImporter { bakeFilm = true });
                var bell = Engine.Asset(new AudioClip(1, 48000) { name = "bell" });
                importer.sounds.Add(bell);
                importer.filmChoices.Add("left");
                importer.OnImportAsset(ctx);
                var made = (DreamCutscene)ctx.mainObject!;
                Stage.Require(made.bakeFilm && made.filmChoices.Single() == "left" && made.Sound("music/bell.ogg") == bell && made.Sound("other.ogg") == null, "the import settings");
                Stage.Require(made.text == File.ReadAllText(path) && made.fileNames.SequenceEqual(new[] { "red.png" }), "the asset");
                Stage.Require(ctx.Dependencies.Count == 1 && Path.GetFullPath(ctx.Dependencies[0]) == Path.GetFullPath(Path.Combine(folder, "red.png")), "a changed picture imports it again");
                Engine.Asset(made);
            }
            finally
            {
                Directory.Delete(folder, true);
            }
            return "imported";
        }

        /// <summary>A clip on a Timeline plays it, and stops it where it ends.</summary>
        public static string CutsceneOnATimeline(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s, 2);
            var track = ScriptableObject.CreateInstance<DreamTrack>();
            track.beginWithCut = false;
            var clip = track.CreateClip<DreamCutsceneClip>();
            clip.start = 0.5;
            clip.duration = 2;
            ((DreamCutsceneClip)clip.asset).cutscene = Asset(Long, "long");
            var d = new GameObject("director").AddComponent<PlayableDirector>();
            d.Build((g, go) => track.CreateTrackMixer(g, go, 0), s);
            d.Play();
            void Until(Func<bool> holds, string what)
            {
                var begun = Engine.RealTime;
                for (var last = begun; !holds(); System.Threading.Thread.Sleep(4))
                {
                    var now = Engine.RealTime;
                    if (now - begun > 30) throw new EngineError("did not happen: " + what);
                    Engine.Tick(Math.Max(0.001f, (float)(now - last)));
                    d.Advance((float)(now - last));
                    last = now;
                }
            }
            Until(() => d.time > 0.4, "before the clip");
            Stage.Require(!s.cutscene.IsLoaded, "it is played before its clip");
            Until(() => s.cutscene.Status == CutsceneStatus.Playing && Level(s) == 191, "the clip");
            Stage.Require(d.time > 0.5 && d.time < 2.5, "at " + d.time);
            Until(() => d.time > 2.6, "the clip's end");
            Engine.Until(() => s.cutscene.Status == CutsceneStatus.Ended, "stopped at the clip's end");
            d.Stop();
            return "played";
        }

        /// <summary>A domain reload in its middle: it plays on in the daemon, and is directed after it.</summary>
        public static string CutsceneThroughReload(string input)
        {
            var asset = Asset(Story);
            if (input.Length == 0)
            {
                Engine.Playing = true;
                var s = Stage.Stream();
                s.PlayCutscene(asset);
                Engine.Until(() => s.cutscene.Status == CutsceneStatus.Waiting, "the wait");
                var number = s.info!.Session;
                return "again\n" + number + "|" + EditorLoop.BeforeReload();
            }
            var words = input.Split(new[] { '|' }, 2);
            EditorLoop.AfterReload(words[1]);
            var after = DreamStream.all[0];
            Engine.Until(() => after.cutscene.Status == CutsceneStatus.Waiting && after.cutscene.Shot == "door", "it still waits");
            Stage.Require(after.info!.Session == long.Parse(words[0]), "another stream was opened");
            after.SignalCutscene("open");
            Engine.Until(() => after.cutscene.Status == CutsceneStatus.Choosing, "the choice");
            EditorLoop.ExitPlay();
            return "played on";
        }

        private sealed class Player : MonoBehaviour
        {
            [NonSerialized] internal DreamStream stream = null!;
            [NonSerialized] internal bool ended;

            internal IEnumerator Choose()
            {
                var choice = stream.WaitForCutscene(CutsceneHappening.Choice);
                yield return choice;
                var end = stream.WaitForCutscene(CutsceneHappening.Ended);
                stream.ChooseCutscene(choice.happened!.Options[0].Id);
                yield return end;
                ended = end.happened != null;
            }
        }
    }
}
