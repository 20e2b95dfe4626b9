using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Dreambridge.Editors;
using Dreambridge.Timelines;
using FakeUnity;
using Unity.Collections.LowLevel.Unsafe;
using UnityEditor;
using UnityEditor.SceneManagement;
using UnityEngine;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Playables;
using UnityEngine.Rendering;
using UnityEngine.Timeline;
using UnityEngine.UI;

namespace Dreambridge.EngineScenarios
{
    /// <summary>Rules of the real engine that packages trip over: first that the fake engine keeps them, then that this package does.</summary>
    public static class Refusals
    {
        /// <summary>The fake engine's own rules, each shown by something that breaks it.</summary>
        public static unsafe string StricterRules(string input)
        {
            // A linear value is stored without its curve while sRGBWrite is off, as in OnGUI.
            Engine.ColorSpace = ColorSpace.Linear;
            var source = Grey(128);
            var target = new RenderTexture(2, 2, 0, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB);
            var gui = new GameObject("gui").AddComponent<InGui>();
            byte inGui = 0;
            gui.act = () => { Graphics.Blit(source, target); inGui = target.Gpu.Memory[0]; };
            Messages.Send(gui, "OnGUI");
            Stage.Require(inGui == 55, "a Blit within OnGUI was encoded: " + inGui);
            Graphics.Blit(source, target);
            Stage.Require(target.Gpu.Memory[0] == 128, "a Blit elsewhere was not encoded");

            // A readback by TextureFormat is sRGB in a linear project, whatever the texture is.
            var data = new RenderTexture(2, 2, 0, GraphicsFormat.R8G8B8A8_UNorm);
            data.Create();
            data.Gpu.Memory[0] = 128;
            Stage.Require(Read(data, r => AsyncGPUReadback.Request(data, 0, TextureFormat.RGBA32, r)) == 188, "data read by a TextureFormat was not encoded");
            Stage.Require(Read(data, r => AsyncGPUReadback.Request(data, 0, GraphicsFormat.R8G8B8A8_UNorm, r)) == 128, "data read as it is was changed");
            RenderTexture.active = null;
            foreach (var t in new Texture[] { source, target, data }) UnityEngine.Object.DestroyImmediate(t);

            // What an image shows is saved with its prefab; a texture that is not saved becomes None.
            var image = Stage.Image("poster");
            var own = Engine.Asset(Grey(7));
            own.name = "own";
            image.texture = own;
            Stage.Require(PrefabStage.Save(image.gameObject).Contains("_texture\taown"), "the image's texture is not saved");
            image.texture = Engine.Asset(new RenderTexture(2, 2, 0, GraphicsFormat.R8G8B8A8_UNorm) { hideFlags = HideFlags.HideAndDontSave });
            Stage.Require(PrefabStage.Save(image.gameObject).Contains("_texture\t-"), "a texture that is not saved was");
            UnityEngine.Object.DestroyImmediate(image.texture);

            // Another number of controls at Repaint than at Layout; two labels in a row.
            var drawn = 0;
            Stage.Throws<EngineError>(() => Gui.Events(() => { GUILayout.Label("one"); if (++drawn == 2) GUILayout.Label("two"); }), "a control that came between Layout and Repaint");
            Stage.Throws<EngineError>(() => Gui.Events(() => { using (new EditorGUILayout.HorizontalScope()) { EditorGUILayout.ToggleLeft(new GUIContent("Set it"), true); EditorGUILayout.Slider(new GUIContent("it"), 1, 0, 2); } }), "two labelled controls in a row");

            // A track without clips has no mixer; a marker that is no notification does not lengthen the Timeline.
            var timeline = ScriptableObject.CreateInstance<TimelineAsset>();
            var plain = timeline.CreateTrack<PlainTrack>(null, "plain");
            plain.CreateMarker<PlainMarker>(9);
            Stage.Require(!plain.CanCreateTrackMixer() && timeline.duration == 0, "a track of plain markers has a mixer, or a length");

            // In the stage of a prefab nothing plays.
            Engine.Playing = true;
            Engine.PrefabStage = true;
            var staged = new GameObject("staged");
            Engine.PrefabStage = false;
            Stage.Require(!Application.IsPlaying(staged) && Application.isPlaying, "the stage of a prefab plays");

            // Primitives come with the Built-in pipeline's material.
            Engine.Pipeline = Engine.Asset(ScriptableObject.CreateInstance<InPlayer>());
            GameObject.CreatePrimitive(PrimitiveType.Cube);
            Stage.Require(Engine.Pink().Count == 1, "a primitive is not pink under URP");
            return "strict";
        }

        /// <summary>Drawn from OnGUI: the fallback has its own colours, and the engine's switch is as it was.</summary>
        public static string PosterFromOnGui(string input)
        {
            Engine.Playing = true;
            var fallback = Engine.Asset(Grey(128));
            var target = Engine.Asset(new RenderTexture(2, 2, 0, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB));
            var s = Stage.Stream("stream", x => { x.autostart = false; x.fallback = fallback; x.targetTexture = target; });
            Engine.Platform = RuntimePlatform.WebGLPlayer;
            var gui = new GameObject("gui").AddComponent<InGui>();
            gui.act = s.Open;
            Messages.Send(gui, "OnGUI");
            Stage.Require(s.lastError?.Code == ErrorCodes.NotSupported, "it opened on WebGL");
            Stage.Require(target.Gpu.Memory[0] == 128, "the fallback is too dark: " + target.Gpu.Memory[0]);
            foreach (var t in new Texture[] { fallback, target }) UnityEngine.Object.DestroyImmediate(t);
            return "drawn";
        }

        /// <summary>A prefab is saved, and play mode entered, while the stream is shown: what is saved is the image's own texture.</summary>
        public static string SavedWhileShown(string input)
        {
            var own = Engine.Asset(Grey(7));
            own.name = "own";
            var image = Stage.Image();
            image.texture = own;
            var s = Stage.Stream("stream", x => x.targetImage = image);
            s.Open();
            TurnUntil(() => s.framesShown >= 1);
            Stage.Require(image.texture == s.texture, "the preview is not shown");
            Stage.Require(PrefabStage.Save(s.gameObject).Contains("_texture\taown"), "the preview got into the prefab");
            Stage.Require(image.texture == s.texture, "the preview did not go on after saving");
            EditorLoop.EnterPlay();
            var played = Engine.Find<RawImage>()!;
            Stage.UntilShown(DreamStream.all[0]);
            EditorLoop.ExitPlay();
            Stage.Require(Engine.Find<RawImage>()!.texture == own, "after play the image has " + Engine.Find<RawImage>()!.texture);
            UnityEngine.Object.DestroyImmediate(own);
            return "saved";
        }

        /// <summary>A prefab with a stream is opened for editing while the game plays: it starts nothing.</summary>
        public static string PrefabOpenedDuringPlay(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            Engine.PrefabStage = true;
            var opened = Stage.Stream("prefab");
            Engine.PrefabStage = false;
            for (var i = 0; i < 30; i++) { Engine.Tick(); Thread.Sleep(2); }
            Stage.Require(s.isOpen && !opened.isOpen && opened.state == StreamState.Closed, "the prefab's stream runs: " + opened.state);
            return "one stream";
        }

        /// <summary>The settings' Python starts the daemon; neither scene nor prefab has a path of this machine.</summary>
        public static string PythonOfTheSettings(string input)
        {
            DreamSettings.Python = Environment.GetEnvironmentVariable("DREAM_PYTHON")!;
            Engine.Playing = true;
            var s = Stage.Stream("stream", x => x.daemon = "by-settings");
            Stage.Require(!SceneFile.Write(false).Contains(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(DreamSettings.Python))), "the path is saved");
            s.python = DreamSettings.Python;
            Stage.Require(!SceneFile.Write(false).Contains(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(DreamSettings.Python))), "a path that a script set is saved");
            s.python = "";
            Stage.UntilShown(s);
            var name = "by-settings-" + System.Diagnostics.Process.GetCurrentProcess().Id;
            var daemon = ConnectionFile.Read(name)!;
            UnityEngine.Object.DestroyImmediate(s.gameObject);
            System.Diagnostics.Process.GetProcessById(daemon.Pid).Kill();
            return "started";
        }

        /// <summary>A track of markers alone, and a marker behind the last clip.</summary>
        public static string MarkersOfATimeline(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            foreach (var withClip in new[] { false, true })
            {
                var timeline = ScriptableObject.CreateInstance<TimelineAsset>();
                var track = timeline.CreateTrack<DreamTrack>(null, "Dream");
                if (withClip)
                {
                    var clip = track.CreateClip<DreamClip>();
                    clip.duration = 0.2;
                    ((DreamClip)clip.asset).values.Add(new DreamSetting { name = "level", number = 0.25 });
                }
                Marker(track, 0.3, 0.5);
                Marker(track, 0.6, withClip ? 0.75 : 1);
                var d = Directed(timeline, track, s);
                Play(d, () => d.state != PlayState.Playing);
                Stage.Require(d.time >= 0.6, "the Timeline ended at " + d.time);
                Engine.Until(() => s.effective["level"].AsNumber() == (withClip ? 0.75 : 1), "the last marker, " + (withClip ? "behind the last clip" : "without clips"));
            }
            return "reached";
        }

        /// <summary>Two directors play one asset, each on its own stream and at its own time.</summary>
        public static string TwoDirectorsOfOneAsset(string input)
        {
            Engine.Playing = true;
            var streams = new[] { Stage.Stream("a"), Stage.Stream("b") };
            foreach (var s in streams) Stage.UntilShown(s);
            var timeline = ScriptableObject.CreateInstance<TimelineAsset>();
            var track = timeline.CreateTrack<DreamTrack>(null, "Dream");
            track.beginWithCut = false;
            Marker(track, 0.3, 0.25);
            Marker(track, 1.0, 0.75);
            var directors = streams.Select(s => Directed(timeline, track, s)).ToArray();
            directors[0].Play();
            for (var i = 0; i < 8; i++) { Engine.Tick(0.1f); directors[0].Advance(0.1f); Thread.Sleep(5); }
            directors[1].Play();
            for (var i = 0; i < 5; i++) { Engine.Tick(0.1f); foreach (var d in directors) d.Advance(0.1f); Thread.Sleep(5); }
            Engine.Until(() => streams[0].effective["level"].AsNumber() == 0.75 && streams[1].effective["level"].AsNumber() == 0.25, "each at its own time");
            Stage.Require(streams.All(s => s.state == StreamState.Playing), "they stopped each other: " + string.Join(", ", streams.Select(s => s.state)));
            foreach (var d in directors) d.Stop();
            return "both";
        }

        /// <summary>In the update mode Manual a game plays the Timeline by Evaluate: the stream plays on, and is not stepped as for an editor.</summary>
        public static string TimelineDrivenByHand(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var timeline = ScriptableObject.CreateInstance<TimelineAsset>();
            var track = timeline.CreateTrack<DreamTrack>(null, "Dream");
            Marker(track, 0.2, 0.25);
            Marker(track, 0.5, 0.75);
            var d = Directed(timeline, track, s);
            d.timeUpdateMode = DirectorUpdateMode.Manual;
            d.Play();
            for (d.time = 0; d.time < 0.6; d.time += 0.05)
            {
                d.Evaluate();
                Engine.Tick(0.05f);
                Thread.Sleep(5);
                Stage.Require(s.state == StreamState.Playing, "it was taken for scrubbing: " + s.state);
            }
            Engine.Until(() => s.effective["level"].AsNumber() == 0.75, "the marker");
            d.Stop();
            return "played";
        }

        /// <summary>Stop asks the daemon, which removes its files; a Python in a folder that is not on PATH is found; a source gets its runtime.</summary>
        public static string WizardFindsAndAsks(string input)
        {
            var home = Stage.Folder();
            var bin = Path.Combine(home, ".pyenv", "versions", "3.12.4", "bin");
            Directory.CreateDirectory(bin);
            var python = Path.Combine(bin, "python3.12");
            File.WriteAllText(python, "#!/bin/sh\necho Python 3.12.4\n");
            System.Diagnostics.Process.Start("chmod", "+x \"" + python + "\"")!.WaitForExit();
            foreach (var platform in new[] { RuntimePlatform.OSXEditor, RuntimePlatform.LinuxEditor })
            {
                var candidates = PythonSearch.Candidates(platform, home, "").ToList();
                Stage.Require(candidates.Contains(python) && candidates[0] == "python3.13", platform + ": " + string.Join(", ", candidates));
                Stage.Require(PythonSearch.Find(candidates.Where(c => c.StartsWith(home, StringComparison.Ordinal))) == python, "it is not taken");
            }
            foreach (var (source, wanted) in new[]
            {
                ("../dreambridge", "../dreambridge[cpu]"), ("../dreambridge[cuda,demo]", "../dreambridge[cuda,demo]"),
                ("git+https://example.org/dream.git", "dreambridge[cpu] @ git+https://example.org/dream.git"), ("dreambridge[cuda] @ git+https://example.org/dream.git", "dreambridge[cuda] @ git+https://example.org/dream.git"),
            })
                Stage.Require(PythonEnvironment.WithRuntime(source) == wanted, source + " became " + PythonEnvironment.WithRuntime(source));
            Engine.DataPath = Path.Combine(home, "Assets");
            EditorUtility.Chosen = python;
            var w = EditorWindow.GetWindow<PythonWizard>("Python");
            Gui.User("Browse", true);
            w.Draw();
            Stage.Require(Gui.Saw("Base Python: " + python), "the chosen Python: " + string.Join("; ", Gui.Drawn));
            Gui.User("Source", "../somewhere");
            w.Draw();
            Gui.User("Make", true);
            w.Draw();
            Stage.Require(Gui.Saw("making ") && Gui.Saw(" %"), "no progress: " + string.Join("; ", Gui.Drawn));
            Gui.User("Cancel", true);
            w.Draw();
            Stage.Require(!Gui.Saw("making "), "it was not cancelled");
            w.Close();
            Directory.Delete(home, true);
            return "found";
        }

        private static byte Read(RenderTexture from, Func<Action<AsyncGPUReadbackRequest>, AsyncGPUReadbackRequest> ask)
        {
            byte first = 0;
            unsafe
            {
                var asked = ask(r => first = ((byte*)r.GetData<byte>().GetUnsafeReadOnlyPtr())[0]);
                asked.WaitForCompletion();
            }
            return first;
        }

        internal static unsafe Texture2D Grey(byte value)
        {
            var t = new Texture2D(2, 2, TextureFormat.RGBA32, false, false);
            var p = (byte*)t.GetRawTextureData<byte>().GetUnsafePtr();
            for (var i = 0; i < 16; i++) p[i] = value;
            t.Apply(false);
            return t;
        }

        private static void Marker(DreamTrack track, double time, double level)
        {
            var m = track.CreateMarker<DreamMarker>(time);
            m.over = 0;
            m.values.Add(new DreamSetting { name = "level", number = level });
        }

        private static PlayableDirector Directed(TimelineAsset timeline, DreamTrack track, DreamStream stream)
        {
            var d = new GameObject("director of " + stream.name).AddComponent<PlayableDirector>();
            d.playableAsset = timeline;
            d.SetGenericBinding(track, stream);
            return d;
        }

        private static void Play(PlayableDirector d, Func<bool> until)
        {
            d.Play();
            for (var i = 0; !until() && i < 200; i++) { Engine.Tick(0.05f); d.Advance(0.05f); Thread.Sleep(5); }
        }

        private static void TurnUntil(Func<bool> holds)
        {
            var end = Engine.RealTime + 20;
            while (!holds() && Engine.RealTime < end) { EditorApplication.Turn(); Thread.Sleep(2); }
            Stage.Require(holds(), "it did not happen in edit mode");
        }

        internal sealed class PlainTrack : TrackAsset { }

        internal sealed class PlainMarker : Marker { }

        /// <summary>URP in a player: its default material is the editor's, its default shader is there.</summary>
        internal sealed class InPlayer : RenderPipelineAsset
        {
            private readonly Shader _lit = new Shader("Universal Render Pipeline/Lit");
            public override Shader? defaultShader => _lit;
        }
    }

    /// <summary>Does something within OnGUI.</summary>
    public sealed class InGui : MonoBehaviour
    {
        [NonSerialized] internal Action? act;
        private void OnGUI() => act?.Invoke();
    }
}
