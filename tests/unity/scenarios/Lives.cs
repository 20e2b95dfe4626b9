using System;
using System.Collections.Generic;
using FakeUnity;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>Play, stop, and domain reloads.</summary>
    public static class Lives
    {
        /// <summary>Play and stop 50 times without a domain reload: the statics live on, the scene is read anew.</summary>
        public static string FiftyPlays(string input)
        {
            var s = Stage.Stream("stream", x => x.targetImage = Stage.Image());
            Stage.Require(!s.isOpen, "a stream runs in edit mode without being asked");
            var saved = SceneFile.Write(false);
            for (var i = 0; i < 50; i++)
            {
                EditorLoop.EnterPlay();
                var playing = DreamStream.all[0];
                Stage.UntilShown(playing);
                Stage.Require(Stage.Wrong(Stage.Seen(playing.texture!), 1), "play " + i);
                EditorLoop.ExitPlay();
                Stage.Require(DreamStream.all.Count == 1 && !DreamStream.all[0].isOpen, "something runs on after play " + i);
                Engine.NoLeaks("after play " + i);
            }
            Stage.Require(SceneFile.Write(false) == saved, "the scene changed by playing");
            return "50";
        }

        /// <summary>With neither domain nor scene reload: the same component goes through all of it, from a preview and without one.</summary>
        public static string PlaysWithoutSceneReload(string input)
        {
            var s = Stage.Stream("stream", x => x.targetImage = Stage.Image());
            for (var i = 0; i < 20; i++)
            {
                var preview = i % 2 == 1;
                if (preview) s.Open();
                EditorLoop.EnterPlay(false);
                Engine.Until(() => s.framesShown >= 2, "play " + i);
                Stage.Require(Stage.Wrong(Stage.Seen(s.texture!), 1), "play " + i);
                EditorLoop.ExitPlay();
                Stage.Require(ReferenceEquals(DreamStream.all[0], s) && !s.isOpen && s.state == StreamState.Closed, "it runs on after play " + i);
            }
            s.gameObject.SetActive(false);
            Engine.NoLeaks("after the plays");
            return "20";
        }

        /// <summary>A preview in edit mode, 25 times on and off; then saved while it runs, and played.</summary>
        public static string PreviewInEditMode(string input)
        {
            var image = Stage.Image();
            var s = Stage.Stream("stream", x => x.targetImage = image);
            var saved = SceneFile.Write(false);
            for (var i = 0; i < 25; i++)
            {
                s.Open();
                var end = Engine.RealTime + 20;
                while (s.framesShown < 2 && Engine.RealTime < end) { EditorApplication.Turn(); System.Threading.Thread.Sleep(2); }
                Stage.Require(s.framesShown >= 2, "no frames in edit mode");
                Stage.Require(UnityEditor.SceneManagement.EditorSceneManager.Save() == saved, "a preview got into the saved scene");
                Stage.Require(image.texture == s.texture, "the preview did not go on after saving");
                s.gameObject.SetActive(false);
                Engine.NoLeaks("after preview " + i);
                s.gameObject.SetActive(true);
            }
            s.Open();
            EditorLoop.EnterPlay();
            Stage.UntilShown(DreamStream.all[0]);
            EditorLoop.ExitPlay();
            Stage.Require(!DreamStream.all[0].isOpen, "a preview came back by itself");
            return "25";
        }

        /// <summary>Reloads while it plays, in the middle of a tick; each in a new domain. The stream in the daemon stays the same one.</summary>
        public static string ReloadsInMidFrame(string input)
        {
            var words = input.Split('|');
            var count = int.Parse(words[0]);
            var wanted = int.Parse(words[1]);
            if (count == 0)
            {
                Engine.Playing = true;
                Stage.Stream("stream", x => { x.targetImage = Stage.Image(); x.conditions.Add(new DreamSetting { name = "level", number = 0.75 }); });
            }
            else
            {
                EditorLoop.AfterReload(words[4]);
            }
            var s = DreamStream.all[0];
            var seen = new List<string>();
            s.StateChanged += (state, why) => seen.Add(state + " " + why);
            Stage.UntilShown(s);
            Stage.Require(Stage.Wrong(Stage.Seen(s.texture!), 1), "reload " + count);
            if (count > 0)
            {
                Stage.Require(s.info!.Session == long.Parse(words[2]), "another stream was opened");
                Stage.Require(s.frame.Index > long.Parse(words[3]), "the stream began anew");
            }
            if (count == wanted)
            {
                EditorLoop.ExitPlay();
                return "at frame " + s.frame.Index;
            }
            string payload = "";
            var saboteur = new GameObject("saboteur").AddComponent<InTheMiddle>();
            saboteur.act = () =>
            {
                UnityEngine.Object.DestroyImmediate(saboteur.gameObject);
                var at = s.frame.Index;
                var number = s.info!.Session;
                var image = s.targetImage!;
                payload = "again\n" + (count + 1) + "|" + wanted + "|" + number + "|" + at + "|" + EditorLoop.BeforeReload();
                Stage.Require(seen.Contains("Searching reloading"), "nobody said that it reloads");
                Stage.Require(image.texture == null, "the image keeps a texture that is gone");
            };
            Engine.Tick();
            Stage.Require(payload.Length > 0, "the reload did not come in mid-tick");
            return payload;
        }

        /// <summary>
        /// Daemons that the editor started, by the component and by the window, with the Python of the settings, which is the input: they and the stream live through domain
        /// reloads, and the daemons end with the editor.
        /// </summary>
        public static string OwnDaemonsThroughReloads(string input)
        {
            const int Reloads = 2;
            var words = input.Split(new[] { '|' }, 5);
            var (python, count) = (words[0], words.Length > 1 ? int.Parse(words[1]) : 0);
            // Unity keeps it on this machine, through each reload.
            Dreambridge.Editors.DreamSettings.Python = python;
            using var control = new Dreambridge.Editors.DaemonControl();
            if (count == 0)
            {
                Engine.Playing = true;
                Stage.Stream("stream", x => x.daemon = "kept");
                control.Start("kept-by-window", python);
                Stage.Require(control.Error == null, "the window: " + control.Error);
            }
            else EditorLoop.AfterReload(words[4]);
            var s = DreamStream.all[0];
            var own = "kept-" + System.Diagnostics.Process.GetCurrentProcess().Id;
            var shown = s.framesShown;
            Engine.Until(() => s.framesShown > shown + 2 && ConnectionFile.Read(own) != null && ConnectionFile.Read("kept-by-window") != null, "frames and two daemons, after " + count + " reloads; " + s.lastError);
            var epochs = ConnectionFile.Read(own)!.Epoch + " " + ConnectionFile.Read("kept-by-window")!.Epoch;
            if (count > 0)
            {
                Stage.Require(s.info!.Session == long.Parse(words[2]), "another stream was opened");
                Stage.Require(epochs == words[3], "another daemon was started");
            }
            Stage.Require(Dreambridge.Editors.DaemonControl.IsOurs(ConnectionFile.Read("kept-by-window")!), "the window does not know its daemon");
            if (count < Reloads) return "again\n" + python + "|" + (count + 1) + "|" + s.info!.Session + "|" + epochs + "|" + EditorLoop.BeforeReload();
            UnityEngine.Object.DestroyImmediate(s.gameObject);
            EditorApplication.Quit();
            Engine.Until(() => ConnectionFile.Read(own) == null && ConnectionFile.Read("kept-by-window") == null, "the daemons end with the editor");
            return "kept";
        }
    }

    /// <summary>Does something once, between the Updates of a tick and its end.</summary>
    [DefaultExecutionOrder(5)]
    public sealed class InTheMiddle : MonoBehaviour
    {
        [NonSerialized] internal Action? act;

        private void Update()
        {
            var now = act;
            act = null;
            now?.Invoke();
        }
    }
}
