using System;
using System.IO;
using System.Linq;
using System.Threading;
using Dreambridge.Editors;
using Dreambridge.Timelines;
using FakeUnity;
using UnityEditor;
using UnityEditor.Build;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>Inspector, window, wizard, settings and build step, used as a user would.</summary>
    public static class Inspecting
    {
        private static string Python => Environment.GetEnvironmentVariable("DREAM_PYTHON")!;

        public static string InspectorOfMany(string input)
        {
            var a = Stage.Stream("a");
            var b = Stage.Stream("b");
            var e = Editor.Open<DreamStreamEditor>(a, b);
            DrawUntil(e, "Set level");
            Stage.Require(Gui.Saw("Set level: False"), "unset is not shown");
            Act(e, "Set level", true);
            Stage.Require(a.conditions.Single().number == 0.5 && b.conditions.Single().number == 0.5, "the schema's default was not taken");
            Act(e, "level", 0.25f);
            Stage.Require(a.conditions.Single().number == 0.25 && b.conditions.Single().number == 0.25, "both were to change");
            Stage.Require(EditorUtility.Dirty.Contains(a) && EditorUtility.Dirty.Contains(b), "the scenes are not marked as changed");
            Undo.PerformUndo();
            Stage.Require(a.conditions.Single().number == 0.5 && b.conditions.Single().number == 0.5, "undo of a condition");
            a.conditions[0].number = 1;
            e.Draw();
            Stage.Require(Gui.Saw("level: (mixed)"), "different values are not shown as such: " + string.Join("; ", Gui.Drawn));
            Act(e, "level", 0.75f);
            Stage.Require(a.conditions[0].number == 0.75 && b.conditions[0].number == 0.75, "mixed values made one");
            Act(e, "Set level", false);
            Stage.Require(a.conditions.Count == 0 && b.conditions.Count == 0, "unset");
            Undo.PerformUndo();
            Stage.Require(a.conditions.Count == 1 && b.conditions.Count == 1, "undo of unset");
            Act(e, "_seed", 5);
            Stage.Require(a.seed == 5 && b.seed == 5, "a plain property of both");
            Undo.PerformUndo();
            Stage.Require(a.seed == 0 && b.seed == 0, "undo of a plain property");
            b.bundle = "vista";
            e.Draw();
            Stage.Require(Gui.Saw("different bundles") && !Gui.Saw("Set level"), "conditions of different bundles");
            Messages.Send(e, "OnDisable");
            UnityEngine.Object.DestroyImmediate(e);
            return "edited";
        }

        /// <summary>Each kind of condition that Vista's schema has, and conditions of another time.</summary>
        public static string InspectorByTheSchema(string input)
        {
            var s = Stage.Stream("s", x =>
            {
                x.bundle = "vista";
                x.conditions.Add(new DreamSetting { name = "gone", number = 1 });
                x.conditions.Add(new DreamSetting { name = "camera_x", form = DreamSetting.Form.Text, text = "left" });
                x.conditions.Add(new DreamSetting { name = "time_of_day", number = 99 });
            });
            var e = Editor.Open<DreamStreamEditor>(s);
            DrawUntil(e, "Set weather");
            Stage.Require(Gui.Saw("no condition gone") && Gui.Saw("camera_x is now a number"), "conditions of another time: " + string.Join("; ", Gui.Drawn));
            Stage.Require(Gui.Saw("Warning: ") && Gui.Drawn.Any(d => d.StartsWith("Warning", StringComparison.Ordinal) && d.Contains("99")), "a value out of range");
            Act(e, "Remove gone", true);
            Act(e, "Reset camera_x", true);
            Stage.Require(s.conditions.All(c => c.name != "gone") && s.conditions.Single(c => c.name == "camera_x").form == DreamSetting.Form.Number, "the ways out");
            Act(e, "Set weather", true);
            Act(e, "weather", 1);
            var options = Enumerable.Range(0, 1).Select(_ => s.conditions.Single(c => c.name == "weather").text).Single();
            Stage.Require(options.Length > 0 && options != "clear", "the choice is " + options);
            Act(e, "Set prompt", true);
            Act(e, "prompt", "a storm over the coast");
            Stage.Require(s.conditions.Single(c => c.name == "prompt").text == "a storm over the coast", "the text");
            Act(e, "Set pose", true);
            Stage.Require(s.conditions.Single(c => c.name == "pose").numbers.Length == 102, "two figures have 2 x 17 x 3 numbers");
            Act(e, "Bundle", 0);
            Stage.Require(s.bundle == "testcard", "the list of bundles is sorted, and sets " + s.bundle);
            s.bundle = "no-such";
            e.Draw();
            Stage.Require(Gui.Saw("has no bundle no-such"), "a bundle that is gone");
            Messages.Send(e, "OnDisable");
            UnityEngine.Object.DestroyImmediate(e);
            return "edited";
        }

        /// <summary>Clips and markers of a Timeline, by the schema of the stream in the scene; without one, what they hold.</summary>
        public static string InspectorOfClips(string input)
        {
            var track = ScriptableObject.CreateInstance<DreamTrack>();
            var clips = new[] { (DreamClip)track.CreateClip<DreamClip>().asset, (DreamClip)track.CreateClip<DreamClip>().asset };
            clips[0].values.Add(new DreamSetting { name = "gone", number = 3 });
            var e = Editor.Open<DreamClipEditor>(clips[0], clips[1]);
            e.Draw();
            Stage.Require(Gui.Saw("Open the scene with the DreamStream") && Gui.Saw("gone = 3"), "without a scene: " + string.Join("; ", Gui.Drawn));
            var s = Stage.Stream("s", x => x.bundle = "vista");
            DrawUntil(e, "Set weather");
            Stage.Require(Gui.Saw("no condition gone"), "a condition that the bundle lacks");
            Act(e, "Remove gone", true);
            Act(e, "Set weather", true);
            Act(e, "weather", 1);
            Act(e, "_over", 2.5f);
            Stage.Require(clips.All(c => c.over == 2.5f && c.values.Single().name == "weather" && c.values.Single().text != "clear"), "both clips were to change");
            Stage.Require(EditorUtility.Dirty.Contains(clips[0]) && EditorUtility.Dirty.Contains(clips[1]), "the assets are not marked as changed");
            Undo.PerformUndo();
            Undo.PerformUndo();
            Stage.Require(clips.All(c => c.values.Single().text == "clear" && c.over < 0), "undo");
            Stage.Require(s.conditions.Count == 0, "the stream itself was changed");

            var marker = track.CreateMarker<DreamMarker>(1);
            var m = Editor.Open<DreamMarkerEditor>(marker);
            Stage.Stream("another", x => x.bundle = "testcard");
            m.Draw();
            m.Draw();
            Act(m, "Conditions of", 1);
            DrawUntil(m, "Set level");
            Act(m, "Set level", true);
            Act(m, "_cut", true);
            Act(m, "Time", 2.5);
            Stage.Require(marker.cut && marker.time == 2.5 && marker.values.Single().name == "level", "a marker");
            foreach (var editor in new Editor[] { e, m }) { Messages.Send(editor, "OnDisable"); UnityEngine.Object.DestroyImmediate(editor); }
            return "edited";
        }

        /// <summary>The running stream follows the inspector at once.</summary>
        public static string InspectorDirectsTheStream(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var e = Editor.Open<DreamStreamEditor>(s);
            DrawUntil(e, "Set level");
            Stage.Require(Gui.Saw("[picture 256 x 256]") && Gui.Saw("State: Playing"), "no preview: " + string.Join("; ", Gui.Drawn));
            Act(e, "Set level", true);
            Act(e, "level", 0.25f);
            Engine.Until(() => Math.Abs(Stage.Seen(s.texture!)[(220 * 256 + 128) * 4] - 64) <= 1, "the picture follows the slider");
            Act(e, "Close", true);
            Stage.Require(!s.isOpen, "the button");
            Messages.Send(e, "OnDisable");
            UnityEngine.Object.DestroyImmediate(e);
            return "followed";
        }

        public static string WindowAndDaemon(string input)
        {
            DreamSettings.Python = "";
            var w = EditorWindow.GetWindow<DreamWindow>("Dreambridge");
            w.Draw();
            Stage.Require(Gui.Saw("No DreamStream") && Gui.Saw("running: dreambridge") || Gui.Saw("not running"), "an empty window: " + string.Join("; ", Gui.Drawn));
            void Look() { var until = Engine.RealTime + 0.6; while (Engine.RealTime < until) { EditorApplication.Turn(); Thread.Sleep(20); } w.Draw(); }
            Gui.User("Daemon", "windowed");
            w.Draw();
            Look();
            Stage.Require(Gui.Saw("not running") && Gui.Saw("No Python with dreambridge"), "without a Python");
            Gui.User("Start", true);
            w.Draw();
            w.Draw();
            Stage.Require(Gui.Saw("No Python is set"), "start without a Python");
            DreamSettings.Python = Python;
            Gui.User("Start", true);
            w.Draw();
            var end = Engine.RealTime + 40;
            while (!(Gui.Saw("State: running") && Gui.Saw("testcard")) && Engine.RealTime < end) { EditorApplication.Turn(); w.Draw(); Thread.Sleep(20); }
            Stage.Require(Gui.Saw("State: running") && Gui.Saw("testcard") && Gui.Saw("listens on"), "running, with its bundles and its log: " + string.Join("; ", Gui.Drawn));

            // After a reload a new window knows the daemon as the editor's own.
            w.Close();
            w = EditorWindow.GetWindow<DreamWindow>("Dreambridge");
            Gui.User("Daemon", "windowed");
            w.Draw();
            var s = Stage.Stream("preview", x => x.daemon = "windowed");
            Look();
            Gui.User("Preview preview", true);
            w.Draw();
            end = Engine.RealTime + 20;
            while (!(Gui.Saw("[picture 256 x 256]") && Gui.Saw("frames/s")) && Engine.RealTime < end) { EditorApplication.Turn(); w.Draw(); Thread.Sleep(5); }
            Stage.Require(Gui.Saw("[picture 256 x 256]") && Gui.Saw("frames/s"), "a preview in edit mode: " + string.Join("; ", Gui.Drawn));
            s.Close();
            Gui.User("Stop", true);
            w.Draw();
            Gui.NothingLeft();
            end = Engine.RealTime + 10;
            while ((File.Exists(ConnectionFile.PathOf("windowed")) || !Gui.Saw("not running")) && Engine.RealTime < end) { EditorApplication.Turn(); w.Draw(); Thread.Sleep(20); }
            Stage.Require(Gui.Saw("not running") && !File.Exists(ConnectionFile.PathOf("windowed")), "stopped, and its file removed");
            w.Close();
            return "window";
        }

        public static string PythonWizardAndItsMessages(string input)
        {
            Stage.Throws<DreamError>(() => PythonSearch.Find(new[] { "no-such-python" }), "no Python");
            var folder = Stage.Folder();
            Directory.CreateDirectory(folder);
            var old = Path.Combine(folder, "python3");
            File.WriteAllText(old, "#!/bin/sh\necho Python 3.8.10\n");
            System.Diagnostics.Process.Start("chmod", "+x \"" + old + "\"")!.WaitForExit();
            try { PythonSearch.Find(new[] { old }); throw new EngineError("an old Python was taken"); }
            catch (DreamError e) { Stage.Require(e.Message.Contains("3.11") && e.Message.Contains("3.8"), e.Message); }
            Stage.Require(PythonSearch.Find(new[] { "no-such-python", old, Python }) == Python, "the one that is new enough");

            // A whole one, in a folder with spaces and non-ASCII letters; what pip installs has no dependencies, so that no network is needed.
            var source = Path.Combine(folder, "source");
            Directory.CreateDirectory(Path.Combine(source, "dreambridge"));
            File.WriteAllText(Path.Combine(source, "setup.py"), "raise SystemExit('no network, no build')\n");
            var made = new PythonEnvironment();
            made.Begin(Path.Combine(folder, "Umgebung mit Wörtern"), source, Python);
            var end = Engine.RealTime + 150;
            while (made.Doing.Length > 0 && Engine.RealTime < end) { made.Poll(); Thread.Sleep(20); }
            Stage.Require(made.Error != null && made.Error.Message.Contains("installing dreambridge"), "pip's failure is told: " + made.Error + string.Join("\n", made.Log));
            Stage.Require(File.Exists(Path.Combine(folder, "Umgebung mit Wörtern", "bin", "python")), "the environment before it is there");
            Directory.Delete(folder, true);
            return "wizard";
        }

        public static string BuildStepWarns(string input)
        {
            bool Says(BuildTarget target, string of, string level)
            {
                var said = Engine.Log.Count;
                new DreamBuildStep().OnPreprocessBuild(Report(target));
                return Engine.Log.Skip(said).Any(l => l.level == level && l.text.Contains(of));
            }
            bool Warns(BuildTarget target, string of) => Says(target, of, "warning");
            foreach (var target in new[] { BuildTarget.WebGL, BuildTarget.Android, BuildTarget.iOS })
                Stage.Require(Warns(target, "there is no stream"), "the build for " + target + " says nothing");
            foreach (var target in new[] { BuildTarget.StandaloneLinux64, BuildTarget.StandaloneWindows64, BuildTarget.StandaloneOSX })
                Stage.Require(!Warns(target, ""), "the build for " + target + " is warned of");
            PlayerSettings.Backend = ScriptingImplementation.IL2CPP;
            Stage.Require(Says(BuildTarget.StandaloneWindows64, "CreateProcess", "log") && Says(BuildTarget.StandaloneLinux64, "posix_spawn", "log") && Says(BuildTarget.StandaloneOSX, "App Sandbox", "log"), "a build with IL2CPP says nothing");
            Stage.Require(Warns(BuildTarget.iOS, "there is no stream") && !Says(BuildTarget.iOS, "IL2CPP", "log"), "a build with IL2CPP for iOS");
            PlayerSettings.Backend = ScriptingImplementation.Mono2x;
            Stage.Throws<BuildFailedException>(() => DreamBuildStep.Package("", "vista", "x"), "no Python");
            Stage.Throws<BuildFailedException>(() => DreamBuildStep.Package("/no/such", "vista", "x"), "a Python that is not there");
            Stage.Throws<BuildFailedException>(() => DreamBuildStep.Package("false", "vista", "x"), "a failing command");
            Gui.Begin();
            Gui.User("Ship the daemon with the player", true);
            Gui.User("Bundle", "testcard");
            DreamSettingsProvider.Make().guiHandler!("");
            Stage.Require(DreamSettings.instance.PackageWithBuild && DreamSettings.instance.PackageBundle == "testcard", "the settings page");
            var before = Engine.Log.Count;
            new DreamBuildStep().OnPostprocessBuild(Report(BuildTarget.StandaloneWindows64));
            Stage.Require(Engine.Log.Skip(before).Any(l => l.text.Contains("Linux only")), "a player for Windows is told that it gets no folder");
            return "warned";
        }

        /// <summary>The real command; the daemon in the folder is then started by a built player as it starts it, and shown.</summary>
        public static string BuildStepPackages(string input)
        {
            var player = Path.Combine(input, "Game ö 1", "Game.x86_64");
            Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(player)!, "Game_Data"));
            DreamSettings.Python = Python;
            DreamSettings.instance.PackageWithBuild = true;
            DreamSettings.instance.PackageBundle = "testcard";
            new DreamBuildStep().OnPostprocessBuild(Report(BuildTarget.StandaloneLinux64, player));
            Stage.Require(Engine.Log.Any(l => l.text.Contains("MB in")), "the size is said");
            Engine.Playing = true;
            Engine.Editor = false;
            Engine.DataPath = Path.Combine(Path.GetDirectoryName(player)!, "Game_Data");
            var s = Stage.Stream("stream", x => x.daemon = "shipped");
            Stage.UntilShown(s, 3);
            Stage.Require(Stage.Wrong(Stage.Seen(s.texture!), 1), "the picture");
            UnityEngine.Object.DestroyImmediate(s.gameObject);
            System.Diagnostics.Process.GetProcessById(ConnectionFile.Read("shipped-" + System.Diagnostics.Process.GetCurrentProcess().Id)!.Pid).Kill();
            return "packaged";
        }

        private static UnityEditor.Build.Reporting.BuildReport Report(BuildTarget target, string path = "") =>
            new UnityEditor.Build.Reporting.BuildReport { summary = new UnityEditor.Build.Reporting.BuildSummary { platform = target, outputPath = path } };

        private static void DrawUntil(Editor e, string label)
        {
            var end = Engine.RealTime + 20;
            do { EditorApplication.Turn(); e.Draw(); Thread.Sleep(5); }
            while (!Gui.Saw(label) && Engine.RealTime < end);
            Stage.Require(Gui.Saw(label), "never drawn: " + label + "; but " + string.Join("; ", Gui.Drawn));
        }

        private static void Act(Editor e, string label, object value)
        {
            Gui.User(label, value);
            e.Draw();
            Gui.NothingLeft();
            e.Draw();
        }
    }
}
