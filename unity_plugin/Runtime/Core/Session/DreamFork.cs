#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>
    /// A paused copy of a stream before its next frame, by <see cref="DreamSession.Fork"/>: direct it, let the daemon make its first second ahead, and
    /// let the stream go on as it. Each call is false when there is no stream; else its callback is called once, in a later Poll. A fork ends
    /// with its stream, also when the daemon is restarted.
    /// </summary>
    public sealed class DreamFork
    {
        const int MaxSteps = 240;
        readonly DreamSession _session;

        internal DreamFork(DreamSession session, DreamMap told)
        {
            _session = session;
            Take(told);
        }

        /// <summary>The daemon's number of the fork.</summary>
        public long Number { get; private set; }

        /// <summary>The frame before which it stands.</summary>
        public long FrameIndex { get; private set; }

        /// <summary>Steps that are made ahead, as the daemon told last.</summary>
        public int Steps { get; private set; }

        /// <summary>The shot of its cutscene; empty: none.</summary>
        public string Shot { get; private set; } = "";

        /// <summary>Change conditions, as <see cref="DreamSession.Direct(DreamMap, double, DreamEasing)"/> does, at the fork's frame. What was made ahead is made again.</summary>
        public bool Direct(DreamMap values, double over = -1, Action<DreamError?>? done = null) => Direct(values, over, false, -1, done);

        /// <summary>As <see cref="Direct(DreamMap, double, Action{DreamError?})"/>, along a curve.</summary>
        public bool Direct(DreamMap values, double over, DreamEasing easing, Action<DreamError?>? done = null) => Direct(values, over, false, -1, done, easing);

        /// <summary>Change conditions at once, and reset the model's state. A <paramref name="newSeed"/> of 0 or more replaces the old seed.</summary>
        public bool Cut(DreamMap? values = null, long newSeed = -1, Action<DreamError?>? done = null) => Direct(values ?? new DreamMap(), 0, true, newSeed, done);

        /// <summary>Take an option of the choice that is open in its cutscene.</summary>
        public bool Choose(string option, Action<DreamError?>? done = null) =>
            Ask(Messages.ForkChoose, 1, w => Pair(w, "option", option), (_, error) => done?.Invoke(error));

        /// <summary>Let the time limit of the wait or choice that is open in its cutscene run out; an error if there is none.</summary>
        public bool RunOut(Action<DreamError?>? done = null) => Ask(Messages.ForkChoose, 0, null, (_, error) => done?.Invoke(error));

        /// <summary>Tell its cutscene that something happened; the answer says whether its shot waits for it.</summary>
        public bool Signal(string name, Action<bool, DreamError?>? done = null) =>
            Ask(Messages.ForkSignal, 1, w => Pair(w, "name", name), (map, error) => done?.Invoke(map != null && map["waited"].AsBool(), error));

        /// <summary>
        /// Make its first <paramref name="seconds"/> ahead, in time that no stream needs. The answer comes when they are made, after
        /// <paramref name="timeout"/> seconds at the latest, and has the number of steps; over the game's own view there are none.
        /// </summary>
        public bool Prepare(double seconds = 1, double timeout = 10, Action<int, DreamError?>? done = null)
        {
            var info = _session.Info;
            if (info == null)
                return false;
            var fps = info.Fps > 0 ? info.Fps : 24;
            var steps = Math.Min((int)Math.Ceiling(Math.Max(seconds, 0) * fps / info.FramesPerStep - 1e-6), MaxSteps);
            return Ask(Messages.ForkPrepare, 2, w =>
            {
                Pair(w, "steps", steps);
                Pair(w, "within", timeout);
            }, (_, error) => done?.Invoke(Steps, error));
        }

        /// <summary>
        /// Let the stream go on as the fork, which ends. The picture cuts; what was made ahead is shown at the stream's rate. A direction
        /// meanwhile counts from the frame that is shown.
        /// </summary>
        public bool Adopt(Action<DreamError?>? done = null) => Adopt((_, error) => done?.Invoke(error));

        internal bool Adopt(Action<DreamPlace?, DreamError?> done) => Ask(Messages.Adopt, 0, null, (map, error) =>
            done(map == null ? null : _session.Land(DreamLanding.Adopted, map), error), takes: false);

        /// <summary>End it and free its memory.</summary>
        public bool Drop(Action<DreamError?>? done = null) => Ask(Messages.Drop, 0, null, (_, error) => done?.Invoke(error), takes: false);

        bool Direct(DreamMap values, double over, bool cut, long seed, Action<DreamError?>? done, DreamEasing easing = DreamEasing.Default)
        {
            var copy = values.Copy();
            var curve = DreamTransition.NameOf(easing);
            var fields = 2 + (over >= 0 ? 1 : 0) + (seed >= 0 ? 1 : 0) + (curve.Length > 0 ? 1 : 0);
            return Ask(Messages.ForkDirect, fields, w =>
            {
                Pair(w, "values", copy);
                Pair(w, "cut", cut);
                if (over >= 0)
                    Pair(w, "over", over);
                if (seed >= 0)
                    Pair(w, "seed", seed);
                if (curve.Length > 0)
                    Pair(w, "easing", curve);
            }, (_, error) => done?.Invoke(error));
        }

        bool Ask(string type, int fields, Action<MsgpackWriter>? write, Action<DreamMap?, DreamError?> done, bool takes = true)
        {
            if (!(_session.BeginRequest(type, fields + 2) is { } w))
                return false;
            write?.Invoke(w);
            Pair(w, "fork", Number);
            return _session.SendRequest(new DreamSession.Reply((map, error) =>
            {
                if (map != null && takes)
                    Take(map);
                done(map, error);
            }), 0);
        }

        void Take(DreamMap told)
        {
            Number = told["fork"].AsInt();
            FrameIndex = told["frame_index"].AsInt();
            Steps = (int)told["steps"].AsInt();
            Shot = told["shot"].AsText() ?? "";
        }

        static void Pair(MsgpackWriter w, string name, in DreamValue value)
        {
            w.Text(name);
            w.Value(value);
        }
    }
}
