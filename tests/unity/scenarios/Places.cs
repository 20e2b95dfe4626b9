using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using FakeUnity;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>Places, forks, snapshots and recordings of a stream's component, in a coroutine and by UnityEvents.</summary>
    public static class Places
    {
        private static int Level(DreamStream s) => Stage.Seen(s.texture!)[(220 * Stage.Size + 128) * 4];

        public static string PlacesByCoroutine(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s, 2);
            var player = new GameObject("player").AddComponent<Player>();
            player.stream = s;
            var landed = new List<DreamPlace>();
            var fromInspector = new List<string>();
            s.Landed += landed.Add;
            s.landedEvent.AddListener(p => fromInspector.Add(p.Landing.ToString()));
            player.StartCoroutine(player.Run());
            Engine.Until(() => player.ended, "the end");
            Stage.Require(fromInspector.SequenceEqual(new[] { "Rewound", "Rewound", "Restored", "Adopted" }), string.Join(", ", fromInspector));
            Stage.Require(landed.Count == 4 && landed[0].FrameIndex == player.kept, "it landed at frame " + landed[0].FrameIndex + ", not at " + player.kept);
            Stage.Require(player.effective.SequenceEqual(new[] { 0.25, 0.25, 0.25, 0.75 }), string.Join(", ", player.effective));
            Stage.Require(player.shown.SequenceEqual(new[] { 64, 191 }), "shown: " + string.Join(", ", player.shown));
            Stage.Require(player.steps > 0, "nothing was made ahead");
            Stage.Require(player.refused == ErrorCodes.UnknownCondition && player.nowhere == ErrorCodes.BadArgument && player.over == ErrorCodes.BadArgument, player.refused + " " + player.nowhere + " " + player.over);

            // Without a stream everything is answered at once.
            var forked = s.Forked();
            s.Close();
            Stage.Require(!forked.keepWaiting && forked.error?.Code == ErrorCodes.DaemonGone, "a fork of a stream that was closed is waited for");
            var kept = s.Kept("x");
            Stage.Require(!kept.keepWaiting && kept.error?.Code == ErrorCodes.DaemonGone && !s.Keep("x") && !s.Record((r, e) => { }), "no stream is asked");
            return string.Join(", ", fromInspector);
        }

        /// <summary>As a designer wires them to buttons.</summary>
        public static string PlacesByEvents(string input)
        {
            Engine.Playing = true;
            var folder = Stage.Folder();
            Directory.CreateDirectory(folder);
            Engine.DataPath = folder;
            try
            {
                var s = Stage.Stream();
                Stage.UntilShown(s, 2);
                var landings = 0;
                s.Landed += _ => landings++;
                s.StartRecording();
                Engine.Until(() => s.recording != null, "the recording");
                Show(s, 0.25);
                s.KeepPlace("here");
                Show(s, 0.75);
                s.RewindToPlace("here");
                Engine.Until(() => landings == 1 && Level(s) == 64, "the kept place");
                Show(s, 0.75);
                s.RewindSeconds(600);
                Engine.Until(() => landings == 2, "the beginning");
                s.RewindToMark("gull");
                Engine.Until(() => s.lastError?.Code == ErrorCodes.BadArgument, "that there is no mark");
                s.RewindToShot("door");
                Engine.Until(() => s.lastError!.Message.Contains("door"), "that there is no shot");
                s.SaveRecording("bug.take.jsonl");
                Engine.Until(() => s.recording == null, "the end of the recording");
                var lines = File.ReadAllLines(Path.Combine(folder, "bug.take.jsonl"));
                Stage.Require(lines[0].Contains("\"type\":\"take\"") && lines.Last().Contains("\"type\":\"end\""), "the take: " + lines.Last());
                Stage.Require(lines.Count(l => l.Contains("\"type\":\"jump\"")) == 2, "it went back twice");
                s.SaveRecording("bug.take.jsonl");
                Stage.Require(s.lastError!.Code == ErrorCodes.BadState, "nothing is recorded: " + s.lastError);
                s.StartRecording();
                Engine.Until(() => s.recording != null, "another recording");
                s.SaveRecording("bug.take.jsonl");
                Engine.Until(() => s.lastError!.Message.Contains("exists"), "that the file exists");
                return lines.Length + " lines";
            }
            finally
            {
                Engine.DataPath = "";
                Directory.Delete(folder, true);
            }
        }

        private static void Show(DreamStream s, double level)
        {
            var ticket = s.Direct("level", level, 0);
            Engine.Until(() => s.IsShown(ticket) && Math.Abs(Level(s) - level * 255) <= 1, "level " + level);
        }

        private sealed class Player : MonoBehaviour
        {
            [NonSerialized] internal DreamStream stream = null!;
            [NonSerialized] internal bool ended;
            [NonSerialized] internal long kept;
            [NonSerialized] internal int steps;
            [NonSerialized] internal string refused = "", nowhere = "", over = "";
            [NonSerialized] internal readonly List<double> effective = new List<double>();
            [NonSerialized] internal readonly List<int> shown = new List<int>();

            internal IEnumerator Run()
            {
                yield return stream.Shown(stream.Direct("level", 0.25, 0));
                DreamError? wrong = null;
                stream.Pause(e => wrong = e);
                while (stream.state != StreamState.Paused) yield return null;
                kept = stream.frame.Index + 1;
                yield return stream.Kept("inn");
                byte[]? save = null;
                stream.Snapshot((data, e) => save = data);
                while (save == null) yield return null;
                stream.Resume();
                yield return stream.Shown(stream.Direct("level", 0.5, 0));
                yield return stream.Rewound("inn");
                effective.Add(stream.effective["level"].AsNumber());
                yield return stream.Shown(stream.Direct("level", 0.5, 0));
                yield return stream.Rewound(new DreamMap { ["name"] = "inn" });
                effective.Add(stream.effective["level"].AsNumber());
                var none = stream.Rewound("nowhere");
                yield return none;
                nowhere = none.error!.Code;
                yield return stream.Shown(stream.Direct("level", 0.5, 0));
                yield return stream.Restored(save);
                effective.Add(stream.effective["level"].AsNumber());
                while (Level(stream) != 64) yield return null;
                shown.Add(Level(stream));

                var forked = stream.Forked();
                yield return forked;
                var fork = forked.value!;
                var bad = fork.Directed(new DreamMap { ["levle"] = 1 });
                yield return bad;
                refused = bad.error!.Code;
                yield return fork.Directed(new DreamMap { ["level"] = 0.75 }, 0);
                yield return fork.Prepared(0.3, 20);
                steps = fork.Steps;
                yield return fork.Adopted();
                effective.Add(stream.effective["level"].AsNumber());
                while (Level(stream) != 191) yield return null;
                shown.Add(Level(stream));
                var again = fork.Dropped();
                yield return again;
                over = again.error!.Code;
                ended = wrong == null;
            }
        }
    }
}
