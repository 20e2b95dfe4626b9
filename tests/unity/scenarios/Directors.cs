using System;
using System.Collections;
using FakeUnity;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>What a director leaves behind when it gets another stream, is switched off, or goes.</summary>
    public static class Directors
    {
        private static readonly string[][] s_options = { new[] { "dream: level=0.75 over=0" } };

        private static DreamDirector Director(DreamStream s)
        {
            var d = new GameObject("director").AddComponent<DreamDirector>();
            (d.stream, d.preroll) = (s, 0.1f);
            return d;
        }

        private static void Forks(DreamStream s, int wanted, string what)
        {
            var forks = -1L;
            Engine.Until(() =>
            {
                s.Stats((stats, e) => forks = stats?.Forks ?? -1);
                return forks == wanted;
            }, what, 30);
        }

        /// <summary>A coroutine waits for the old stream: it goes on, and what was made ahead there is dropped.</summary>
        public static string DirectorChangesItsStream(string input)
        {
            Engine.Playing = true;
            var (a, b) = (Stage.Stream("a"), Stage.Stream("b"));
            Stage.UntilShown(a);
            Stage.UntilShown(b);
            var d = Director(a);
            d.Offer(s_options);
            Forks(a, 1, "an option is made ahead");
            var paused = false;
            a.Pause(e => paused = e == null);
            Engine.Until(() => paused, "it is paused");
            DreamTelling? told = null;
            IEnumerator Tells()
            {
                told = d.Tags(new[] { "dream: level=0.5 over=0", "dream: wait shown limit=600", "dream: level=1 over=0" });
                yield return told;
                told = null;
            }
            d.StartCoroutine(Tells());
            for (var i = 0; i < 20; i++) { Engine.Tick(); System.Threading.Thread.Sleep(5); }
            Stage.Require(told != null && told.keepWaiting, "it did not wait");
            var waits = told!;
            d.stream = b;
            Engine.Until(() => told == null, "the coroutine goes on", 30);
            Stage.Require(string.Join(" ", waits.outcomes) == "pending lost lost", string.Join(" ", waits.outcomes));
            Forks(a, 0, "what was made ahead of the old stream is dropped");
            var next = d.Tags(new[] { "dream: level=0.25 over=0", "dream: wait shown limit=60" });
            Engine.Until(() => !next.keepWaiting, "it directs the new stream", 60);
            Stage.Require(next.outcome == StoryOutcome.Shown && Math.Abs(b.effective["level"].AsNumber() - 0.25) < 1e-9, next.outcome);
            Stage.Require(Math.Abs(a.effective["level"].AsNumber() - 0.5) < 1e-9, "the old stream was directed further: " + a.effective["level"]);
            return "changed";
        }

        /// <summary>Switched off, it drops what was made ahead, and the option is directed later; destroyed, it drops it too.</summary>
        public static string DirectorGoes(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var d = Director(s);
            d.Offer(s_options);
            Forks(s, 1, "an option is made ahead");
            d.enabled = false;
            Forks(s, 0, "it is dropped");
            d.enabled = true;
            var chosen = d.Choose(0);
            Engine.Until(() => !chosen.keepWaiting && Math.Abs((s.effective.Has("level") ? s.effective["level"].AsNumber() : 0) - 0.75) < 1e-9, "the option is directed", 30);
            Stage.Require(d.choices == (0, 1), "choices: " + d.choices);
            d.Offer(s_options);
            Forks(s, 1, "it is made ahead again");
            UnityEngine.Object.DestroyImmediate(d.gameObject);
            Forks(s, 0, "it is dropped with the director");
            return "gone";
        }

        /// <summary>The game starts its own daemon, which takes longer than one that runs may take: a wait lasts until its first picture.</summary>
        public static string DirectorOfAnOwnDaemon(string input)
        {
            Engine.Playing = true;
            var python = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "slow-python-" + System.Diagnostics.Process.GetCurrentProcess().Id);
            System.IO.File.WriteAllText(python, "#!/bin/sh\nsleep 2\nexec \"$DREAM_PYTHON\" \"$@\"\n");
            System.Diagnostics.Process.Start("chmod", "+x \"" + python + "\"")!.WaitForExit();
            var s = Stage.Stream("stream", x => { x.daemon = "storied"; x.python = python; });
            var told = Director(s).Tags(new[] { "dream: level=0.5 over=0", "dream: wait shown limit=60" });
            Engine.Until(() => !told.keepWaiting, "the wait ends", 60);
            System.IO.File.Delete(python);
            Stage.Require(told.outcome == StoryOutcome.Shown, "it ended as " + told.outcome);
            UnityEngine.Object.DestroyImmediate(s.gameObject);
            System.Diagnostics.Process.GetProcessById(ConnectionFile.Read("storied-" + System.Diagnostics.Process.GetCurrentProcess().Id)!.Pid).Kill();
            return "shown";
        }
    }
}
