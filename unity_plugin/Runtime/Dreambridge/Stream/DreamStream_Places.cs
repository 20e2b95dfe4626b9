#nullable enable
using System;
using System.IO;
using UnityEngine;

namespace Dreambridge
{
    public sealed partial class DreamStream
    {
        [Header("Places")]
        [SerializeField, Tooltip("The stream is at another place: a snapshot was put back, it went back, or it goes on as a fork.")] private DreamPlaceEvent _landed = new DreamPlaceEvent();

        /// <summary>The stream is at another place, by restore, rewind or adopt. A game puts its own state back here.</summary>
        public event Action<DreamPlace>? Landed;

        /// <summary>The same as <see cref="Landed"/>, for the inspector.</summary>
        public DreamPlaceEvent landedEvent => _landed;

        /// <summary>The recording that goes on; null: none.</summary>
        public DreamRecording? recording => _session.Recording;

        /// <summary>Keep the place before the next frame under a name. False when no stream is open.</summary>
        public bool Keep(string place, Action<DreamError?>? done = null) => _session.Keep(place, done);

        /// <summary>Go back to a place and go on from there. Exactly one of "name", "seconds", "mark" and "shot"; a mark may have its shot. False
        /// when no stream is open.</summary>
        public bool Rewind(DreamMap to, Action<DreamPlace?, DreamError?>? done = null) => _session.Rewind(to, done);

        /// <summary>A paused copy of the stream before its next frame, to direct and to make ahead. False when no stream is open.</summary>
        public bool Fork(Action<DreamFork?, DreamError?> done) => _session.Fork(done);

        /// <summary>Record what happens as a take (protocol/TAKE.md), until the recording's Stop. With <paramref name="replace"/> another recording
        /// that the stream still has is ended first. False when no stream is open.</summary>
        public bool Record(Action<DreamRecording?, DreamError?> done, bool views = false, bool digests = true, bool replace = false) =>
            _session.Record(done, views, digests, replace);

        /// <summary><c>yield return stream.Kept("inn")</c> waits in a coroutine until the place is kept.</summary>
        public DreamAnswer<object> Kept(string place)
        {
            var answer = new DreamAnswer<object>();
            return answer.Asked(Keep(place, error => answer.Set(null, error)));
        }

        /// <summary><c>yield return stream.Rewound("inn")</c> goes back to a kept place, and waits until the stream is there.</summary>
        public DreamAnswer<DreamPlace> Rewound(string place) => Rewound(new DreamMap { ["name"] = place });

        /// <summary>As <see cref="Rewound(string)"/>, by so many seconds of stream time, at most 600.</summary>
        public DreamAnswer<DreamPlace> Rewound(double seconds) => Rewound(new DreamMap { ["seconds"] = seconds });

        /// <summary>As <see cref="Rewound(string)"/>, to a mark or shot of the cutscene: <c>new DreamMap { ["mark"] = "gull" }</c>.</summary>
        public DreamAnswer<DreamPlace> Rewound(DreamMap to)
        {
            var answer = new DreamAnswer<DreamPlace>();
            return answer.Asked(Rewind(to, answer.Set));
        }

        /// <summary><c>yield return stream.Restored(bytes)</c> puts a snapshot back, and waits until the stream is there.</summary>
        public DreamAnswer<object> Restored(byte[] data)
        {
            var answer = new DreamAnswer<object>();
            return answer.Asked(Restore(data, error => answer.Set(null, error)));
        }

        /// <summary><c>yield return stream.SnapshotSaved("large.dream")</c> lets the daemon write a snapshot to a file, and waits until it is there.</summary>
        public DreamAnswer<object> SnapshotSaved(string path)
        {
            var answer = new DreamAnswer<object>();
            return answer.Asked(SaveSnapshot(path, (_, error) => answer.Set(null, error)));
        }

        /// <summary><c>yield return stream.SnapshotLoaded("large.dream")</c> puts that snapshot back, and waits until the stream is there.</summary>
        public DreamAnswer<object> SnapshotLoaded(string path)
        {
            var answer = new DreamAnswer<object>();
            return answer.Asked(LoadSnapshot(path, error => answer.Set(null, error)));
        }

        /// <summary><c>var forked = stream.Forked(); yield return forked;</c> waits for the fork; <see cref="DreamForkAnswers"/> has what it can be asked.</summary>
        public DreamAnswer<DreamFork> Forked()
        {
            var answer = new DreamAnswer<DreamFork>();
            return answer.Asked(Fork(answer.Set));
        }

        /// <summary>For a UnityEvent: keep the place before the next frame under a name.</summary>
        public void KeepPlace(string place) => Keep(place, TellIfWrong);

        /// <summary>For a UnityEvent: go back to a kept place.</summary>
        public void RewindToPlace(string place) => Back("name", place);

        /// <summary>For a UnityEvent: go back by so many seconds of stream time.</summary>
        public void RewindSeconds(float seconds) => Back("seconds", seconds);

        /// <summary>For a UnityEvent: go back to the last time that the cutscene passed this mark.</summary>
        public void RewindToMark(string mark) => Back("mark", mark);

        /// <summary>For a UnityEvent: go back to the last time that this shot began.</summary>
        public void RewindToShot(string shot) => Back("shot", shot);

        /// <summary>For a UnityEvent: record from now on.</summary>
        public void StartRecording() => Record((_, error) => TellIfWrong(error));

        /// <summary>For a UnityEvent: end the recording, and write the take to a new file, *.take.jsonl. A relative path is one in
        /// Application.persistentDataPath.</summary>
        public void SaveRecording(string path)
        {
            var take = recording;
            if (take == null)
            {
                Tell(new DreamError(ErrorCodes.BadState, "The stream is not being recorded.", "Call StartRecording first."));
                return;
            }
            var whole = Path.Combine(Application.persistentDataPath, path);
            take.Stop((_, error) => TellIfWrong(error ?? take.Save(whole)));
        }

        private void Back(string field, DreamValue place) => Rewind(new DreamMap { [field] = place }, (_, error) => TellIfWrong(error));

        private void TellIfWrong(DreamError? error)
        {
            if (error != null && error.Code != ErrorCodes.DaemonGone && error.Code != ErrorCodes.Cancelled) Tell(error);
        }

        private void OnLanded(DreamPlace place)
        {
            Landed?.Invoke(place);
            _landed.Invoke(place);
        }
    }
}
