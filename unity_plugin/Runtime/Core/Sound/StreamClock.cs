#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>
    /// Which moment of the stream is on screen, between its frames too. Frames come in ticks and late by what a step took, so the clock
    /// follows them smoothly, at the rate at which the stream really runs. Times are seconds; it knows no clock of its own.
    /// </summary>
    sealed class StreamClock
    {
        /// <summary>Seconds by which a frame may be off before the clock is set by it.</summary>
        const double MaxOff = 0.25;

        /// <summary>How long the clock takes to follow a frame, in seconds.</summary>
        const double Settling = 0.25;

        /// <summary>Seconds by which the next frame may be late before the stream counts as standing still.</summary>
        const double MaxLate = 0.05;
        const double MinRate = 0.1;
        const double MaxRate = 4;

        bool _known;
        double _at;
        double _time;
        double _seen;
        double _interval = 1.0 / 24;

        /// <summary>Seconds of the stream in a second of the wall: below 1 while frames are dropped.</summary>
        internal double Rate { get; private set; } = 1;

        /// <summary>Is there a frame to go by?</summary>
        internal bool IsKnown => _known;

        internal void Forget()
        {
            _known = false;
            Rate = 1;
        }

        /// <summary>The frame of the stream time <paramref name="time"/> is shown at the wall time <paramref name="now"/>.</summary>
        internal void Shown(double time, double now)
        {
            var passed = now - _at;
            var expected = _time + Rate * passed;
            var off = time - expected;
            if (_known && time > _seen)
                _interval += 0.25 * (Math.Min(time - _seen, 1) - _interval);
            if (!_known || passed < 0 || time < _seen || Math.Abs(off) > MaxOff)
            {
                // The first one, another place, or a long step: what was before says nothing.
                if (!_known || time < _seen)
                    Rate = 1;
                _time = time;
            }
            else if (passed > 0)
            {
                // An alpha-beta filter: it follows a stream that is slow without a lag.
                var alpha = 1 - Math.Exp(-passed / Settling);
                var beta = alpha * alpha / (2 - alpha);
                _time = expected + alpha * off;
                Rate = Math.Min(MaxRate, Math.Max(MinRate, Rate + beta * off / Math.Max(passed, 0.01)));
            }
            _known = true;
            _at = now;
            _seen = time;
        }

        /// <summary>The stream time at the wall time <paramref name="now"/>: not beyond the frame that comes next.</summary>
        internal double At(double now) => Math.Min(_time + Rate * (now - _at), _seen + _interval);

        /// <summary>Do frames stay away?</summary>
        internal bool Stands(double now) => !_known || _time + Rate * (now - _at) > _seen + _interval + MaxLate;
    }
}
