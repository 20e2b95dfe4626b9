using System;
using System.Collections.Generic;
using System.Linq;
using FakeUnity;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>The senders: rate, dead band, what they measure, and what they say when they cannot.</summary>
    public static class Feeding
    {
        private static DreamStream Vista()
        {
            Engine.Playing = true;
            var s = Stage.Stream("vista", x => { x.bundle = "vista"; x.fps = 4; });
            Engine.Until(() => s.info != null, "vista is open", 60);
            return s;
        }

        private static T Sender<T>(DreamStream s, string condition, Action<T>? set = null) where T : DreamSender
        {
            var go = new GameObject(typeof(T).Name);
            go.SetActive(false);
            var sender = go.AddComponent<T>();
            sender.stream = s;
            sender.condition = condition;
            sender.rate = 60;
            set?.Invoke(sender);
            go.SetActive(true);
            return sender;
        }

        private static void Ticks(double seconds)
        {
            var end = Engine.RealTime + seconds;
            while (Engine.RealTime < end) { Engine.Tick(); System.Threading.Thread.Sleep(2); }
        }

        public static string RateAndDeadBand(string input)
        {
            var s = Vista();
            var camera = new GameObject("camera").AddComponent<Camera>();
            var sender = Sender<DreamCamera>(s, "camera_x", x => { x.follow = camera; x.deadBand = 0.01f; });
            Engine.Until(() => sender.sent == 1 && s.effective.Has("camera_x"), "the first value");
            camera.transform.position = new Vector3(0.005f, 0, 0);
            Ticks(0.2);
            Stage.Require(sender.sent == 1, "a change inside the dead band was sent");
            camera.transform.position = new Vector3(0.5f, 0, 0);
            Engine.Until(() => Math.Abs(s.effective["camera_x"].AsNumber() - 0.5) < 1e-6, "the daemon has the new value");
            Stage.Require(sender.sent == 2, "sent " + sender.sent + " times");
            sender.rate = 5;
            sender.deadBand = 0;
            var before = sender.sent;
            var begun = Engine.RealTime;
            for (var i = 0; Engine.RealTime < begun + 2; i++)
            {
                camera.transform.position = new Vector3(i * 0.01f, 0, 0);
                Engine.Tick();
                System.Threading.Thread.Sleep(2);
            }
            var most = (Engine.RealTime - begun) * 5 + 2;
            Stage.Require(sender.sent - before <= most && sender.sent - before >= 3, "sent " + (sender.sent - before) + " times in 2 s at 5 a second");
            camera.transform.rotation = Quaternion.Euler(0, 350, 0);
            sender.source = DreamCamera.Source.Yaw;
            sender.scale = 0.1f;
            sender.offset = 3;
            Engine.Until(() => Math.Abs(s.effective["camera_x"].AsNumber() - 2) < 1e-3, "a turn of -10 degrees, scaled");
            return (sender.sent - before).ToString();
        }

        public static string SendersSayWhatIsWrong(string input)
        {
            var s = Vista();
            var animator = new GameObject("generic").AddComponent<Animator>();
            animator.Human = false;
            var cases = new List<(DreamSender sender, string message, string hint)>
            {
                (Sender<DreamCamera>(s, "no_such"), "no condition no_such", "time_of_day"),
                (Sender<DreamCamera>(s, "weather"), "kind choice", "number"),
                (Sender<DreamAudio>(s, "prompt"), "kind text", "event or vector"),
                (Sender<DreamPose>(s, "time_of_day"), "not pose", "kind pose"),
                (Sender<DreamPose>(s, "pose"), "no Animator", "Animator"),
                (Sender<DreamPose>(s, "pose", x => x.animator = animator), "not a Humanoid", "Rig"),
                (Sender<DreamState>(s, "time_of_day"), "no target", "Target"),
                (Sender<DreamState>(s, "time_of_day", x => { x.target = s; x.member = "nonsense"; }), "no field or property nonsense", "Preserve"),
                (Sender<DreamState>(s, "time_of_day", x => { x.target = s; x.member = "bundle"; }), "is a String", "choice or text"),
                (new GameObject("lonely").AddComponent<DreamCamera>(), "no DreamStream", "Stream"),
            };
            Engine.Until(() => cases.All(c => c.sender.lastError != null), "all of them say it");
            foreach (var (sender, message, hint) in cases)
            {
                Stage.Require(sender.lastError!.Message.Contains(message) && sender.lastError.Hint.Contains(hint), sender.lastError + " instead of " + message);
                Stage.Require(sender.sent == 0, "it sent all the same");
            }
            var said = Engine.Log.Count;
            Ticks(0.3);
            Stage.Require(Engine.Log.Count == said, "it is said over and over");
            cases[0].sender.condition = "camera_x";
            Engine.Until(() => cases[0].sender.lastError!.Message.Contains("no camera"), "a camera is missing");
            new GameObject("camera").AddComponent<Camera>();
            Engine.Until(() => cases[0].sender.sent > 0 && cases[0].sender.lastError == null, "a mended sender sends", 10);
            return cases.Count.ToString();
        }

        public static string StateOfAnyMember(string input)
        {
            var s = Vista();
            var game = new GameObject("game").AddComponent<Game>();
            Sender<DreamState>(s, "time_of_day", x => { x.target = game; x.member = "hour"; });
            Sender<DreamState>(s, "camera_x", x => { x.target = game; x.member = "Progress"; x.scale = 2; x.offset = 1; });
            Sender<DreamState>(s, "weather", x => { x.target = game; x.member = "_sky"; });
            Sender<DreamState>(s, "prompt", x => { x.target = game; x.member = "line"; });
            Engine.Until(() => s.effective["weather"].AsText() == "rain" && s.effective["prompt"].AsText() == "a quiet bay", "enum and text", 60);
            Engine.Until(() => s.effective["time_of_day"].AsNumber() == 6 && s.effective["camera_x"].AsNumber() == 2, "field and property");
            game.hour = 7;
            game.Change();
            Engine.Until(() => s.effective["weather"].AsText() == "snow" && s.effective["time_of_day"].AsNumber() == 7, "the changes");
            return "bound";
        }

        public static string LoudnessInDecibels(string input)
        {
            var s = Vista();
            var amplitude = 1f;
            Engine.Spectrum = samples => { Array.Clear(samples, 0, samples.Length); samples[10] = amplitude; };
            var sender = Sender<DreamAudio>(s, "energy", x => x.over = 0);
            Engine.Until(() => s.effective.Has("energy") && s.effective["energy"].AsNumber() == 1, "full scale is 1");
            amplitude = (float)Math.Pow(10, -30 / 20.0);
            Engine.Until(() => Math.Abs(s.effective["energy"].AsNumber() - 0.5) < 0.01, "30 dB under it is half of the way to a floor of -60 dB");
            amplitude = 0;
            Engine.Until(() => s.effective["energy"].AsNumber() == 0, "silence is 0");
            return sender.sent.ToString();
        }

        /// <summary>With a bundle whose picture is its conditions: grey 6 to 21 of the first row are the bands, 22 is the onset.</summary>
        public static string SoundInSixteenBands(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream("probe", x => x.bundle = input);
            Action<float[]> play = _ => { };
            Engine.Spectrum = samples => { Array.Clear(samples, 0, samples.Length); play(samples); };
            var sender = Sender<DreamAudio>(s, "audio", x => x.over = 0);
            int[] Shown() { Engine.Tick(); var all = GpuImage.Look(s.texture!, new Rect(0, 0, 1, 1), 32, 8); return Enumerable.Range(6, 17).Select(i => (int)all[4 * i]).ToArray(); }
            Engine.Until(() => s.framesShown > 0 && sender.sent > 0, "it is shown and fed", 60);
            Engine.Until(() => Shown().All(v => v == 0), "silence");
            // 4,687 Hz, 30 dB under full scale: in the 14th band, from 4,120 to 5,884 Hz.
            play = samples => samples[100] = (float)Math.Pow(10, -30 / 20.0);
            Engine.Until(() => Shown().Take(16).Select((v, band) => Math.Abs(v - (band == 13 ? 127.5 : 0))).Max() < 2, "a sine in its band");
            play = _ => { };
            Engine.Until(() => Shown().All(v => v <= 1), "silence again");
            var loudest = 0.0;
            play = samples => { for (var i = 0; i < samples.Length; i++) samples[i] = 1; };
            Engine.Until(() =>
            {
                loudest = Math.Max(loudest, s.effective["audio"].AsFloats()![16]);
                var shown = Shown();
                return shown.Take(16).All(v => v == 255) && shown[16] < 10;
            }, "loud in all bands, and the stroke is over");
            Stage.Require(loudest > 0.9, "the onset was " + loudest);
            return sender.sent.ToString();
        }

        /// <summary>A figure of known joints, in front of a camera and without one.</summary>
        public static string PoseOfAHumanoid(string input)
        {
            var s = Vista();
            var animator = Figure();
            var sender = Sender<DreamPose>(s, "pose", x => x.animator = animator);
            Engine.Until(() => s.effective.Has("pose"), "the pose was taken");
            var p = (float[])s.effective["pose"].AsFloats()!.Clone();
            // Vista takes two figures; this is the first, and nobody is the second.
            Stage.Require(p.Length == 102 && Enumerable.Range(17, 17).All(i => p[i * 3 + 2] == 0), p.Length + " numbers");
            float X(int i) => p[i * 3];
            float Y(int i) => p[i * 3 + 1];
            void Rules(string what)
            {
                Stage.Require(Enumerable.Range(0, 17).All(i => p[i * 3 + 2] == 1), what + ": all are seen");
                Stage.Require(Y(0) < Y(5) && Y(5) < Y(11) && Y(11) < Y(13) && Y(13) < Y(15), what + ": y does not grow from head to foot");
                Stage.Require(X(5) > X(6) && X(11) > X(12) && X(15) > X(16) && X(1) > X(2) && X(3) > X(4), what + ": a figure that looks at us has its left on our right");
                Stage.Require(Math.Abs((X(5) + X(6)) / 2 - 0.5) < 0.02, what + ": it does not stand in the middle");
                Stage.Require(Y(1) < Y(0), what + ": the eyes are above the nose");
            }
            Rules("without a camera");
            Stage.Require(Math.Abs(Y(15) - 0.9) < 0.02 && Y(0) > 0.05 && Y(0) < 0.3, "it does not fill the picture");

            // The figure looks along +z; a camera before it that looks back.
            var camera = new GameObject("camera").AddComponent<Camera>();
            camera.transform.position = new Vector3(0, 1, 4);
            camera.transform.rotation = Quaternion.Euler(0, 180, 0);
            var before = sender.sent;
            sender.view = camera;
            Engine.Until(() => sender.sent > before && s.effective["pose"].AsFloats()![46] != p[46], "the camera's view was sent");
            p = (float[])s.effective["pose"].AsFloats()!.Clone();
            Rules("before a camera");
            var foot = 0.5f + 1 / (2 * 4 * (float)Math.Tan(Math.PI / 6));
            Stage.Require(Math.Abs(Y(15) - foot) < 0.03, "the foot is at " + Y(15) + ", not " + foot);
            camera.transform.rotation = Quaternion.identity;
            Engine.Until(() => s.effective["pose"].AsFloats()!.All(v => v == 0), "behind the camera nothing is seen");
            return "posed";
        }

        private static Animator Figure()
        {
            var go = new GameObject("figure");
            var a = go.AddComponent<Animator>();
            void Bone(HumanBodyBones bone, float x, float y) { var t = new GameObject(bone.ToString()).transform; t.position = new Vector3(x, y, 0); a.Bones[bone] = t; }
            Bone(HumanBodyBones.Head, 0, 1.6f);
            // Looking along +z its left is at -x.
            foreach (var (side, left) in new[] { (-1, true), (1, false) })
            {
                Bone(left ? HumanBodyBones.LeftUpperArm : HumanBodyBones.RightUpperArm, side * 0.2f, 1.4f);
                Bone(left ? HumanBodyBones.LeftLowerArm : HumanBodyBones.RightLowerArm, side * 0.4f, 1.2f);
                Bone(left ? HumanBodyBones.LeftHand : HumanBodyBones.RightHand, side * 0.5f, 1.0f);
                Bone(left ? HumanBodyBones.LeftUpperLeg : HumanBodyBones.RightUpperLeg, side * 0.1f, 0.9f);
                Bone(left ? HumanBodyBones.LeftLowerLeg : HumanBodyBones.RightLowerLeg, side * 0.1f, 0.5f);
                Bone(left ? HumanBodyBones.LeftFoot : HumanBodyBones.RightFoot, side * 0.1f, 0.0f);
            }
            return a;
        }
    }

    /// <summary>A game's own component, with members of several kinds.</summary>
    public sealed class Game : MonoBehaviour
    {
        public enum Sky { clear, rain, snow }
        public double hour = 6;
        public string line = "a quiet bay";
        private Sky _sky = Sky.rain;
        public float Progress { get; private set; } = 0.5f;
        public void Change() { _sky = Sky.snow; Progress = Progress + (_sky == Sky.snow ? 0 : 1); }
    }
}
