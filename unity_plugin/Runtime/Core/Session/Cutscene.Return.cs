#nullable enable

using System;

namespace Dreambridge
{
    // What the session tells its cutscene: a stream that opens, is lost and comes back, and the frames that are read.
    public sealed partial class Cutscene
    {
        /// <summary>
        /// A stream is about to be opened. Is it to be opened paused? With a cutscene that plays, or shall, nothing is shown before it is at
        /// its place.
        /// </summary>
        internal bool BeforeOpen()
        {
            if (_document != null && _loading == null && _play == null && Status != CutsceneStatus.Ended)
            {
                var at = Math.Max(0, Math.Max(_readIndex >= 0 ? _readTime : _time, _time) - _began);
                var shot = Array.Find(Shots, s => s.Name == Shot);
                _play = new PlayRequest(Shot, null, shot == null ? at : Math.Min(at, shot.Seconds), Variables.Copy(), null, ++_asked, Preroll) { Held = Array.Empty<DreamValue>() };
            }
            if (_document != null && _loading == null)
                _loading = new CutsceneLoad(_session, _document, false, null, Loaded);
            Forget();
            _loaded = false;
            Sound.End();
            _holding = _play != null;
            return _holding;
        }

        /// <summary>The stream is open, or was taken back by another process of the game.</summary>
        internal void Opened()
        {
            if (_loading != null)
                _loading.Send();
            else if (_document != null)
                Update();
        }

        /// <summary>The connection is back, and the stream is the same one: what was not answered is asked again.</summary>
        internal void Back()
        {
            if (_loading != null)
                _loading.Send();
            else if (_play != null)
                SendPlay();
            else
            {
                Unhold();
                Update();
            }
        }

        /// <summary>Does it still have to get to its place, in a session that was opened again? What a story tells it waits for that.</summary>
        internal bool IsReturning => _play?.Held != null;

        /// <summary>Is one loaded, or to be loaded?</summary>
        internal bool IsWanted => _document != null || _loading != null;

        /// <summary>Is this document the one that is loaded, or is being loaded?</summary>
        internal bool Has(CutsceneDocument document) => (_loading?.Document ?? _document) == document;

        /// <summary>Is a document of this text loaded?</summary>
        internal bool HasText(string text) => _loaded && _document?.Text == text;

        /// <summary>The document of a save, with the files that <paramref name="documentOf"/> gives for it, or else those of the one that was loaded last.</summary>
        internal CutsceneDocument DocumentWithFiles(string text, Func<string, CutsceneDocument?>? documentOf)
        {
            var from = documentOf == null ? _loading?.Document ?? _document : documentOf(text);
            return from == null ? new CutsceneDocument(text) : from.WithText(text);
        }

        /// <summary>What a save slot keeps of it; nil: none plays.</summary>
        internal DreamValue Saved() => _document == null || !_loaded || Status == CutsceneStatus.Ended ? DreamValue.Nil
            : new DreamMap { ["document"] = _document.Text, ["shot"] = Shot, ["variables"] = Variables.Copy() };

        /// <summary>The daemon has this document already: after a domain reload.</summary>
        internal void Adopt(CutsceneDocument document)
        {
            _document = document;
            CutsceneDocument.SoundsOf(document.Text, _sounds);
            _loaded = true;
        }

        /// <summary>The stream is at another place.</summary>
        internal void Landed(DreamPlace place)
        {
            if (place.Landing == DreamLanding.Restored)
            {
                // What was to be shown will not come, and nothing tells where the cutscene is.
                Forget();
                Update();
            }
            else if (place.Landing == DreamLanding.Rewound)
            {
                // The daemon tells where it is, with the index of the first frame there; events of later frames did not happen.
                for (var n = _events.Count; n > 0; n--)
                {
                    var e = _events.Dequeue();
                    if (e.FrameIndex <= place.FrameIndex)
                        _events.Enqueue(e);
                }
                Sound.Forget();
                _readIndex = Math.Min(_readIndex, place.FrameIndex - 1);
                _knownFrom = 0;
            }
        }

        /// <summary>The session has ended.</summary>
        internal void Reset()
        {
            Drop();
            Forget();
            Sound.End();
            _sounds.Clear();
            _held.Clear();
            _document = null;
            _loaded = _holding = false;
            Name = "";
            Shots = Array.Empty<CutsceneShot>();
            Warnings = Array.Empty<string>();
            Status = CutsceneStatus.Ended;
        }

        /// <summary>The play that was asked for last: what an earlier one still tells is not of it.</summary>
        internal int LatestRun => _play?.Run ?? _run;

        internal void Arrived(DreamMap map)
        {
            _events.Enqueue(new CutsceneEvent(map, _run));
            Hold(CutsceneReply.HeldIn(map));
        }

        /// <summary>The game has directed these conditions, and keeps them until they are released.</summary>
        internal void Directed(DreamMap values)
        {
            if (Status == CutsceneStatus.Ended)
                return;
            for (var i = 0; i < values.Count; i++)
                _held.Add(values.KeyAt(i));
        }

        internal void Read(in DreamFrame frame)
        {
            _readIndex = frame.Index;
            _readTime = frame.Time;
            Sound.Shown(frame.Time);
        }

        internal void Raise()
        {
            while (_events.Count > 0 && (_events.Peek().FrameIndex <= _readIndex || _events.Count > MaxPending))
            {
                var e = _events.Dequeue();
                Take(e);
                if (e.Happened == CutsceneHappening.Shot)
                    Sound.Shots++;
                Sounds(e.Happened == CutsceneHappening.Ended, e.Shot, e.Sound, e.Time);
                Happened?.Invoke(e);
            }
        }

        void Sounds(bool ended, string shot, double second, double time)
        {
            if (!ended && second >= 0 && _sounds.TryGetValue(shot, out var file))
                Sound.Begin(file, second, time);
            else
                Sound.End();
        }

        void Forget()
        {
            Sound.Forget();
            _events.Clear();
            _readIndex = -1;
            _knownFrom = 0;
        }

        void Begin(CutsceneLoad load)
        {
            _loading = load;
            if (_session.HasStream)
                load.Send();
        }

        void Loaded(CutsceneLoad load, DreamMap? map, DreamError? error)
        {
            if (load != _loading)
                return;
            // Asked again when the stream is back.
            if (error?.Code == ErrorCodes.DaemonGone && !load.Replace && _session.Running)
                return;
            _loading = null;
            if (map != null)
            {
                if (!load.Replace && load.Document != _document)
                {
                    Status = CutsceneStatus.Ended;
                    _knownFrom = long.MaxValue;
                }
                _document = load.Document;
                CutsceneDocument.SoundsOf(_document.Text, _sounds);
                _loaded = true;
                if (load.Replace)
                    Update(); // it may stand elsewhere in its shot, and no event says so
                Name = map["name"].AsText();
                var shots = map["shots"].AsMap() ?? new DreamMap();
                Shots = new CutsceneShot[shots.Count];
                for (var i = 0; i < Shots.Length; i++)
                    Shots[i] = new CutsceneShot(shots.KeyAt(i), shots.ValueAt(i).AsMap() ?? new DreamMap());
                Warnings = Array.ConvertAll(map["warnings"].AsArray() ?? Array.Empty<DreamValue>(), w => w.AsText());
            }
            else if (!load.Replace)
            {
                if (!_loaded)
                {
                    _document = null;
                    Status = CutsceneStatus.Ended;
                }
                var play = _play;
                _play = null;
                play?.Done?.Invoke(null, error);
            }
            if (load.Done != null)
                load.Done(error);
            else if (error != null && error.Code != ErrorCodes.DaemonGone)
                _session.RaiseFailed(error);
            if (_loading == null)
                SendPlay();
        }

        void SendPlay()
        {
            if (_play == null)
                Unhold();
            if (!(_play is { } play) || play.Sent || !_loaded || _loading != null)
                return;
            if (play.Held != null)
            {
                _session.EachUnanswered(Directed);
                play.Held = HeldNow();
            }
            play.Sent = Ask(Messages.CutscenePlay, play.Fields, play.Write, (reply, error) =>
            {
                play.Sent = false;
                if (reply != null)
                    _run = play.Run;
                if (play == _play)
                {
                    // Asked again when the stream is back.
                    if (error?.Code == ErrorCodes.DaemonGone && _session.Running)
                        return;
                    _play = null;
                    if (reply != null)
                        Variables.CopyFrom(play.Variables!);
                    Unhold();
                }
                Tell(play.Done, reply, error);
            });
        }

        DreamValue[] HeldNow()
        {
            var names = new DreamValue[_held.Count];
            var k = 0;
            foreach (var name in _held)
                names[k++] = name;
            return names;
        }

        /// <summary>What was opened paused for the cutscene's sake goes on.</summary>
        void Unhold()
        {
            if (!_holding || !_session.HasStream)
                return;
            if (_session.PausedByGame)
                _holding = false;
            else
            {
                _session.BeginRequest(Messages.Resume, 1);
                _session.SendRequest(new DreamSession.Reply((_, error) =>
                {
                    _holding &= error?.Code == ErrorCodes.DaemonGone;
                    if (error != null && !_holding)
                        _session.RaiseFailed(error);
                }), 0);
            }
        }

        /// <summary>Ask where it stands, by setting no variable.</summary>
        void Update()
        {
            if (_loaded)
                Ask(Messages.CutsceneSet, 1, w => Pair(w, "values", new DreamMap()), (reply, error) =>
                {
                    if (reply != null)
                        Sounds(reply.Status == CutsceneStatus.Ended, reply.Shot, reply.Sound, reply.Time);
                    if (error?.Code != ErrorCodes.BadState)
                        return;
                    _loaded = false;
                    Status = CutsceneStatus.Ended;
                });
        }

        /// <summary>What waits for a daemon was shown without one.</summary>
        internal void Abandon() => Drop();

        /// <summary>What still waits is not done: something else was asked for.</summary>
        void Drop()
        {
            var load = _loading;
            _loading = null;
            load?.Done?.Invoke(Superseded());
            DropPlay();
        }

        void DropPlay()
        {
            var play = _play;
            _play = null;
            if (play != null && !play.Sent)
                play.Done?.Invoke(null, Superseded());
        }

        static DreamError Superseded() => new DreamError(ErrorCodes.Cancelled, "Another request took the place of this one, or the stream was closed.", "Ask again.");
    }
}
