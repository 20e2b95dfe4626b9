#nullable enable

using System;
using System.Collections.Generic;
using System.Linq;

namespace Dreambridge.Tests
{
    /// <summary>
    /// The view's timer against a clockwork of its own, as in Godot: a daemon that makes a frame every 41.7 ms, a game that ticks every 16.7 ms, and
    /// pictures that are some milliseconds on their way. Tells the ages of what is painted, with the timer and without it: a picture with each frame.
    /// </summary>
    static class Captures
    {
        const double Interval = 41667, Tick = 16667, Step = 28000, Offset = 5e9;

        sealed class Seen
        {
            internal readonly List<double> Ages = new List<double>();
            internal readonly List<double> Sent = new List<double>();
            internal readonly List<double> Fresh = new List<double>();

            internal DreamMap Told() => new DreamMap { ["age_p50"] = At(0.5), ["age_p95"] = At(0.95), ["sent_least"] = Sent.Min(), ["sent_most"] = Sent.Max(), ["fresh_least"] = Fresh.Min() };

            double At(double share) => Ages.OrderBy(a => a).ElementAt((int)(share * (Ages.Count - 1)));
        }

        internal static DreamMap Run(string[] words)
        {
            var told = new DreamMap();
            foreach (var travel in new[] { 8000.0, 50000.0 })
            {
                Seen with = new Seen(), without = new Seen();
                for (var phase = 0; phase < 10; phase++)
                {
                    Play(travel, phase * Interval / 10, true, with);
                    Play(travel, phase * Interval / 10, false, without);
                }
                told["with_" + (int)(travel / 1000)] = with.Told();
                told["without_" + (int)(travel / 1000)] = without.Told();
            }
            var hitch = new Seen();
            Play(50000, 0, true, hitch, 60e6);
            told["hitch"] = hitch.Told();
            return told;
        }

        static void Play(double travel, double phase, bool use, Seen into, double hitch = 0)
        {
            var random = new Random(1);
            double Around(double low, double high) => low + random.NextDouble() * (high - low);
            var timer = new CaptureTimer();
            var flying = new Queue<(double arrives, double taken)>();
            double ring = -1, painted = -1, ready = double.PositiveInfinity, begun = phase, now = 0;
            int fresh = 0, frames = 0, sent = 0, shown = -1;
            while (frames < 240)
            {
                var until = now + Tick + Around(-1500, 1500);
                while (true)
                {
                    var next = Math.Min(double.IsPositiveInfinity(ready) ? begun : ready, flying.Count > 0 ? flying.Peek().arrives : double.PositiveInfinity);
                    if (next > until)
                        break;
                    if (flying.Count > 0 && flying.Peek().arrives <= next)
                    {
                        var (arrives, taken) = flying.Dequeue();
                        ring = taken;
                        timer.Arrived(arrives - taken);
                    }
                    else if (double.IsPositiveInfinity(ready))
                    {
                        fresh += ring != painted ? 1 : 0;
                        painted = ring;
                        ready = begun + Step;
                    }
                    else
                    {
                        ready = double.PositiveInfinity;
                        begun += Interval;
                        frames++;
                    }
                }
                now = until;
                var isNew = shown != frames;
                if (isNew)
                {
                    shown = frames;
                    if (frames > 40 && painted >= 0)
                        into.Ages.Add((now - painted) / 1000);
                    var last = begun - Interval;
                    timer.Saw((long)((last + Offset) * 1000), (long)((last + Step + Offset) * 1000), now);
                }
                if (hitch > 0 && frames == 100)
                {
                    timer.Arrived(hitch);
                    hitch = 0;
                }
                if (use ? timer.IsDue(now, Interval, isNew) : isNew)
                {
                    sent++;
                    flying.Enqueue((now + travel + Around(-1000, 1500), now));
                }
            }
            into.Sent.Add((double)sent / frames);
            into.Fresh.Add((double)fresh / frames);
        }
    }
}
