#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using UnityEngine;

namespace Dreambridge
{
    public sealed partial class DreamStream
    {
        /// <summary>Change conditions, moving over so many seconds (below 0: each condition's own). A nil value unsets its condition.
        /// Before the stream is open the values hold from its first frame on. The ticket is for <see cref="IsShown"/>.</summary>
        public int Direct(DreamMap values, double over = -1, DreamEasing easing = DreamEasing.Default) => _session.Direct(values, over, easing);

        /// <summary>Change one condition: <c>stream.Direct("weather", "storm", 2)</c>. Allocates nothing for numbers.</summary>
        public int Direct(string condition, DreamValue value, double over = -1, DreamEasing easing = DreamEasing.Default) =>
            _session.Direct(condition, value, over, easing);

        /// <summary>Change conditions at once, and reset the model's state. A seed of 0 or more replaces the old seed.</summary>
        public int Cut(DreamMap? values = null, long newSeed = -1) => _session.Cut(values, newSeed);

        /// <summary>Is a frame made with that direction, or a later one, in <see cref="texture"/>?</summary>
        public bool IsShown(int ticket) => _session.IsShown(ticket);

        /// <summary>Have the transitions of that direction ended in <see cref="texture"/>? Also when it was replaced.</summary>
        public bool IsSettled(int ticket) => _session.IsSettled(ticket);

        /// <summary>Was something else given to one of its conditions before its transitions had ended?</summary>
        public bool IsReplaced(int ticket) => _session.IsReplaced(ticket);

        /// <summary>Did the daemon refuse that direction? <see cref="Failed"/> said why.</summary>
        public bool IsRefused(int ticket) => _session.IsRefused(ticket);

        /// <summary>Milliseconds from that direction to the tick that shows its first frame; below 0: not yet.</summary>
        public double LatencyMs(int ticket) => _session.LatencyMs(ticket);

        /// <summary><c>yield return stream.Shown(ticket)</c> waits in a coroutine until the picture obeys, the daemon refused, the stream
        /// was closed, or so many seconds have gone by.</summary>
        public DreamShown Shown(int ticket, float timeout = 10) => new DreamShown(this, ticket, timeout);

        /// <summary><c>yield return stream.Settled(ticket)</c> waits in a coroutine until the transitions of that direction have ended, the
        /// daemon refused, the stream was closed, or so many seconds have gone by.</summary>
        public DreamSettled Settled(int ticket, float timeout = 60) => new DreamSettled(this, ticket, timeout);

        /// <summary>True: on a slow machine transitions end on time by the clock. False: they take as many frames as on a fast one.</summary>
        public bool realTime { get => _session.RealTime; set => _session.RealTime = value; }

        /// <summary>Stop making frames. False when no stream is open; <paramref name="done"/> gets the error, or null.</summary>
        public bool Pause(Action<DreamError?>? done = null) => _session.Pause(done);

        /// <summary>Go on after <see cref="Pause"/>. False when no stream is open.</summary>
        public bool Resume(Action<DreamError?>? done = null) => _session.Resume(done);

        /// <summary>Make exactly so many steps (1 to 1000) of a paused stream. False when no stream is open.</summary>
        public bool Step(int count = 1, Action<DreamError?>? done = null) => _session.Step(count, done);

        /// <summary>The whole state of the stream as bytes, for a save game. False when no stream is open; else <paramref name="done"/> is called once.</summary>
        public bool Snapshot(Action<byte[]?, DreamError?> done) => _session.Snapshot(done);

        /// <summary>Put a snapshot of the same bundle back. False when no stream is open.</summary>
        public bool Restore(byte[] data, Action<DreamError?>? done = null) => _session.Restore(data, done);

        /// <summary>Let the daemon write a snapshot of any size to a file, over an earlier one: for models whose state fits into no message.
        /// <paramref name="done"/> gets its bytes. A relative path is one in Application.persistentDataPath. False when no stream is open.</summary>
        public bool SaveSnapshot(string path, Action<long, DreamError?> done) => _session.SaveSnapshot(Path.Combine(Application.persistentDataPath, path), done);

        /// <summary>Put a snapshot back that <see cref="SaveSnapshot"/> wrote. False when no stream is open.</summary>
        public bool LoadSnapshot(string path, Action<DreamError?>? done = null) => _session.LoadSnapshot(Path.Combine(Application.persistentDataPath, path), done);

        /// <summary>The stream as one text for the game's own save: its state, its conditions and the cutscene that plays. False when no stream is open.</summary>
        public bool SaveSlot(Action<string?, DreamError?> done) => _session.SaveSlot(done);

        /// <summary>
        /// Go back to what <see cref="SaveSlot"/> gave, also after a restart of game and daemon. False when no stream is open. A save does not hold the
        /// files of its cutscene: <paramref name="cutscenes"/> are those of the game, and the one with the same text or name gives them. Without them
        /// it is the one of this stream.
        /// </summary>
        public bool RestoreSlot(string slot, Action<SlotLoaded?, DreamError?> done, IEnumerable<DreamCutscene>? cutscenes = null) =>
            _session.RestoreSlot(slot, done, text => DocumentOf(text, cutscenes));

        /// <summary>The daemon's figures of this stream. False when no stream is open.</summary>
        public bool Stats(Action<DreamStats?, DreamError?> done) => _session.Stats(done);

        /// <summary>For <see cref="DreamView"/>: a ring for the game's own picture, kept attached until <see cref="DetachView"/>.</summary>
        // A sender's turn may come after the stream's own in this frame.
        internal void Flush() => _session.Flush();

        /// <summary>For <see cref="DreamDirector"/>.</summary>
        internal DreamSession Session => _session;

        internal void AttachView(string[] layers, Action<DreamError?> done) => _session.AttachView(layers, done);

        internal void DetachView() => _session.DetachView();

        /// <summary>The view's ring; not open when none is attached.</summary>
        // Frames a second now; 0: as fast as it can.
        internal double CurrentFps => _session.CurrentFps;

        internal ViewWriter View => _session.View;
    }
}
