#nullable enable

using System;
using System.Diagnostics;

namespace Dreambridge
{
    /// <summary>
    /// One stream as its game sees it: opened when there is a daemon, taken back when the connection comes back, opened again with the
    /// same seed and the last effective conditions when the daemon came back. All members are for one thread, the one that calls
    /// <see cref="Start"/> (in Unity the main thread), and never wait; every event and callback is called on it, inside
    /// <see cref="Start"/>, <see cref="Poll"/> or <see cref="Stop"/>. Once warm, a tick and a direction of numbers allocate nothing.
    /// </summary>
    public sealed partial class DreamSession : IDisposable
    {
        readonly DreamChannel _channel = new DreamChannel();
        readonly DirectionLog _log = new DirectionLog();
        readonly DreamMap _one = new DreamMap();
        readonly OpenReplies _openReplies;
        readonly DirectReplies _directReplies;
        OpenRequest _want = new OpenRequest();
        DreamMap _openValues = new DreamMap();
        long _number = -1;
        long _epoch;
        bool _opening;
        long _lookedAtRing;
        // The newest ticket before the session was opened: revisions of earlier ones are those of another session.
        int _beforeOpen;

        public DreamSession()
        {
            _openReplies = new OpenReplies(this);
            _directReplies = new DirectReplies(this);
            Cutscene = new Cutscene(this);
            _channel.Arrived += OnArrived;
            _channel.Disconnected += OnLost;
            _channel.Failed += OnFailed;
        }

        /// <summary>State and reason. In Start, Poll and Stop.</summary>
        public event Action<StreamState, string>? StateChanged;

        /// <summary>An error. The stream continues if it can. Raised in Poll.</summary>
        public event Action<DreamError>? Failed;

        /// <summary>
        /// A ring was opened: the first time, after the daemon's return, taken back, or in place of one that was superseded. The size of
        /// its frames is <see cref="Ring"/>'s. In Poll.
        /// </summary>
        public event Action<StreamInfo>? Opened;

        public StreamState State { get; private set; }

        /// <summary>The name of <see cref="State"/>. A newer daemon may have a name that is in no StreamState; it counts as Playing.</summary>
        public string StateName { get; private set; } = StreamStates.NameOf(StreamState.Closed);

        public string Reason { get; private set; } = "";

        /// <summary>
        /// Why the daemon changed the state: one of <see cref="ReasonCodes"/>, or one that a newer daemon knows. Empty: the client changed it.
        /// </summary>
        public string ReasonCode { get; private set; } = "";

        /// <summary>The daemon's answer to open; null from Start until it comes.</summary>
        public StreamInfo? Info { get; private set; }

        /// <summary>Frames a second now; 0 as fast as it goes.</summary>
        public double CurrentFps { get; private set; }

        /// <summary>The conditions that were directed and accepted. Not for writing into.</summary>
        public DreamMap Effective { get; } = new DreamMap();

        /// <summary>The cutscene that the daemon plays in this stream.</summary>
        public Cutscene Cutscene { get; }

        public RingReader Ring { get; } = new RingReader();

        /// <summary>Header of the frame that was read last.</summary>
        public ref readonly DreamFrame Frame => ref Ring.Frame;

        /// <summary>Is there a daemon that answered our hello?</summary>
        public bool Live => _channel.Live;

        public bool Running => _channel.Running;

        /// <summary>The channel, for requests that are about no stream.</summary>
        public DreamChannel Channel => _channel;

        /// <summary>
        /// Look for the daemon and open the stream; returns at once. <paramref name="conditions"/> hold from the first frame on.
        /// <paramref name="adopt"/>: what <see cref="Detach"/> gave; that stream is taken back if the daemon still has it.
        /// </summary>
        public void Start(string daemon, OpenRequest request, DreamMap? conditions = null, string? adopt = null)
        {
            Stop();
            _want = request.Copy();
            _beforeOpen = _log.Last;
            Info = null;
            if (conditions != null)
                Effective.CopyFrom(conditions);
            else
                Effective.Clear();
            var kept = SavedSession.From(adopt);
            if (kept != null && kept.Daemon == daemon && kept.Bundle == request.Bundle)
            {
                _number = kept.Session;
                _epoch = kept.Epoch;
                _want.Seed = kept.Seed;
                _want.Paused = kept.Paused;
                _want.LessFlashing = kept.LessFlashing;
                Effective.CopyFrom(kept.Effective);
            }
            else
                kept = null;
            SetState(StreamState.Searching, $"looking for the daemon {daemon}");
            _channel.Start(daemon, kept?.ClientKey ?? "", kept?.Epoch ?? 0);
        }

        /// <summary>
        /// Close the stream, in the daemon too; the header of the last frame stays. Directions that wait are refused. Call this or
        /// <see cref="Detach"/> before the domain is reloaded: a thread that is left alive keeps a .NET domain loaded.
        /// </summary>
        public void Stop() => End(true);

        /// <summary>
        /// End as <see cref="Stop"/> does, but leave the stream in the daemon for 30 s: before a domain reload. The text goes to
        /// <see cref="Start"/> afterwards; it is a secret, so keep it in memory only. Null when there is no stream to leave.
        /// </summary>
        public string? Detach()
        {
            var kept = _number < 0 || _channel.ClientKey.Length == 0 ? null : new SavedSession
            {
                Daemon = _channel.Daemon, ClientKey = _channel.ClientKey, Epoch = _epoch, Session = _number, Bundle = _want.Bundle, Seed = _want.Seed,
                Paused = _want.Paused, LessFlashing = _want.LessFlashing, Effective = Effective.Copy(),
            };
            End(kept == null);
            return kept?.ToText();
        }

        public void Dispose()
        {
            Stop();
            Ring.Dispose();
        }

        /// <summary>Once a tick: what came in, with its events and callbacks.</summary>
        public void Poll()
        {
            _channel.Poll();
            if (Ring.IsOpen && Ring.State == RingState.Superseded)
                LookAtRing();
            if (View.IsCut)
                AttachAgain();
            Cutscene.Raise();
            Recording?.Poll();
        }

        /// <summary>
        /// Raise the events of the cutscene for the frame that was read last. <see cref="Poll"/> does so too; between the two a frame that is
        /// shown in this tick may come.
        /// </summary>
        public void RaiseCutscene() => Cutscene.Raise();

        /// <summary>
        /// Send what was directed since the last <see cref="Poll"/> or Flush, now. Without it that goes out with the next Poll: a tick
        /// that directs in many places rouses the thread of the socket once.
        /// </summary>
        public void Flush() => _channel.Flush();

        /// <summary>
        /// The next frame that is due, into <paramref name="destination"/> (<see cref="RingReader.TryRead"/>). False: nothing new, and
        /// what stands there is not to be shown.
        /// </summary>
        public bool TryRead(IntPtr destination, long capacity)
        {
            if (!Ring.TryRead(destination, capacity))
                return false;
            _log.MarkShown(Ring.Frame.Revision, Stopwatch.GetTimestamp());
            Cutscene.Read(Ring.Frame);
            return true;
        }

        /// <summary>End as <see cref="Stop"/> does, but in the state Failed, for nobody will bring the daemon back.</summary>
        internal void GiveUp(string why) => End(true, StreamState.Failed, why);

        void End(bool close, StreamState state = StreamState.Closed, string why = "")
        {
            if (!_channel.Running)
                return;
            Recording?.Lost(new DreamError(ErrorCodes.Cancelled, "The stream was closed before its recording was stopped.",
                "Stop the recording, and wait for the answer, before you close the stream."));
            var number = _number;
            _number = -1;
            if (close && number >= 0 && _channel.Live)
            {
                _channel.Begin(Messages.Close, 1);
                Send(number, Ignored.Replies);
            }
            _channel.Stop(close);
            Cutscene.Reset();
            Ring.Close();
            View.Close();
            _viewWanted = _viewLeaving = false;
            _viewDone = null;
            _opening = false;
            for (var d = _log.NextIn(DirectionStage.Waiting, 0); d != null; d = _log.NextIn(DirectionStage.Waiting, d.Ticket))
                d.Stage = DirectionStage.Refused;
            SetState(state, why);
        }

        internal void OnArrived(Incoming m)
        {
            if (m.Kind == IncomingKind.Live)
                Back(m.Map()["sessions"].AsArray() ?? Array.Empty<DreamValue>());
            else if (m.IsError)
            {
                var error = m.ToError();
                Failed?.Invoke(error);
                if (m.Session >= 0 && m.Session == _number)
                    SetState(StreamState.Failed, error.Message);
            }
            else if (m.Session != _number)
                return;
            else if (m.Type == Messages.State)
                TakeState(m.Reader());
            else if (m.Type == Messages.Settled)
                Settled(m);
            else if (m.Type == Messages.Cutscene)
            {
                var map = m.Map();
                if (map["values"].AsMap() is { } left)
                    Effective.Merge(left);
                Cutscene.Arrived(map);
            }
            else if (m.Type == Messages.Ring)
            {
                // The stream goes on: this is no error of the session.
                Reopen(m.Map()["ring"].AsText());
                Failed?.Invoke(m.ToError());
            }
            else if (m.Type == Messages.ViewSilent)
                SetState(State, "no new view: the last picture stays", StateName);
            else if (m.Type == Messages.ViewBack)
                SetState(State, "the view is back", StateName);
        }

        /// <summary>The daemon says how the stream goes.</summary>
        void TakeState(MsgpackReader reader)
        {
            var (name, reason, code) = (StateName, Reason, "");
            for (var n = reader.ReadMapHead(); n > 0; n--)
            {
                reader.ReadText(out var at, out var size);
                if (reader.Same(at, size, "fps"))
                    Rate(reader.ReadNumber());
                else if (reader.Same(at, size, "state"))
                    name = reader.ReadTextOr("");
                else if (reader.Same(at, size, "reason"))
                    reason = reader.ReadTextOr("");
                else if (reader.Same(at, size, "code"))
                    code = reader.ReadTextOr("");
                else
                    reader.Skip();
            }
            SetState(StreamStates.Named(name), reason, name, code);
        }

        /// <summary>There is a daemon: with our session still in it, or without.</summary>
        void Back(DreamValue[] sessions)
        {
            StreamInfo? mine = null;
            foreach (var item in sessions)
            {
                if (!(item.AsMap() is { } map))
                    continue;
                var info = new StreamInfo(map);
                if (info.Session == _number && info.Epoch == _epoch)
                    mine = info;
                else
                {
                    // It was opened while the connection broke, and nobody knows of it.
                    _channel.Begin(Messages.Close, 1);
                    Send(info.Session, Ignored.Replies);
                }
            }
            if (mine == null)
                Open();
            else if (Ring.IsOpen)
            {
                if (mine.Ring != Ring.Path)
                    Reopen(mine.Ring); // it was lost while nobody could be told
                TakeState(mine.State, "the connection is back");
                SendWaiting();
                if (_viewLeaving)
                    SendDetach();
                else if (_viewWanted && !View.IsOpen)
                    SendAttach();
                Cutscene.Back();
            }
            else
                Take(mine);
        }

        void Open()
        {
            _number = -1;
            _opening = true;
            _beforeOpen = _log.Last;
            _viewLeaving = false;
            Recording?.Lost(new DreamError(ErrorCodes.DaemonGone, "The daemon ended while the stream was recorded.",
                "Record again; what was taken until then is in the recording's Text."));
            SetState(StreamState.Opening, "");
            // What was directed before there was a stream holds from its first frame on.
            _openValues = Effective.Copy();
            for (var d = _log.NextIn(DirectionStage.Waiting, 0); d != null; d = _log.NextIn(DirectionStage.Waiting, d.Ticket))
            {
                _openValues.Merge(d.Values);
                Cutscene.Directed(d.Values);
                if (d.Seed >= 0)
                    _want.Seed = d.Seed;
                d.Stage = DirectionStage.Opening;
            }
            var held = Cutscene.BeforeOpen();
            _want.Write(_channel.Begin(Messages.Open, _want.Fields), _openValues, held);
            if (!_channel.Send(_openReplies, 0))
                _openReplies.OnReply(null, DreamError.Gone(), 0);
        }

        void OnLost(string why)
        {
            if (_number >= 0 || State == StreamState.Opening)
                SetState(StreamState.Lost, why);
        }

        void OnFailed(DreamError error) => Failed?.Invoke(error);

        /// <summary>The stream is open in the daemon: open its ring here.</summary>
        void Take(StreamInfo info)
        {
            Info = info;
            _number = info.Session;
            _epoch = info.Epoch;
            if (!Ring.Open(info.Ring))
            {
                // It would run for nobody, and what it says of its state is not for us.
                _channel.Begin(Messages.Close, 1);
                Send(_number, Ignored.Replies);
                _number = -1;
                Failed?.Invoke(DreamError.Unreachable(info.Ring, Ring.Error));
                SetState(StreamState.Failed, Ring.Error);
                return;
            }
            Rate(info.Fps);
            TakeState(info.State, "");
            Opened?.Invoke(info);
            SendWaiting();
            if (_viewWanted && _number >= 0 && _channel.Live)
                SendAttach();
            if (_number >= 0 && _channel.Live)
                Cutscene.Opened();
        }

        void Rate(double fps) => Ring.Rate = CurrentFps = fps;

        /// <summary>Another file takes the place of a ring that was superseded. Looked for once in 100 ms.</summary>
        void LookAtRing()
        {
            var now = Stopwatch.GetTimestamp();
            if (now - _lookedAtRing < Stopwatch.Frequency / 10)
                return;
            _lookedAtRing = now;
            Reopen(Ring.Path);
        }

        void Reopen(string path)
        {
            if (!Ring.Reopen(path))
                return;
            Ring.Rate = CurrentFps;
            Opened?.Invoke(Info!);
        }

        /// <summary>A state by the daemon's name for it.</summary>
        void TakeState(string name, string reason) => SetState(StreamStates.Named(name), reason, name);

        void SetState(StreamState state, string reason, string? name = null, string code = "")
        {
            name ??= StreamStates.NameOf(state);
            if (name == StateName && reason == Reason)
                return;
            State = state;
            StateName = name;
            Reason = reason;
            ReasonCode = code;
            StateChanged?.Invoke(state, reason);
        }
    }
}
