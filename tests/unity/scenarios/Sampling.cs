using System;
using System.Linq;
using Dreambridge.Samples;
using FakeUnity;
using UnityEngine;
using UnityEngine.Playables;

namespace Dreambridge.EngineScenarios
{
    /// <summary>The samples, as a user starts them, with Vista.</summary>
    public static class Sampling
    {
        private static T Begin<T>(string daemon = "") where T : MonoBehaviour
        {
            Engine.Playing = true;
            var go = new GameObject(typeof(T).Name);
            go.SetActive(false);
            var sample = go.AddComponent<T>();
            var s = go.GetComponent<DreamStream>();
            if (s == null) s = go.AddComponent<DreamStream>();
            s.daemon = Environment.GetEnvironmentVariable("DREAM_NAME")!;
            go.SetActive(true);
            return sample;
        }

        private static void Draw(MonoBehaviour sample)
        {
            Gui.Begin();
            Messages.Send(sample, "OnGUI");
            Gui.NothingLeft();
        }

        public static string SampleFirstStream(string input)
        {
            var sample = Begin<FirstStream>();
            var s = sample.GetComponent<DreamStream>()!;
            Stage.UntilShown(s);
            Gui.User("slider", 21f);
            Gui.User("storm", true);
            Draw(sample);
            Stage.Require(Gui.Saw("[picture 256 x 256]"), "no picture");
            Engine.Until(() => s.effective["time_of_day"].AsNumber() == 21 && s.effective["weather"].AsText() == "storm", "the controls direct");
            return "sample";
        }

        public static string SampleDynamicCutscene(string input)
        {
            var sample = Begin<DynamicCutscene>();
            var s = sample.GetComponent<DreamStream>()!;
            Stage.UntilShown(s);
            foreach (var (button, weather) in new[] { ("No", "storm"), ("Yes", "clear") })
            {
                Gui.User(button, true);
                Draw(sample);
                var d = sample.GetComponent<PlayableDirector>()!;
                for (var i = 0; d.time < 4; i++) { Engine.Tick(0.1f); d.Advance(0.1f); System.Threading.Thread.Sleep(5); }
                Engine.Until(() => s.effective["weather"].AsText() == weather, "the end after " + button);
            }
            return "sample";
        }

        public static string SamplePainting(string input)
        {
            var sample = Begin<PaintingOnAWall>();
            var s = sample.GetComponent<DreamStream>()!;
            var camera = new GameObject("camera").AddComponent<Camera>();
            camera.transform.position = new Vector3(2, 0, -3);
            Stage.UntilShown(s);
            var block = new MaterialPropertyBlock();
            s.targetRenderer!.GetPropertyBlock(block);
            Stage.Require(block.GetTexture(Shader.PropertyToID("_MainTex")) == s.texture, "the picture is not on the wall");
            Engine.Until(() => Math.Abs(s.effective["camera_x"].AsNumber() - 0.5) < 1e-5, "the view follows the camera");
            sample.gameObject.SetActive(false);
            Engine.Tick();
            Stage.Require(Engine.Scene.All(g => g.name != "Picture"), "the wall stays behind");
            return "sample";
        }

        /// <summary>The package's own tests for the Unity Test Framework, in the fake engine: what they ask for can be had.</summary>
        public static string TheTestsForUnity(string input)
        {
            var editor = new Dreambridge.Tests.BuildAndSceneTests();
            editor.PlatformsWithoutSharedFilesAreRefused();
            editor.TheDaemonsFolderLiesBesideThePlayer();
            editor.TheShaderIsThereAndCompiles();
            editor.AStreamInEditModeDoesNothingByItself();
            editor.EveryPropertyThatTheInspectorNamesExists();
            Engine.Playing = true;
            var path = ConnectionFile.PathOf("default");
            System.IO.File.Copy(ConnectionFile.PathOf(Environment.GetEnvironmentVariable("DREAM_NAME")!), path, true);
            var runtime = new Dreambridge.Tests.StreamTests();
            var steps = runtime.TheTestCardIsUprightAndItsColoursAreExact();
            while (steps.MoveNext()) { Engine.Tick(); System.Threading.Thread.Sleep(2); }
            runtime.Away();
            Engine.EndOfFrame();
            System.IO.File.Delete(path);
            return "tests";
        }

        public static string SampleDialogue(string input)
        {
            var director = Begin<DialogueDirector>();
            var s = director.GetComponent<DreamStream>()!;
            director.Tell(new[] { "mood: dark", "# dream: weather=storm over=0 time_of_day=22.5 prompt=\"a storm, over = the coast\"" });
            Engine.Until(() => s.effective["weather"].AsText() == "storm", "the line's tags direct");
            Stage.Require(s.effective["time_of_day"].AsNumber() == 22.5 && s.effective["prompt"].AsText() == "a storm, over = the coast", "numbers and texts");
            director.Tell(new[] { "dream: cut weather=- biome=desert" });
            Engine.Until(() => s.effective["biome"].AsText() == "desert", "a cut");
            Stage.Require(s.effective["weather"].IsNil, "unset");
            Stage.Throws<FormatException>(() => director.Direct("weather storm"), "a word without a value");
            return "sample";
        }
    }
}
