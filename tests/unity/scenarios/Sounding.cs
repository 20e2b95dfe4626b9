using System;
using System.Collections.Generic;
using System.Linq;
using FakeUnity;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>The sound of a cutscene's shots on an AudioSource, whose device is 3 % fast.</summary>
    public static class Sounding
    {
        private const double MaxDrift = 0.08;
        private const string Story = "{\"format\":\"1.0\",\"name\":\"story\",\"start\":\"door\",\"shots\":{"
            + "\"door\":{\"audio\":{\"file\":\"music/song.wav\",\"offset\":0.5},\"length\":4,\"next\":{\"choice\":[{\"id\":\"go\",\"then\":\"room\"},{\"id\":\"hall\",\"then\":\"hall\"}]}},"
            + "\"room\":{\"length\":60},"
            + "\"hall\":{\"audio\":{\"file\":\"absent.ogg\"},\"length\":0.3}}}";

        public static string SoundKeepsWithThePicture(string input)
        {
            Engine.Playing = true;
            Engine.AudioClock = 1.03;
            var song = Engine.Asset(new AudioClip(60, 48000) { name = "song" });
            var asset = Engine.Asset(ScriptableObject.CreateInstance<DreamCutscene>());
            asset.document = Engine.Asset(new TextAsset(Story));
            asset.sounds.Add(song);
            var source = new GameObject("speaker").AddComponent<AudioSource>();
            // Begun with the shot, and left alone: the control.
            var alone = new GameObject("control").AddComponent<AudioSource>();
            alone.clip = song;
            alone.timeSamples = 24000; // the offset in the document
            var s = Stage.Stream("stream", x => { x.cutsceneAudio = source; x.fps = 24; });
            var began = double.NaN;
            s.CutsceneHappened += e =>
            {
                if (e.Happened != CutsceneHappening.Shot || e.Shot != "door") return;
                began = e.Time - e.Sound;
                alone.Play();
            };
            var kept = new List<double>();
            var left = new List<double>();
            s.FrameReady += _ =>
            {
                if (double.IsNaN(began) || !source.isPlaying || source.clip != song) return;
                var should = s.frame.Time - began;
                kept.Add(Math.Abs(source.Heard - should));
                left.Add(Math.Abs(alone.Heard - should));
            };
            s.PlayCutscene(asset);
            Engine.Until(() => source.isPlaying, "the sound");
            Stage.Require(source.clip == song && !source.loop, "another clip");
            Engine.Until(() => s.cutscene.Status == CutsceneStatus.Choosing, "the choice");
            var frames = kept.Count;
            Engine.Until(() => kept.Count > frames + 24, "that it goes on while the picture is held");
            // By the last frames: a busy machine shows some of them late.
            Stage.Require(Median(kept, 24) <= MaxDrift, "the sound is off by " + Median(kept, 24));
            Stage.Require(Median(left, 24) > MaxDrift, "the control is off by " + Median(left, 24) + " only");
            alone.Stop();

            // Paused and back: no sound without a picture.
            s.Pause();
            Engine.Until(() => s.state == StreamState.Paused && !source.isPlaying, "silence while it is paused");
            Stage.Require(source.clip == song, "it forgot what it plays");
            s.Resume();
            frames = kept.Count;
            Engine.Until(() => kept.Count > frames + 10, "that it goes on");
            Stage.Require(Median(kept, 8) <= MaxDrift, "after a pause the sound is off by " + Median(kept, 8));

            s.ChooseCutscene("hall");
            Engine.Until(() => s.cutscene.Shot == "hall" && source.clip == null, "the end of the sound with its shot");
            Engine.Until(() => s.lastError != null, "the file that is not there");
            Stage.Require(s.lastError!.Code == ErrorCodes.BadCutscene && s.lastError.Message.Contains("absent.ogg"), s.lastError.ToString());
            Engine.Until(() => s.cutscene.Status == CutsceneStatus.Ended, "the end");
            Stage.Require(Engine.Log.Count(l => l.text.Contains("absent.ogg")) == 1, "told more than once");

            // A source that the game took for something else is left alone.
            s.PlayCutscene(asset);
            Engine.Until(() => source.isPlaying, "the sound again");
            var own = Engine.Asset(new AudioClip(60, 48000) { name = "own" });
            source.clip = own;
            source.Play();
            source.pitch = 0.5f;
            s.PlayCutscene(asset, "room");
            Engine.Until(() => s.cutscene.Shot == "room", "a shot without a sound");
            Stage.Require(source.clip == own && source.isPlaying && source.pitch == 0.5f, "it stopped the game's own sound");
            source.clip = null;
            source.pitch = 1;
            s.PlayCutscene(asset);
            Engine.Until(() => source.isPlaying, "the sound once more");
            s.Close();
            Stage.Require(!source.isPlaying && source.clip == null && source.pitch == 1, "it plays on for a closed stream");
            Engine.AudioClock = 1;
            return kept.Count + " frames";
        }

        private static double Median(List<double> of, int last) => of.Skip(of.Count - last).OrderBy(x => x).ElementAt(last / 2);
    }
}
