#nullable enable

using System;
using System.Diagnostics;

namespace Dreambridge
{
    /// <summary>
    /// The sound of the shot that is on screen: which file, which second of it, and how a player of sounds keeps with the picture. The game has
    /// the files; this tells what to do with them. A sound begins with its shot, and goes on while a wait or choice holds the picture.
    /// </summary>
    public sealed class CutsceneSound
    {
        /// <summary>Seconds by which sound and picture may differ before the sound jumps. The goal is 0.08.</summary>
        const double MaxDrift = 0.05;

        /// <summary>A difference that is not worth a change of pitch.</summary>
        const double SmallDrift = 0.012;
        const double NoDrift = 0.003;

        /// <summary>A semitone: more is heard.</summary>
        const double MaxBend = 0.06;

        /// <summary>What a player tells of its position is as coarse as its buffers: the difference is smoothed over so many seconds.</summary>
        const double Smoothing = 0.15;

        readonly Func<bool> _moves;
        readonly StreamClock _clock = new StreamClock();
        double _told;
        double _second;
        double _drift;
        double _asked;
        bool _fresh = true;
        bool _bends;

        internal CutsceneSound(Func<bool> moves) => _moves = moves;

        /// <summary>The sound's file by its name in the document; empty: the shot has none, or no cutscene plays.</summary>
        public string File { get; private set; } = "";

        /// <summary>Shots that began so far: the same file may begin once more.</summary>
        internal int Shots { get; set; }

        /// <summary>Does the picture move? Else a sound is to be paused.</summary>
        public bool IsMoving => IsMovingAt(Now);

        /// <summary>The second of the file that belongs to the picture on screen now. It may be behind the file's end.</summary>
        public double Position => PositionAt(Now);

        /// <summary>For the tests' control only: without it a sound that drifts is left alone.</summary>
        internal bool Corrects { get; set; } = true;

        static double Now => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

        /// <summary>
        /// Once a tick: what to do with the player. <paramref name="playing"/>: the file that it plays, empty when it is stopped or paused.
        /// <paramref name="heard"/>: its position in seconds. <paramref name="length"/>: of the file to play, seconds; 0: unknown.
        /// </summary>
        public SoundStep Follow(string playing, double heard, double length) => Follow(playing, heard, length, Now);

        internal SoundStep Follow(string playing, double heard, double length, double now)
        {
            var passed = Math.Max(0, now - _asked);
            _asked = now;
            if (File.Length == 0)
                return Over(SoundDo.Stop);
            var should = PositionAt(now);
            if (length > 0 && should >= length)
                return Over(SoundDo.Stop);
            if (!IsMovingAt(now))
                return Over(SoundDo.Hold);
            if (playing != File)
            {
                Over(SoundDo.Start);
                return new SoundStep(SoundDo.Start, should);
            }
            var drift = should - heard;
            _drift = _fresh ? drift : _drift + (drift - _drift) * (1 - Math.Exp(-passed / Smoothing));
            _fresh = false;
            if (!Corrects)
                return new SoundStep(SoundDo.Keep);
            if (Math.Abs(_drift) > MaxDrift || Math.Abs(drift) > MaxDrift + 0.005)
            {
                Over(SoundDo.Jump);
                return new SoundStep(SoundDo.Jump, should);
            }
            var slow = Math.Abs(_clock.Rate - 1) > 0.005;
            _bends = slow || Math.Abs(_drift) > (_bends ? NoDrift : SmallDrift);
            var bend = _bends ? (slow ? _clock.Rate - 1 : 0) + _drift : 0;
            return new SoundStep(SoundDo.Keep, 0, 1 + Math.Min(MaxBend, Math.Max(-MaxBend, bend)));
        }

        SoundStep Over(SoundDo what)
        {
            _fresh = true;
            _bends = false;
            return new SoundStep(what);
        }

        bool IsMovingAt(double now) => _moves() && !_clock.Stands(now);

        double PositionAt(double now) => Math.Max(0, _second + (_clock.IsKnown ? _clock.At(now) : _told) - _told);

        /// <summary>A frame is shown.</summary>
        internal void Shown(double time) => Shown(time, Now);

        internal void Shown(double time, double now) => _clock.Shown(time, now);

        /// <summary>The shot on screen has this sound, which is at its second <paramref name="second"/> at the stream time <paramref name="time"/>.</summary>
        internal void Begin(string file, double second, double time)
        {
            File = file;
            _second = second;
            _told = time;
        }

        internal void End() => File = "";

        /// <summary>The stream is another one, or at another place.</summary>
        internal void Forget() => _clock.Forget();
    }
}
