using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Dreambridge.Editors;
using FakeUnity;
using UnityEditor;
using UnityEngine;
using UnityEngine.UI;

namespace Dreambridge.EngineScenarios
{
    /// <summary>A newcomer's first steps: menus, events, lists to choose from, await.</summary>
    public static class Beginning
    {
        private static DreamStream Made() => Selection.activeGameObject!.GetComponent<DreamStream>()!;

        /// <summary>With a Python in the settings: one menu item, then Play. Nobody has started a daemon or filled in a field.</summary>
        public static string FirstPicture(string input)
        {
            DreamSettings.Python = Environment.GetEnvironmentVariable("DREAM_PYTHON")!;
            DreamMenu.StreamOnARawImage(new MenuCommand(null));
            var made = Made();
            Stage.Require(made.targetImage!.GetComponentInParent<Canvas>()!.renderMode == RenderMode.ScreenSpaceOverlay && Undo.Created.Count == 2, "no canvas over the screen, or no undo");
            DreamMenu.StreamOnARawImage(new MenuCommand(made.gameObject));
            Stage.Require(Engine.All<Canvas>().Count() == 1 && Made() != made, "a second canvas");
            UnityEngine.Object.DestroyImmediate(Selection.activeGameObject);
            // The stand-in writes no hierarchies down: the play is of this component, without scene reload.
            EditorLoop.EnterPlay(false);
            Stage.UntilShown(made);
            Stage.Require(made.targetImage!.texture == made.texture && made.bundle == "vista", "no picture");
            var name = "default-" + System.Diagnostics.Process.GetCurrentProcess().Id;
            var pid = ConnectionFile.Read(name)!.Pid;
            EditorLoop.ExitPlay();
            System.Diagnostics.Process.GetProcessById(pid).Kill();

            DreamMenu.StreamOnAQuad(new MenuCommand(null));
            Stage.Require(Made().targetRenderer!.name == "Dream Stream", "the quad");
            DreamMenu.StreamOverTheScene(new MenuCommand(null));
            Stage.Require(Made().GetComponent<DreamView>() != null, "the view");
            Engine.Clear();
            return "a picture";
        }

        /// <summary>The view's inspector shows what is sent; labels, conditions and members come from lists.</summary>
        public static string ChosenFromLists(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream("stream", x => x.bundle = "vista");
            Stage.UntilShown(s);
            var camera = new GameObject("camera").AddComponent<Camera>();
            camera.transform.position = new Vector3(0, 0, -10);
            var wall = GameObject.CreatePrimitive(PrimitiveType.Quad).AddComponent<DreamLabel>();
            var go = new GameObject("view");
            go.SetActive(false);
            var v = go.AddComponent<DreamView>();
            v.stream = s;
            go.SetActive(true);
            var e = Editor.Open<DreamViewEditor>(v);
            Engine.Until(() => v.latencyMs > 0, "a frame over the view");
            DrawUntil(e, "on the screen after");
            Stage.Require(Gui.Drawn.Count(d => d.Contains("turned")) == 2 && Gui.Saw("1 objects with a label"), "label and depth: " + string.Join("; ", Gui.Drawn));
            var l = Editor.Open<DreamLabelEditor>(wall);
            DrawUntil(l, "Label: 8");
            Gui.User("Label", 9);
            l.Draw();
            Stage.Require(wall.label == "roof", "the list sets " + wall.label);
            wall.label = "leaves/plant";
            l.Draw();
            Stage.Require(Gui.Saw("Label: 15"), "what is not in the list is kept: " + string.Join("; ", Gui.Drawn));

            var sender = go.AddComponent<DreamState>();
            sender.stream = s;
            sender.condition = "energy";
            sender.target = camera;
            var d = Editor.Open<DreamSenderEditor>(sender);
            var names = Enumerable.Range(0, s.info!.Conditions.Count).Select(i => s.info.Conditions[i].Name).ToList();
            DrawUntil(d, "Condition: " + names.IndexOf("energy"));
            Gui.User("Condition", names.IndexOf("camera_zoom"));
            d.Draw();
            Stage.Require(sender.condition == "camera_zoom", "the list of conditions sets " + sender.condition);
            Gui.User("Member", DreamSenderEditor.MembersOf(typeof(Camera)).ToList().IndexOf("fieldOfView"));
            d.Draw();
            Stage.Require(sender.member == "fieldOfView", "the list of members sets " + sender.member);
            foreach (var editor in new Editor[] { e, l, d }) { Messages.Send(editor, "OnDisable"); UnityEngine.Object.DestroyImmediate(editor); }
            return "chosen";
        }

        /// <summary>The events for the inspector, and async methods in place of coroutines.</summary>
        public static string EventsAndAwaits(string input)
        {
            Engine.Playing = true;
            var poster = Engine.Asset(Refusals.Grey(9));
            var seen = new System.Collections.Generic.List<string>();
            var s = Stage.Stream("stream", x =>
            {
                x.poster = poster;
                x.streamEvents.opened.AddListener(() => seen.Add("opened"));
                x.streamEvents.stateChanged.AddListener(n => seen.Add(n));
                x.streamEvents.textureChanged.AddListener(t => seen.Add(t == poster ? "poster" : "picture"));
                x.streamEvents.failed.AddListener(m => seen.Add("failed: " + m));
            });
            Stage.UntilShown(s, 2);
            Stage.Require(seen[0] == "poster" && seen.Contains("opened") && seen.Contains("Playing") && seen.Last() == "picture" && seen.Count(n => n == "picture") == 1, string.Join(", ", seen));
            s.Direct("level", 2.0);
            Engine.Until(() => seen.Any(n => n.StartsWith("failed: ", StringComparison.Ordinal)), "the refusal");

            var thread = Thread.CurrentThread.ManagedThreadId;
            async Task Direct()
            {
                await s.Shown(s.Direct("level", 1.0, 0)).AsTask();
                await s.DirectAsync("level", 0.75, 0);
                Stage.Require(Math.Abs(Stage.Seen(s.texture!)[(220 * 256 + 128) * 4] - 191) <= 1, "a UniTask ended before the picture obeyed");
                await s.Settled(s.Direct("level", 0.25, 0.2)).AsAwaitable();
                Stage.Require(Thread.CurrentThread.ManagedThreadId == thread, "it went on on another thread");
            }
            var directed = Direct();
            Engine.Until(() => directed.IsCompleted, "the end of an async method");
            directed.GetAwaiter().GetResult();
            Stage.Require(s.effective["level"].AsNumber() == 0.25, "its directions");
            var cancel = new CancellationTokenSource();
            var never = s.WaitForCutscene(CutsceneHappening.Mark).AsTask(cancel.Token);
            for (var i = 0; i < 3; i++) Engine.Tick();
            Stage.Require(!never.IsCompleted, "it waits");
            cancel.Cancel();
            Engine.Until(() => never.IsCompleted, "cancelled");
            Stage.Require(never.IsCanceled, "it was not cancelled but " + never.Status);
            UnityEngine.Object.DestroyImmediate(poster);
            return "awaited";
        }

        private static void DrawUntil(Editor e, string label)
        {
            var end = Engine.RealTime + 20;
            do { EditorApplication.Turn(); e.Draw(); Thread.Sleep(5); }
            while (!Gui.Saw(label) && Engine.RealTime < end);
            Stage.Require(Gui.Saw(label), "never drawn: " + label + "; but " + string.Join("; ", Gui.Drawn));
        }
    }
}
