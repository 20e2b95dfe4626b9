#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>
    /// The cutscene of a stream (protocol/CUTSCENE.md): the daemon plays it, this directs it and tells what is shown. After the daemon's
    /// return it goes on at the place of the last frame that was read. For the session's thread; callbacks and events come in
    /// <see cref="DreamSession.Poll"/> or <see cref="DreamSession.RaiseCutscene"/>. A request is false when there is no stream, or no
    /// cutscene to ask about; else its callback is called exactly once.
    /// </summary>
    public sealed partial class Cutscene
    {
        /// <summary>Events that may wait for their frames. Of more, the oldest is raised before its frame.</summary>
        public const int MaxPending = 1000;

        readonly DreamSession _session;
        readonly Queue<CutsceneEvent> _events = new Queue<CutsceneEvent>(64);
        CutsceneDocument? _document;
        CutsceneLoad? _loading;
        PlayRequest? _play;
        int _asked;
        int _run;
        bool _loaded;
        bool _holding;
        double _time;
        double _began;
        // Events of earlier frames say nothing new about the state: a reply did.
        long _knownFrom;
        long _readIndex = -1;
        double _readTime;

        readonly Dictionary<string, string> _sounds = new Dictionary<string, string>();
        // Conditions that the game has directed, and not released: they stay so when the daemon is back.
        readonly HashSet<string> _held = new HashSet<string>();

        internal Cutscene(DreamSession session)
        {
            _session = session;
            Sound = new CutsceneSound(() => session.State == StreamState.Playing || session.State == StreamState.Slowed);
        }

        /// <summary>Something happened, and the frame for which it holds was read. A game acts on it.</summary>
        public event Action<CutsceneEvent>? Happened;

        /// <summary>The document's name; empty before it is loaded.</summary>
        public string Name { get; private set; } = "";

        public CutsceneShot[] Shots { get; private set; } = Array.Empty<CutsceneShot>();

        /// <summary>What may be wrong in the document, each with line and column.</summary>
        public string[] Warnings { get; private set; } = Array.Empty<string>();

        /// <summary>Does the daemon have the document?</summary>
        public bool IsLoaded => _loaded;

        /// <summary>Where it stands by the last reply, or by the last event that was raised.</summary>
        public CutsceneStatus Status { get; private set; }

        /// <summary>The shot that runs, or that ran last.</summary>
        public string Shot { get; private set; } = "";

        /// <summary>Variable to value. Not for writing into.</summary>
        public DreamMap Variables { get; } = new DreamMap();

        /// <summary>What should be heard: the sound of the shot on screen, and how to keep with the picture.</summary>
        public CutsceneSound Sound { get; }

        /// <summary>
        /// Load a document in place of any other, which is stopped; on an error it plays on. Before the stream is open it waits for it. <paramref name="done"/> gets
        /// null, or the error: bad_cutscene names every problem.
        /// </summary>
        public void Load(CutsceneDocument document, Action<DreamError?>? done = null)
        {
            Drop();
            Begin(new CutsceneLoad(_session, document, false, done, Loaded));
        }

        /// <summary>Put another version of the document in its place: it goes on in the same shot. On an error the old version plays on.</summary>
        public bool Replace(CutsceneDocument document, Action<DreamError?>? done = null)
        {
            if (!_loaded || _loading != null || !_session.HasStream)
                return false;
            Begin(new CutsceneLoad(_session, document, true, done, Loaded));
            return true;
        }

        /// <summary>
        /// Seconds (0 to 10) that the daemon makes ahead of each way out of a wait or choice, in time that no stream needs. What is taken is then
        /// shown with the next frame, and begins with a cut. Holds from the next <see cref="Play"/> on.
        /// </summary>
        public double Preroll { get; set; }

        /// <summary>
        /// Play what was loaded, or is being loaded: from the beginning, or from <paramref name="shot"/>, its <paramref name="mark"/> or its
        /// second <paramref name="at"/>. <paramref name="variables"/> differ from the document's defaults.
        /// </summary>
        public bool Play(string? shot = null, string? mark = null, double at = 0, DreamMap? variables = null, Action<CutsceneReply?, DreamError?>? done = null)
        {
            if (_document == null && _loading == null)
                return false;
            DropPlay();
            _play = new PlayRequest(shot, mark, at, variables?.Copy() ?? new DreamMap(), done, ++_asked, Preroll);
            if (!_loaded && _loading == null)
                Begin(new CutsceneLoad(_session, _document!, false, null, Loaded));
            else
                SendPlay();
            return true;
        }

        /// <summary>Go to another place. Variables stay, except those that the shot there sets.</summary>
        public bool Seek(string? shot = null, string? mark = null, double at = 0, Action<CutsceneReply?, DreamError?>? done = null)
        {
            var place = new PlayRequest(shot, mark, at, null, done, 0);
            return Ask(Messages.CutsceneSeek, place.Fields, place.Write, done);
        }

        /// <summary>Tell that something happened in the game. The reply's <see cref="CutsceneReply.Waited"/> says whether the shot waits for it.</summary>
        public bool Signal(string name, Action<CutsceneReply?, DreamError?>? done = null) => Signal(name, null, done);

        /// <summary>Take an option of the open choice, by its id.</summary>
        public bool Choose(string option, Action<CutsceneReply?, DreamError?>? done = null) => Choose(option, null, done);

        /// <summary>As the other, for one that was not answered: it is meant for <paramref name="againIn"/>, and in another shot nothing happens.</summary>
        internal bool Signal(string name, string? againIn, Action<CutsceneReply?, DreamError?>? done) => Ask(Messages.CutsceneSignal, "name", name, againIn, done);

        internal bool Choose(string option, string? againIn, Action<CutsceneReply?, DreamError?>? done) => Ask(Messages.CutsceneChoose, "option", option, againIn, done);

        /// <summary>Set variables, all or none.</summary>
        public bool Set(DreamMap values, Action<CutsceneReply?, DreamError?>? done = null)
        {
            var copy = values.Copy();
            return Ask(Messages.CutsceneSet, 1, w => Pair(w, "values", copy), (reply, error) =>
            {
                if (reply != null)
                    Variables.Merge(copy);
                Tell(done, reply, error);
            });
        }

        /// <summary>Go to the next choice or to the end.</summary>
        public bool Skip(Action<CutsceneReply?, DreamError?>? done = null) => Ask(Messages.CutsceneSkip, 0, null, done);

        /// <summary>End it; the conditions stay as they are.</summary>
        public bool Stop(Action<CutsceneReply?, DreamError?>? done = null)
        {
            DropPlay();
            Unhold();
            return Ask(Messages.CutsceneStop, 0, null, done);
        }

        /// <summary>
        /// Give conditions that the game directed by hand back to the lanes, moving over <paramref name="over"/> seconds; null: all of them.
        /// </summary>
        public bool Release(string[]? conditions = null, double over = 0.5, Action<CutsceneReply?, DreamError?>? done = null) =>
            Ask(Messages.CutsceneRelease, conditions == null ? 1 : 2, w =>
            {
                if (conditions != null)
                    Pair(w, "conditions", Array.ConvertAll(conditions, c => (DreamValue)c));
                Pair(w, "over", over);
            }, done);

        bool Ask(string type, string field, string value, string? shot, Action<CutsceneReply?, DreamError?>? done) => Ask(type, shot == null ? 1 : 2, w =>
        {
            Pair(w, field, value);
            if (shot != null)
                Pair(w, "shot", shot);
        }, done);

        bool Ask(string type, int fields, Action<MsgpackWriter>? write, Action<CutsceneReply?, DreamError?>? done)
        {
            if ((_document == null && _loading == null) || !(_session.BeginRequest(type, fields + 1) is { } w))
                return false;
            write?.Invoke(w);
            return _session.SendRequest(new DreamSession.Reply((map, error) =>
            {
                var reply = map == null ? null : new CutsceneReply(map);
                if (reply != null)
                    Take(reply);
                Tell(done, reply, error);
            }), 0);
        }

        /// <summary>An error that nobody takes is one of the stream's.</summary>
        void Tell(Action<CutsceneReply?, DreamError?>? done, CutsceneReply? reply, DreamError? error)
        {
            if (done != null)
                done(reply, error);
            else if (error != null && error.Code != ErrorCodes.DaemonGone)
                _session.RaiseFailed(error);
        }

        static void Pair(MsgpackWriter w, string name, in DreamValue value)
        {
            w.Text(name);
            w.Value(value);
        }

        void Take(CutsceneReply reply)
        {
            Status = reply.Status;
            Shot = reply.Shot;
            _time = reply.Time;
            _began = reply.Time - reply.At;
            _knownFrom = reply.FrameIndex;
            Hold(reply.Held);
        }

        void Hold(string[] conditions)
        {
            _held.Clear();
            _held.UnionWith(conditions);
        }

        void Take(CutsceneEvent e)
        {
            if (e.FrameIndex < _knownFrom)
                return;
            Status = e.Happened == CutsceneHappening.Ended ? CutsceneStatus.Ended : e.Happened == CutsceneHappening.Waiting ? CutsceneStatus.Waiting
                : e.Happened == CutsceneHappening.Choice ? CutsceneStatus.Choosing : CutsceneStatus.Playing;
            Shot = e.Shot;
            _time = e.Time;
            _began = e.Time - e.At;
            Variables.CopyFrom(e.Variables);
        }

        /// <summary>A place to begin at, and who asked for it.</summary>
        sealed class PlayRequest
        {
            readonly string? _shot;
            readonly string? _mark;
            readonly double _at;
            readonly double _preroll;

            internal PlayRequest(string? shot, string? mark, double at, DreamMap? variables, Action<CutsceneReply?, DreamError?>? done, int run, double preroll = 0)
            {
                _preroll = preroll;
                Run = run;
                _shot = shot;
                _mark = mark;
                _at = at;
                Variables = variables;
                Done = done;
            }

            internal int Run { get; }

            internal DreamMap? Variables { get; }

            internal Action<CutsceneReply?, DreamError?>? Done { get; }

            internal bool Sent { get; set; }

            /// <summary>It plays on, and these conditions stay with the game; null: it begins.</summary>
            internal DreamValue[]? Held { get; set; }

            internal int Fields => 1 + (Held == null ? 0 : 1) + (_shot == null ? 0 : 1) + (_mark == null ? 0 : 1) + (Variables == null ? 0 : 1) + (_preroll > 0 ? 1 : 0);

            internal void Write(MsgpackWriter w)
            {
                if (_shot != null)
                    Pair(w, "shot", _shot);
                if (_mark != null)
                    Pair(w, "mark", _mark);
                Pair(w, "at", _at);
                if (Variables != null)
                    Pair(w, "variables", Variables);
                if (_preroll > 0)
                    Pair(w, "preroll", _preroll);
                if (Held != null)
                    Pair(w, "held", Held);
            }
        }
    }
}
