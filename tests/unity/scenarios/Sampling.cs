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
            Gui.Events(() => Messages.Send(sample, "OnGUI"));
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

            // Under URP in a player, where a primitive's own material is pink.
            Engine.Pipeline = Engine.Asset(ScriptableObject.CreateInstance<Refusals.InPlayer>());
            sample.gameObject.SetActive(true);
            Stage.Require(Engine.Scene.Count(g => g.GetComponent<MeshRenderer>() != null) >= 3 && Engine.Pink().Count == 0, "pink under URP: " + string.Join(", ", Engine.Pink()));
            return "sample";
        }

        /// <summary>The package's own tests for the Unity Test Framework, in the fake engine: what they ask for can be had.</summary>
        public static string TheTestsForUnity(string input)
        {
            var editor = new Dreambridge.Tests.BuildAndSceneTests();
            editor.PlatformsWithoutSharedFilesAreNamed();
            editor.TheDaemonsFolderLiesBesideThePlayer();
            editor.TheShadersAreThereAndCompile();
            editor.TheMenuMakesAStreamInACanvas();
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
            steps = runtime.TheSceneArrivesAsLabelsAndDepth();
            while (steps.MoveNext()) { Engine.Tick(); System.Threading.Thread.Sleep(2); }
            runtime.Away();
            Engine.EndOfFrame();

            // The menu item that runs them, and the report that it copies.
            Dreambridge.Tests.TestReport.Run();
            Ran(UnityEditor.TestTools.TestRunner.Api.TestMode.EditMode, "Dreambridge.Tests.Editor");
            var report = new Dreambridge.Tests.TestReport();
            report.TestFinished(new Result { Name = "A", TestStatus = UnityEditor.TestTools.TestRunner.Api.TestStatus.Passed });
            report.TestFinished(new Result { Name = "all", HasChildren = true });
            UnityEditor.EditorGUIUtility.systemCopyBuffer = "";
            report.RunFinished(new Result());
            Stage.Require(UnityEditor.EditorGUIUtility.systemCopyBuffer.Length == 0, "half a report was copied");
            UnityEditor.EditorApplication.delayCall!();
            UnityEditor.EditorApplication.delayCall = null;
            Ran(UnityEditor.TestTools.TestRunner.Api.TestMode.PlayMode, "Dreambridge.Tests.Runtime");
            report = new Dreambridge.Tests.TestReport(); // play mode loaded the scripts anew
            report.TestFinished(new Result { Name = "B", TestStatus = UnityEditor.TestTools.TestRunner.Api.TestStatus.Failed, Message = "it is\nnot | right" });
            report.RunFinished(new Result());
            var text = UnityEditor.EditorGUIUtility.systemCopyBuffer;
            Stage.Require(text.Contains("| A | Passed | 0 ms |") && text.Contains("| B | Failed: it is not / right |") && text.Contains("Vulkan, Built-in, Linear") && !text.Contains("all"), text);
            System.IO.File.Delete(path);
            return "tests";
        }

        private static void Ran(UnityEditor.TestTools.TestRunner.Api.TestMode mode, string assembly)
        {
            var asked = UnityEditor.TestTools.TestRunner.Api.TestRunnerApi.Executed!.filters;
            Stage.Require(asked.Length == 1 && asked[0].testMode == mode && asked[0].assemblyNames!.Single() == assembly, "not the " + mode + " tests alone");
            UnityEditor.TestTools.TestRunner.Api.TestRunnerApi.Executed = null;
        }

        private sealed class Result : UnityEditor.TestTools.TestRunner.Api.ITestResultAdaptor, UnityEditor.TestTools.TestRunner.Api.ITestAdaptor
        {
            public string Name { get; set; } = "";
            public UnityEditor.TestTools.TestRunner.Api.ITestAdaptor Test => this;
            public UnityEditor.TestTools.TestRunner.Api.TestStatus TestStatus { get; set; }
            public string? Message { get; set; }
            public double Duration => 0;
            public bool HasChildren { get; set; }
        }

        /// <summary>In a UI Document without a panel of its own: the picture, as it changes.</summary>
        public static string SampleUiToolkit(string input)
        {
            var sample = Begin<StreamInUiToolkit>();
            var s = sample.GetComponent<DreamStream>()!;
            Stage.UntilShown(s, 2);
            var document = sample.GetComponent<UnityEngine.UIElements.UIDocument>()!;
            var image = (UnityEngine.UIElements.Image)document.rootVisualElement.Children().Single();
            Stage.Require(image.image == s.texture && document.panelSettings != null, "no picture");
            sample.gameObject.SetActive(false);
            Engine.Tick();
            Stage.Require(document.panelSettings == null, "the panel that it made stays behind");
            return "sample";
        }

        /// <summary>The Recorder's input is the stream's picture, and the stream is as before when the film has ended.</summary>
        public static string SampleRecorder(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s, 2);
            RecordTheStream.Begin(s);
            Stage.Require(RecordTheStream.records && s.targetTexture != null, "it does not record");
            Stage.UntilShown(s, (int)s.framesShown + 2);
            RecordTheStream.End();
            Stage.Require(Stage.Wrong(UnityEditor.Recorder.RecorderController.Last, 1), "the film's picture");
            Engine.EndOfFrame();
            Stage.Require(!RecordTheStream.records && s.targetTexture == null, "the target stays behind");
            return "sample";
        }

        /// <summary>Lines and a choice through the dialogue box of the sample, as its adapters for Ink and Yarn do; then a cutscene and a save.</summary>
        public static string SampleDialogue(string input)
        {
            var box = Begin<DialogueDirector>();
            var s = box.GetComponent<DreamStream>()!;
            var d = box.GetComponent<DreamDirector>()!;
            var failed = new System.Collections.Generic.List<string>();
            d.Failed += e => failed.Add(e.Code);
            d.limit = 60;
            Stage.UntilShown(s);
            box.StartCoroutine(box.Line("The wind rises.", new[] { "mood: dark", "# dream: weather=storm over=0 time_of_day=22.5 \"a storm, over = the coast\"", "dream: wait shown" }));
            Engine.Until(() => box.line == "The wind rises.", "the line after its directions");
            Stage.Require(s.effective["weather"].AsText() == "storm" && s.effective["time_of_day"].AsNumber() == 22.5, "numbers and words");
            Stage.Require(s.effective["prompt"].AsText() == "a storm, over = the coast", "a prompt");
            Gui.User("…", true);
            Draw(box);
            var chosen = -1;
            var options = new[] { new[] { "dream: season=winter over=0" }, new[] { "dream: weathr=fog" } };
            box.StartCoroutine(box.Choice(new[] { "Stay", "Go" }, options, i => chosen = i));
            for (var i = 0; i < 60; i++) { Engine.Tick(); System.Threading.Thread.Sleep(5); }
            Gui.User("Stay", true);
            Draw(box);
            Engine.Until(() => chosen == 0 && s.effective["season"].AsText() == "winter", "the option directs");
            Stage.Require(d.choices == (1, 0), "made ahead: " + d.choices);

            var told = d.Tags(new[] { "dream: weathr=fog", "dream: play arival", "dream: levl", "dream: wait shown" });
            Engine.Until(() => !told.keepWaiting, "what is wrong is told");
            Stage.Require(string.Join(" ", failed) == "bad_script unknown_condition bad_cutscene", "each once: " + string.Join(" ", failed));
            Stage.Require(Engine.Log.Count(l => l.text.Contains("arival")) == 1, "the console shows it");
            var asset = Engine.Asset(ScriptableObject.CreateInstance<DreamCutscene>());
            asset.name = "arrival.dream";
            asset.SetText("{\"format\": \"1.0\", \"name\": \"arrival\", \"shots\": {\"dawn\": {\"marks\": {\"gull\": 0.1}, \"length\": 0.2, \"next\": {\"wait\": \"door\", \"then\": \"sea\"}}, \"sea\": {\"length\": 0.1}}}");
            d.cutscenes.Add(asset);
            told = d.Tags(new[] { "dream: play arrival", "dream: wait mark gull" });
            Engine.Until(() => !told.keepWaiting, "the mark");
            Stage.Require(told.outcome == StoryOutcome.Reached, told.outcome);
            var saved = d.Saved();
            Engine.Until(() => saved.isDone, "a save");
            told = d.Tags(new[] { "dream: stop", "dream: cut weather=- biome=desert", "dream: wait shown" });
            Engine.Until(() => !told.keepWaiting, "a cut");
            Stage.Require(s.effective["weather"].IsNil && s.effective["biome"].AsText() == "desert", "unset");
            var loaded = d.Restored(saved.value!);
            Engine.Until(() => loaded.isDone, "loading");
            Stage.Require(loaded.value!.Exact && s.effective["weather"].AsText() == "storm", "as it was saved: " + loaded.error);
            told = d.Tags(new[] { "dream: signal door", "dream: wait ended" });
            Engine.Until(() => !told.keepWaiting, "its end");
            Stage.Require(told.outcome == StoryOutcome.Reached && failed.Count == 3, told.outcome + " " + string.Join(" ", failed));

            // As it is installed: a picture, and a story of its own.
            var small = Begin<SmallDialogue>();
            s = small.GetComponent<DreamStream>()!;
            box = small.GetComponent<DialogueDirector>()!;
            Stage.UntilShown(s);
            Draw(small);
            Stage.Require(Gui.Saw("[picture 256 x 256]"), "no picture: " + string.Join("; ", Gui.Drawn));
            Engine.Until(() => box.line.StartsWith("The ferry is late", StringComparison.Ordinal), "the first line");
            Gui.User("…", true);
            Draw(box);
            for (var i = 0; i < 20; i++) { Engine.Tick(); System.Threading.Thread.Sleep(5); }
            Gui.User("Wait on the pier", true);
            Draw(box);
            Engine.Until(() => box.line.StartsWith("The wind rises", StringComparison.Ordinal) && s.effective["weather"].AsText() == "storm", "the choice directs");
            return "sample";
        }
    }
}
