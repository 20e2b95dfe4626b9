#nullable enable

using System.Diagnostics;

namespace Dreambridge
{
    public sealed partial class DreamSession
    {
        /// <summary>
        /// Change conditions, moving over <paramref name="over"/> seconds (below 0: each condition's own). A value of nil unsets its
        /// condition. The values are copied. Before the stream is open they hold from its first frame on; while the daemon is gone
        /// they wait, but for events, which are of their moment. Gives a ticket for <see cref="IsShown"/>; a refusal comes by <see cref="Failed"/>.
        /// </summary>
        public int Direct(DreamMap values, double over = -1, DreamEasing easing = DreamEasing.Default) => Add(values, over, easing, false, -1);

        /// <summary>As <see cref="Direct(DreamMap, double, DreamEasing)"/>, for one condition.</summary>
        public int Direct(string condition, in DreamValue value, double over = -1, DreamEasing easing = DreamEasing.Default)
        {
            _one.Clear();
            _one.Add(condition, value);
            return Add(_one, over, easing, false, -1);
        }

        /// <summary>Change conditions at once, and reset the model's state. A <paramref name="newSeed"/> of 0 or more replaces the old seed.</summary>
        public int Cut(DreamMap? values = null, long newSeed = -1)
        {
            _one.Clear();
            return Add(values ?? _one, 0, DreamEasing.Default, true, newSeed);
        }

        /// <summary>Was a frame read that was made with that direction (or a later one)?</summary>
        public bool IsShown(int ticket) => _log.Find(ticket) is { } d && d.ShownAt != 0;

        /// <summary>
        /// On a slow machine frames are dropped. True: transitions end on time by the clock. False: they take as many frames as on a
        /// fast machine, and so longer.
        /// </summary>
        public bool RealTime { get; set; } = true;

        /// <summary>Have the transitions of that direction ended in the frame that was read? Also when it was replaced.</summary>
        public bool IsSettled(int ticket) =>
            _log.Find(ticket) is { } d && d.ShownAt != 0 && (d.EndFrame < 0 || Ring.IsOpen && Ring.Frame.Index >= d.EndFrame);

        /// <summary>Was something else given to one of its conditions before its transitions had ended?</summary>
        public bool IsReplaced(int ticket) => !(_log.Find(ticket) is { } d) || d.Replaced;

        /// <summary>Did the daemon refuse it, or is it forgotten (512 others came after it)?</summary>
        public bool IsRefused(int ticket) => !(_log.Find(ticket) is { } d) || d.Stage == DirectionStage.Refused;

        /// <summary>Has the daemon accepted or refused it, or is it forgotten?</summary>
        internal bool IsAnswered(int ticket) => !(_log.Find(ticket) is { } d) || d.Stage == DirectionStage.Accepted || d.Stage == DirectionStage.Refused;

        /// <summary>Why the daemon refused it; null: it did not.</summary>
        internal DreamError? ErrorOf(int ticket) => _log.Find(ticket)?.Error;

        /// <summary>The daemon's revision of it; -1 when it is not known yet, or refused.</summary>
        public long RevisionOf(int ticket) => _log.Find(ticket)?.Revision ?? -1;

        /// <summary>Milliseconds from the direction to the read of its first frame; -1 before.</summary>
        public double LatencyMs(int ticket) =>
            _log.Find(ticket) is { } d && d.ShownAt != 0 ? (d.ShownAt - d.SentAt) * 1000.0 / Stopwatch.Frequency : -1;

        int Add(DreamMap values, double over, DreamEasing easing, bool cut, long seed)
        {
            _channel.CheckThread();
            var d = _log.Add();
            d.Values.CopyFrom(values);
            d.Over = over;
            d.Easing = easing;
            d.Cut = cut;
            d.Seed = seed;
            d.SentAt = Stopwatch.GetTimestamp();
            if (_number >= 0 && _channel.Live && !_opening)
                SendDirection(d);
            else
                Keep(d);
            return d.Ticket;
        }

        /// <summary>Until somebody is there. Events are of their moment: a stroke of lightning does not come late.</summary>
        void Keep(Direction d)
        {
            var had = d.Values.Count;
            WithoutEvents(d.Values);
            d.Stage = had > 0 && d.Values.Count == 0 && !d.Cut ? DirectionStage.Refused : DirectionStage.Waiting;
        }

        /// <summary>Take those of events out. Before the schema is known, all stay.</summary>
        void WithoutEvents(DreamMap values)
        {
            for (var i = values.Count - 1; i >= 0; i--)
            {
                if (Info != null && Info.Conditions.IsMomentary(values.KeyAt(i)))
                    values.Remove(values.KeyAt(i));
            }
        }

        /// <summary>The values of each direction that was sent, and that the daemon has not answered yet.</summary>
        internal void EachUnanswered(System.Action<DreamMap> told)
        {
            for (var d = _log.NextIn(DirectionStage.Sent, 0); d != null; d = _log.NextIn(DirectionStage.Sent, d.Ticket))
                told(d.Values);
        }

        void SendWaiting()
        {
            for (var d = _log.NextIn(DirectionStage.Waiting, 0); d != null; d = _log.NextIn(DirectionStage.Waiting, d.Ticket))
                SendDirection(d);
        }

        void SendDirection(Direction d)
        {
            var easing = DreamTransition.NameOf(d.Easing);
            var fields = 2 + (d.Cut ? d.Seed >= 0 ? 1 : 0 : (d.Over >= 0 ? 1 : 0) + (easing.Length > 0 ? 1 : 0) + (RealTime ? 1 : 0));
            var w = _channel.Begin(d.Cut ? Messages.Cut : Messages.Direct, fields);
            w.Text("values");
            w.Map(d.Values);
            if (d.Cut && d.Seed >= 0)
            {
                w.Text("seed");
                w.Int(d.Seed);
            }
            if (!d.Cut && d.Over >= 0)
            {
                w.Text("over");
                w.Float(d.Over);
            }
            if (!d.Cut && easing.Length > 0)
            {
                w.Text("easing");
                w.Text(easing);
            }
            if (!d.Cut && RealTime)
            {
                w.Text("real_time");
                w.Bool(true);
            }
            w.Text("session");
            w.Int(_number);
            d.Stage = DirectionStage.Sent;
            if (!_channel.Send(_directReplies, d.Ticket, later: true))
                Keep(d);
        }

        void Directed(int ticket, Incoming? reply, DreamError? error)
        {
            var d = _log.Find(ticket);
            if (reply != null && reply.IsError)
                error = reply.ToError();
            if (error != null)
            {
                // What was sent and not answered may be lost: it goes again.
                if (d != null && error.Code == ErrorCodes.DaemonGone && _channel.Running)
                    Keep(d);
                else if (d != null)
                {
                    d.Stage = DirectionStage.Refused;
                    d.Error = error;
                }
                if (error.Code != ErrorCodes.DaemonGone)
                    Failed?.Invoke(error);
                return;
            }
            if (d == null)
                return;
            d.Stage = DirectionStage.Accepted;
            d.Revision = reply!.Int("revision");
            d.EndFrame = reply.Number("over") > 0 ? Direction.Unknown : -1;
            if (d.Seed >= 0)
                _want.Seed = Info!.Seed = d.Seed;
            Cutscene.Directed(d.Values);
            WithoutEvents(d.Values);
            Effective.Merge(d.Values);
            // The frame may have come before the reply.
            if (Ring.IsOpen)
                _log.MarkShown(Ring.Frame.Revision, Stopwatch.GetTimestamp());
        }

        /// <summary>The daemon says which transitions have ended.</summary>
        void Settled(Incoming m)
        {
            var frame = m.Int("frame_index");
            var reader = m.Reader();
            for (var n = reader.ReadMapHead(); n > 0; n--)
            {
                reader.ReadText(out var at, out var size);
                var replaced = reader.Same(at, size, "replaced");
                if (!replaced && !reader.Same(at, size, "reached"))
                {
                    reader.Skip();
                    continue;
                }
                for (var k = reader.ReadItems(); k > 0; k--)
                    _log.Settle(reader.ReadInt(), frame, replaced);
            }
        }

        void OpenAnswered(Incoming? reply, DreamError? error)
        {
            _opening = false;
            if (reply != null && reply.IsError)
                error = reply.ToError();
            var info = error == null ? new StreamInfo(reply!.Map()) : null;
            var gone = error?.Code == ErrorCodes.DaemonGone;
            for (var d = _log.NextIn(DirectionStage.Opening, 0); d != null; d = _log.NextIn(DirectionStage.Opening, d.Ticket))
            {
                d.Stage = info != null ? DirectionStage.Accepted : gone && _channel.Running ? DirectionStage.Waiting : DirectionStage.Refused;
                d.Revision = info?.Revision ?? -1;
            }
            if (info != null)
            {
                _log.SettleAll();
                // What another daemon took and never showed is among the values too, which all hold from the first frame on.
                for (var d = _log.NextIn(DirectionStage.Accepted, 0); d != null; d = _log.NextIn(DirectionStage.Accepted, d.Ticket))
                    d.Revision = d.ShownAt == 0 ? info.Revision : d.Revision;
                Info = info;
                WithoutEvents(_openValues);
                Effective.CopyFrom(_openValues);
                Take(info);
            }
            else if (!gone)
            {
                Failed?.Invoke(error!);
                SetState(StreamState.Failed, error!.Message);
            }
        }

        sealed class OpenReplies : IReplies
        {
            readonly DreamSession _session;

            internal OpenReplies(DreamSession session) => _session = session;

            public void OnReply(Incoming? reply, DreamError? error, int tag) => _session.OpenAnswered(reply, error);
        }

        sealed class DirectReplies : IReplies
        {
            readonly DreamSession _session;

            internal DirectReplies(DreamSession session) => _session = session;

            public void OnReply(Incoming? reply, DreamError? error, int tag) => _session.Directed(tag, reply, error);
        }

        sealed class Ignored : IReplies
        {
            internal static readonly Ignored Replies = new Ignored();

            public void OnReply(Incoming? reply, DreamError? error, int tag)
            {
            }
        }
    }
}
