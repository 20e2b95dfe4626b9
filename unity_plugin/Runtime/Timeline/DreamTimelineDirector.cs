#nullable enable
using System;
using UnityEngine;

namespace Dreambridge.Timelines
{
    /// <summary>
    /// Plays a list of directions on a stream, and goes to any time of it. While it plays, the stream runs by itself and gets each
    /// direction at its time; a snapshot is kept every two seconds. To go to a time, the stream is paused, the nearest snapshot before
    /// it is restored (without one: a cut to the beginning), and the rest is made step by step, with the directions on the way; meanwhile
    /// the poster is shown. Where the model's state fits into no message, everything is made from the beginning. Where the stream makes no single
    /// steps, as with a model on another machine, the last picture is held, and it plays on with what holds at the director's time.
    /// </summary>
    internal sealed class DreamTimelineDirector
    {
        private const double Jump = 0.25;
        private const int Stride = 12;
        private readonly CueList _cues;
        private readonly SceneCues _scenes;
        private readonly bool _beginWithCut;
        private readonly SnapshotCache _snapshots = new SnapshotCache(2);
        private DreamStream? _stream;
        private double _last = double.NaN;
        private bool _asking;
        private bool _paused;
        private bool _playAfter;
        private double _place = double.NaN;
        private double _target;
        private int _next;
        private bool _keepsNone;
        private bool _holds;
        private string _told = "";

        internal DreamTimelineDirector(CueList cues, SceneCues scenes, bool beginWithCut)
        {
            _cues = cues;
            _scenes = scenes;
            _beginWithCut = beginWithCut;
        }

        /// <summary>Is it on its way to a time?</summary>
        internal bool Going { get; private set; }

        /// <summary>Snapshots kept.</summary>
        internal int Kept => _snapshots.Count;

        /// <summary>The last thing that went wrong on the way; null when all is well.</summary>
        internal DreamError? Error { get; private set; }

        /// <summary>The director plays, and is at this time now.</summary>
        internal void Play(DreamStream stream, double time, double delta)
        {
            Bind(stream);
            var onward = !double.IsNaN(_last) && time >= _last && time - _last <= delta + Jump;
            if (Going || (_paused && !onward) || (!onward && !double.IsNaN(_last) && time > Jump))
            {
                // It was put elsewhere while it plays: go there first.
                _playAfter = true;
                _last = time;
                if (!Going || !onward) GoTo(time);
                return;
            }
            if (_paused) Run();
            if (!onward)
            {
                Begin(time);
            }
            else
            {
                for (var i = _cues.FirstAfter(_last); i < _cues.Count && _cues[i].Time <= time; i++) Direct(_cues[i]);
                _scenes.Pass(stream, _last, time);
            }
            _last = time;
            KeepSnapshot(time);
        }

        /// <summary>The director is put to this time.</summary>
        internal void Scrub(DreamStream stream, double time)
        {
            Bind(stream);
            _playAfter = false;
            if (time == _last && (Going || _paused)) return;
            if (!stream.isOpen) _paused = false;
            _scenes.Stop(stream);
            _last = time;
            GoTo(time);
        }

        /// <summary>The director has stopped: a stream that was paused here resumes.</summary>
        internal void Leave()
        {
            Going = false;
            if (_stream)
            {
                _stream!.HoldPoster(false);
                _scenes.Stop(_stream);
                if (_paused) _stream.Resume();
            }
            _paused = false;
            _last = _place = double.NaN;
        }

        private void Bind(DreamStream stream)
        {
            if (ReferenceEquals(_stream, stream)) return;
            Leave();
            _snapshots.Clear();
            _stream = stream;
            _keepsNone = _holds = false;
            _told = "";
        }

        private void Begin(double time)
        {
            var values = _cues.EffectiveAt(time, out var seed);
            if (_beginWithCut) _stream!.Cut(values, seed >= 0 ? seed : _stream.seed);
            else if (values.Count > 0) _stream!.Direct(values);
            _scenes.BeginAt(_stream!, time);
        }

        private void Direct(in DreamCue cue)
        {
            if (cue.Cut) _stream!.Cut(cue.Values, cue.Seed);
            else if (cue.Values.Count > 0) _stream!.Direct(cue.Values, cue.Over, cue.Easing);
        }

        private void KeepSnapshot(double time)
        {
            if (_asking || _keepsNone || _stream!.state != StreamState.Playing || !_snapshots.Wants(time)) return;
            _asking = _stream.Snapshot((data, error) =>
            {
                _asking = false;
                if (data != null) _snapshots.Put(time, data);
                else KeepsNone(error);
            });
        }

        private void Run()
        {
            _paused = false;
            _place = double.NaN;
            _stream!.Resume();
            if (_holds) Begin(_last);
            else _scenes.BeginAt(_stream, _last);
        }

        private void GoTo(double time)
        {
            _target = Math.Max(0, time);
            if (Going) return;
            Going = true;
            Error = null;
            _stream!.HoldPoster(true);
            if (!_stream.isOpen) Asked(false);
            else if (_paused) Set();
            else Asked(_stream.Pause(e => { if (!Ended(e)) { _paused = true; Set(); } }));
        }

        // From a paused stream at _place (or nowhere) towards the target.
        private void Set()
        {
            if (!Going) return;
            if (_holds)
            {
                Arrive();
                return;
            }
            var have = _snapshots.Nearest(_target, out var at, out var data);
            var onTheWay = !double.IsNaN(_place) && _place <= _target + Frame / 2;
            if (onTheWay && (!have || at <= _place + Frame))
            {
                Go();
            }
            else if (have)
            {
                Asked(_stream!.Restore(data, e => { if (!Ended(e)) { Place(at); Go(); } }));
            }
            else
            {
                var values = _cues.EffectiveAt(0, out var seed);
                _stream!.Cut(values, seed >= 0 ? seed : _stream.seed);
                Place(0);
                Go();
            }
        }

        private void Place(double at)
        {
            _place = at;
            _next = _cues.FirstAfter(at);
        }

        private double Frame
        {
            get
            {
                var fps = _stream!.info!.Fps;
                return 1 / (fps > 0 ? fps : 24);
            }
        }

        private void Go()
        {
            if (!Going) return;
            if (_target < _place - Frame / 2)
            {
                Set();
                return;
            }
            var step = Frame * _stream!.info!.FramesPerStep;
            var cueFirst = _next < _cues.Count && _cues[_next].Time <= _target;
            var steps = (int)Math.Round(((cueFirst ? _cues[_next].Time : _target) - _place) / step);
            if (steps > 0)
            {
                steps = Math.Min(steps, Stride);
                Asked(_stream.Step(steps, e => { if (!Holds(e) && !Ended(e)) { _place += steps * step; Stepped(); } }));
            }
            else if (cueFirst)
            {
                Direct(_cues[_next++]);
                Go();
            }
            else
            {
                Arrive();
            }
        }

        private void Stepped()
        {
            // Before the snapshot, as it stands for all that was directed up to its time.
            while (_next < _cues.Count && _cues[_next].Time <= _place) Direct(_cues[_next++]);
            if (_keepsNone || !_snapshots.Wants(_place))
            {
                Go();
                return;
            }
            var at = _place;
            Asked(_stream!.Snapshot((data, error) =>
            {
                if (data != null) _snapshots.Put(at, data);
                if (KeepsNone(error) || !Ended(error)) Go();
            }));
        }

        // Nobody was there to be asked: no answer will come.
        private void Asked(bool asked)
        {
            if (!asked) Ended(new DreamError(ErrorCodes.BadState, "The stream is not open.", "Open it, or wait until it is open, and scrub again."));
        }

        private void Arrive()
        {
            Going = false;
            _stream!.HoldPoster(false);
            if (_playAfter) Run();
            _playAfter = false;
        }

        // Its state fits into no message, or is on another machine.
        private bool KeepsNone(DreamError? error)
        {
            if (error == null || (error.Code != ErrorCodes.TooLarge && error.Code != ErrorCodes.NotSupported)) return false;
            _keepsNone = true;
            if (error.Code == ErrorCodes.TooLarge)
                Tell(new DreamError(error.Code, "The Timeline keeps no snapshots of the bundle " + _stream!.info?.Bundle + ": " + error.Message, "Scrubbing works, but takes longer: each time is made step by step from the beginning of the Timeline."));
            return true;
        }

        // Such a stream makes no single steps.
        private bool Holds(DreamError? error)
        {
            if (error?.Code != ErrorCodes.NotSupported) return false;
            _holds = _keepsNone = true;
            Tell(new DreamError(error.Code, "The Timeline cannot be scrubbed with the bundle " + _stream!.info?.Bundle + ": " + error.Message, "The last picture stays while you scrub. Play the Timeline to see it."));
            Arrive();
            return true;
        }

        private void Tell(DreamError error)
        {
            if (_told == error.Message) return;
            _told = error.Message;
            Debug.LogWarning("Dreambridge [" + error.Code + "]: " + error.Message + " " + error.Hint, _stream);
        }

        private bool Ended(DreamError? error)
        {
            if (error == null) return false;
            Error = error;
            Tell(error);
            Going = _paused = false;
            _place = double.NaN;
            _stream!.HoldPoster(false);
            return true;
        }
    }
}
