#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>
    /// When to take the view's next picture: at the last tick from which it still reaches the daemon before a step begins, so that what is painted
    /// is as young as can be. One picture for each step. Steps begin at even distances from one whose begin the latest frame states, by the daemon's
    /// clock; the frame that was seen soonest after it was published says how the two clocks lie. Times in microseconds.
    /// </summary>
    sealed class CaptureTimer
    {
        const int Kept = 64;
        const double Slack = 2000, Soft = 0.1;
        // One that took longer says nothing of the next: the game stood still.
        const double MaxTravel = 1e6;

        readonly Queue<double> _differences = new Queue<double>();
        double _begun = -1, _travel, _deviation, _tick = 16667, _before = -1, _last = double.NegativeInfinity, _served = double.NegativeInfinity;

        /// <summary>A new frame, whose step began at <paramref name="begunNs"/> and which was published at <paramref name="publishedNs"/>, is seen now.</summary>
        internal void Saw(long begunNs, long publishedNs, double now)
        {
            _differences.Enqueue(now - publishedNs / 1000.0);
            if (_differences.Count > Kept)
                _differences.Dequeue();
            var least = double.PositiveInfinity;
            foreach (var difference in _differences)
                least = Math.Min(least, difference);
            _begun = begunNs / 1000.0 + least;
        }

        /// <summary>A picture was so long on its way from its tick into the ring.</summary>
        internal void Arrived(double travel)
        {
            travel = Math.Min(travel, MaxTravel);
            if (_travel <= 0)
                _travel = travel;
            _deviation += Soft * (Math.Abs(travel - _travel) - _deviation);
            _travel += Soft * (travel - _travel);
        }

        /// <summary>
        /// Once a tick: is it time for a picture, when a step is made every <paramref name="interval"/> (0: as fast as it goes) and
        /// <paramref name="isNew"/> says that a frame came since the last one?
        /// </summary>
        internal bool IsDue(double now, double interval, bool isNew)
        {
            if (_before >= 0)
                _tick += Soft * (Math.Min(Math.Max(now - _before, 1000), 100000) - _tick);
            _before = now;
            var due = isNew;
            if (interval > 0 && _begun < 0)
                due = now - _last >= interval;
            else if (interval > 0)
            {
                var ready = now + _travel + 2 * _deviation + Slack;
                var step = _begun + Math.Ceiling((ready - _begun) / interval) * interval;
                // Half an interval apart is the same step, whose begin is told a little otherwise by each frame.
                due = step > _served + interval / 2 && ready + _tick > step;
                if (due)
                    _served = step;
            }
            if (due)
                _last = now;
            return due;
        }
    }
}
