using System;
using System.Collections.Generic;
using System.Linq;
using Dreambridge.Timelines;
using FakeUnity;
using UnityEngine;
using UnityEngine.Playables;
using UnityEngine.Timeline;

namespace Dreambridge.EngineScenarios
{
    /// <summary>A cutscene on a Timeline: played, scrubbed, edited.</summary>
    public static class Cutscenes
    {
        private const float Tick = 1f / 60;

        private static DreamTrack Track()
        {
            var track = ScriptableObject.CreateInstance<DreamTrack>();
            void Clip(double start, double level)
            {
                var clip = track.CreateClip<DreamClip>();
                clip.start = start;
                clip.duration = 1;
                var c = (DreamClip)clip.asset;
                c.over = 0;
                c.values.Add(new DreamSetting { name = "level", number = level });
            }
            Clip(0, 0.1);
            Clip(1, 0.3);
            Clip(5, 0.9);
            var marker = track.CreateMarker<DreamMarker>(3);
            marker.cut = true;
            marker.values.Add(new DreamSetting { name = "level", number = 0.6 });
            return track;
        }

        private static int Level(DreamStream s) => Stage.Seen(s.texture!)[(220 * Stage.Size + 128) * 4];

        private static void Near(int level, double want, string what) => Stage.Require(Math.Abs(level - want * 255) <= 1, what + ": level " + level + ", not " + want * 255);

        /// <summary>In real time, as the player loop does.</summary>
        private static void PlayFor(PlayableDirector d, double seconds, Action<double>? each = null)
        {
            var begun = Engine.RealTime;
            var last = begun;
            while (Engine.RealTime - begun < seconds)
            {
                var now = Engine.RealTime;
                Engine.Tick(Math.Max(0.001f, (float)(now - last)));
                d.Advance((float)(now - last));
                last = now;
                each?.Invoke(d.time);
                System.Threading.Thread.Sleep(4);
            }
        }

        public static string PlayedThenScrubbed(string input)
        {
            Engine.Playing = true;
            var poster = Engine.Asset(new Texture2D(8, 8, TextureFormat.RGBA32, false, false));
            var s = Stage.Stream("stream", x => x.poster = poster);
            Stage.UntilShown(s, 2);
            var track = Track();
            var d = new GameObject("director").AddComponent<PlayableDirector>();
            d.Build((g, go) => track.CreateTrackMixer(g, go, 0), s);
            var cutscene = track.Director(d.gameObject);
            d.Play();
            var seen = new SortedDictionary<double, int>();
            PlayFor(d, 6.5, t => seen[t] = Level(s));
            int At(double t) => seen.Where(e => e.Key <= t).Select(e => e.Value).Last();
            Near(At(0.9), 0.1, "before the second clip");
            Near(At(2.9), 0.3, "before the cut");
            Near(At(4.9), 0.6, "after the cut");
            Near(At(6.4), 0.9, "at the end");
            Stage.Require(cutscene.Kept >= 3 && cutscene.Kept <= 5, "kept " + cutscene.Kept + " snapshots in 6.5 s");

            d.Pause();
            foreach (var (time, level) in new[] { (2.5, 0.3), (5.5, 0.9), (0.5, 0.1), (4.9, 0.6), (5.1, 0.9), (6.0, 0.9), (1.1, 0.3) })
            {
                d.time = time;
                d.Evaluate();
                Stage.Require(!cutscene.Going || s.texture == poster, "the poster is not shown on the way to " + time);
                Engine.Until(() => !cutscene.Going, "to get to " + time);
                if (cutscene.Error != null) throw new EngineError(cutscene.Error.ToString());
                for (var i = 0; i < 10; i++) { Engine.Tick(Tick); System.Threading.Thread.Sleep(5); }
                Stage.Require(s.texture != poster, "the poster stays");
                Near(Level(s), level, "at " + time);
            }

            // The same place gives the same picture, by whichever way.
            var place = Frame(s);
            d.time = 5;
            d.Evaluate();
            Engine.Until(() => !cutscene.Going, "away");
            d.time = 1.1;
            d.Evaluate();
            Engine.Until(() => !cutscene.Going, "and back");
            for (var i = 0; i < 10; i++) { Engine.Tick(Tick); System.Threading.Thread.Sleep(5); }
            Stage.Require(Frame(s) == place, "frame " + Frame(s) + " at the place of frame " + place);

            // On from there.
            d.Play();
            PlayFor(d, 2.6);
            Near(Level(s), 0.6, "played on over the cut");
            Stage.Require(s.state == StreamState.Playing || s.state == StreamState.Slowed, "it does not play: " + s.state);
            d.Pause();
            d.time = 2;
            d.Evaluate();
            Engine.Until(() => !cutscene.Going, "once more");
            d.Stop();
            Engine.Until(() => s.state == StreamState.Playing || s.state == StreamState.Slowed, "a stream that was paused goes on when the director is done");
            UnityEngine.Object.DestroyImmediate(poster);
            return cutscene.Kept + " snapshots";
        }

        /// <summary>Scrubbed before anything was played; edited meanwhile, which forgets the snapshots.</summary>
        public static string ScrubbedFirst(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s, 2);
            var track = Track();
            var d = new GameObject("director").AddComponent<PlayableDirector>();
            d.Build((g, go) => track.CreateTrackMixer(g, go, 0), s);
            var cutscene = track.Director(d.gameObject);
            d.time = 4.5;
            d.Evaluate();
            Engine.Until(() => !cutscene.Going, "to get there by steps");
            for (var i = 0; i < 10; i++) { Engine.Tick(Tick); System.Threading.Thread.Sleep(5); }
            Near(Level(s), 0.6, "at 4.5");
            Stage.Require(cutscene.Kept >= 2, "no snapshots on the way: " + cutscene.Kept);
            d.Build((g, go) => track.CreateTrackMixer(g, go, 0), s);
            Stage.Require(ReferenceEquals(track.Director(d.gameObject), cutscene), "an unchanged track forgot its snapshots");
            ((DreamClip)track.GetClips().First().asset).values[0].number = 0.2;
            d.Build((g, go) => track.CreateTrackMixer(g, go, 0), s);
            Stage.Require(!ReferenceEquals(track.Director(d.gameObject), cutscene), "an edited track keeps snapshots that are no longer true");
            d.time = 0.5;
            d.Evaluate();
            Engine.Until(() => !track.Director(d.gameObject).Going, "to the edited clip");
            for (var i = 0; i < 10; i++) { Engine.Tick(Tick); System.Threading.Thread.Sleep(5); }
            Near(Level(s), 0.2, "the edited clip");
            s.Close();
            d.time = 2;
            d.Evaluate();
            Stage.Require(track.Director(d.gameObject).Error != null && !track.Director(d.gameObject).Going, "a closed stream is scrubbed without a word");
            d.Stop();
            return "scrubbed";
        }

        /// <summary>
        /// The state of this bundle (a path) fits into no message: each time is made step by step from the beginning, which is said once. The picture
        /// is the number of its steps. Files take its snapshots.
        /// </summary>
        public static string ScrubbedWithALargeState(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream("stream", x => x.bundle = input);
            Stage.UntilShown(s, 2);
            var track = ScriptableObject.CreateInstance<DreamTrack>();
            track.CreateMarker<DreamMarker>(30);
            var d = new GameObject("director").AddComponent<PlayableDirector>();
            d.Build((g, go) => track.CreateTrackMixer(g, go, 0), s);
            var cutscene = track.Director(d.gameObject);
            int Steps() => Stage.Seen(s.texture!)[0];
            int Told() => Engine.Log.Count(l => l.level == "warning" && l.text.Contains("[too_large]") && l.text.Contains("step by step"));
            d.Play();
            PlayFor(d, 1);
            Engine.Until(() => Told() > 0, "that no snapshot can be kept");
            d.Pause();
            foreach (var time in new[] { 4.0, 1.5, 3.0, 2.5 })
            {
                d.time = time;
                d.Evaluate();
                Engine.Until(() => !cutscene.Going, "to get to " + time);
                Stage.Require(cutscene.Error == null, "at " + time + ": " + cutscene.Error);
                Engine.Until(() => Steps() == (int)Math.Round(time * s.info!.Fps), "the step of " + time + ", not " + Steps(), 20);
            }
            Stage.Require(Told() == 1 && cutscene.Kept == 0, "it was said " + Told() + " times; " + cutscene.Kept + " snapshots");

            var saver = new GameObject("saver").AddComponent<Saver>();
            saver.stream = s;
            Engine.DataPath = System.IO.Path.GetDirectoryName(input)!;
            saver.StartCoroutine(saver.Run());
            Engine.Until(() => saver.said.Count == 3, "the files; " + string.Join(", ", saver.said), 60);
            Stage.Require(string.Join(" ", saver.said) == "saved loaded bad_argument", string.Join(" ", saver.said));
            Engine.Until(() => Steps() == 26, "the step after the saved one, which was the 25th");
            d.Play();
            PlayFor(d, 0.5);
            Stage.Require(s.state == StreamState.Playing || s.state == StreamState.Slowed, "it does not play on: " + s.state);
            d.Stop();
            return "scrubbed";
        }

        private sealed class Saver : MonoBehaviour
        {
            [NonSerialized] internal DreamStream stream = null!;
            [NonSerialized] internal readonly List<string> said = new List<string>();

            internal System.Collections.IEnumerator Run()
            {
                var saved = stream.SnapshotSaved("large.dream");
                yield return saved;
                said.Add(saved.error?.Code ?? (new System.IO.FileInfo(System.IO.Path.Combine(Engine.DataPath, "large.dream")).Length > 8 << 20 ? "saved" : "too small"));
                stream.Step(7);
                var loaded = stream.SnapshotLoaded("large.dream");
                yield return loaded;
                stream.Step();
                said.Add(loaded.error?.Code ?? "loaded");
                var other = stream.SnapshotLoaded(System.IO.Path.Combine(stream.bundle, "bundle.json"));
                yield return other;
                said.Add(other.error?.Code ?? "loaded");
            }
        }

        /// <summary>A model on another machine (a bundle's path) makes no single steps: the picture is held while it is scrubbed, and plays on with what holds there.</summary>
        public static string ScrubbedOnAnotherMachine(string input)
        {
            Engine.Playing = true;
            var poster = Engine.Asset(new Texture2D(8, 8, TextureFormat.RGBA32, false, false));
            var s = Stage.Stream("stream", x => { x.bundle = input; x.poster = poster; });
            Stage.UntilShown(s, 2);
            var track = Track();
            var d = new GameObject("director").AddComponent<PlayableDirector>();
            d.Build((g, go) => track.CreateTrackMixer(g, go, 0), s);
            var cutscene = track.Director(d.gameObject);
            int Told(string words) => Engine.Log.Count(l => l.level == "warning" && l.text.Contains(words));
            int Middle() => Stage.Seen(s.texture!)[(128 * Stage.Size + 128) * 4];
            foreach (var time in new[] { 5.5, 1.5, 3.5 })
            {
                d.time = time;
                d.Evaluate();
                Engine.Until(() => !cutscene.Going && s.state == StreamState.Paused, "that the picture is held at " + time + "; " + s.state);
                Stage.Require(cutscene.Error == null && s.texture != poster, "at " + time + ": " + cutscene.Error);
            }
            Stage.Require(Told("cannot be scrubbed") == 1 && Told("snapshots") == 0, "it is said " + Told("cannot be scrubbed") + " times");
            d.time = 5.2;
            d.Play();
            var end = Engine.RealTime + 30;
            while (Math.Abs(Middle() - 0.9 * 255) > 2 && Engine.RealTime < end) PlayFor(d, 0.1);
            Near(Middle(), 0.9, "played on at 5.2");
            Stage.Require(s.state == StreamState.Playing || s.state == StreamState.Slowed, "it does not play: " + s.state);
            d.Stop();
            UnityEngine.Object.DestroyImmediate(poster);
            return "held";
        }

        private static long Frame(DreamStream s) => Stage.Bars(Stage.Seen(s.texture!), 240);
    }
}
