#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Ten minutes of a stream and of a sound player, by a clock that is turned by hand: how far the sound was from the picture at most. The
    /// player's own clock runs fast, it tells its position in whole buffers, and frames come in ticks and late.
    /// </summary>
    static class Sounds
    {
        const double Seconds = 600;
        const double Tick = 1.0 / 60;
        const double Buffer = 1024.0 / 48000;

        internal static DreamMap Run(string[] words)
        {
            var said = new DreamMap();
            foreach (var corrects in new[] { true, false })
            {
                string Name(string name) => corrects ? name : "left alone: " + name;
                said[Name("steady")] = Play(corrects, (_, __) => (1.0 / 24, 1.0 / 24), 1.0005);
                said[Name("slowed")] = Play(corrects, (t, _) => t < 60 || t > 500 ? (1.0 / 24, 1.0 / 24) : (1.0 / 8, 1.0 / 8), 0.9993);
                // Every eleventh frame is dropped, so that stream time is slower than the wall's.
                said[Name("dropped")] = Play(corrects, (_, k) => (1.0 / 24, k % 11 == 0 ? 2.0 / 24 : 1.0 / 24), 1);
                said[Name("half as fast")] = Play(corrects, (_, __) => (1.0 / 24, 2.0 / 24), 1);
                // A step of a second, now and then.
                said[Name("stalls")] = Play(corrects, (_, k) => (1.0 / 24, k % 480 == 479 ? 1 : 1.0 / 24), 1.0005);
            }
            said["pitch"] = Pitch();
            said["what"] = What();
            return said;
        }

        /// <summary>Worst drift in seconds; jumps; the widest change of pitch.</summary>
        static DreamMap Play(bool corrects, Func<double, int, (double Stream, double Wall)> frame, double skew)
        {
            var random = new Random(5);
            var sound = new CutsceneSound(() => true) { Corrects = corrects };
            sound.Begin("song", 2, 0);
            // What is due when: stream time as a line between frames.
            double now = 100, stream = 0, due = now, before = now, streamBefore = 0;
            var late = 0.0;
            var k = 0;
            bool playing = false;
            double heard = 0, pitch = 1, worst = 0, first = 0, bend = 0;
            var jumps = 0;
            sound.Shown(0, now);
            (double Stream, double Wall) next = frame(0, 0);
            due = now + next.Wall;
            late = random.NextDouble() * 0.02;
            while (now < 100 + Seconds)
            {
                now += Tick;
                if (playing)
                    heard += Tick * pitch * skew;
                while (now >= due + late)
                {
                    (before, streamBefore) = (due, stream + next.Stream);
                    stream += next.Stream;
                    sound.Shown(stream, now);
                    next = frame(now - 100, ++k);
                    due += next.Wall;
                    late = random.NextDouble() * 0.02;
                }
                // The picture moves at the rate of its frames until the next one is due by it, and then it stands.
                var there = streamBefore + Math.Min(1, (now - before) / next.Wall) * next.Stream;
                if (next.Wall > 0.5)
                    there = streamBefore + Math.Min(now - before, next.Stream);
                var told = Math.Floor(heard / Buffer) * Buffer;
                var step = sound.Follow(playing ? "song" : "", told, 10000, now);
                if (step.Do == SoundDo.Start || step.Do == SoundDo.Jump)
                {
                    jumps++;
                    (heard, playing) = (step.Position, true);
                }
                playing &= step.Do != SoundDo.Hold && step.Do != SoundDo.Stop;
                pitch = step.Do == SoundDo.Keep ? step.Pitch : 1;
                bend = Math.Max(bend, Math.Abs(pitch - 1));
                var drift = Math.Abs(heard - (2 + there));
                // In the first second the clock does not know the stream's rate yet.
                if (now > 101 && (playing || step.Do == SoundDo.Hold))
                    worst = Math.Max(worst, drift);
                else if (playing)
                    first = Math.Max(first, drift);
            }
            return new DreamMap { ["worst"] = worst, ["first"] = first, ["jumps"] = jumps, ["bend"] = bend, ["end"] = Math.Abs(heard - (2 + stream)) };
        }

        /// <summary>A player that keeps its time is left alone.</summary>
        static double Pitch()
        {
            var sound = new CutsceneSound(() => true);
            sound.Begin("song", 0, 0);
            var bend = 0.0;
            for (var k = 0; k < 6000; k++)
            {
                var now = k * Tick;
                if (k % 2 == 0)
                    sound.Shown(now, now);
                bend = Math.Max(bend, Math.Abs(sound.Follow("song", Math.Floor(now / Buffer) * Buffer, 1000, now).Pitch - 1));
            }
            return bend;
        }

        static DreamValue[] What()
        {
            var moves = true;
            var sound = new CutsceneSound(() => moves);
            var said = new List<DreamValue>();
            void Ask(string playing, double heard, double now)
            {
                var step = sound.Follow(playing, heard, 10, now);
                said.Add(step.Do == SoundDo.Start || step.Do == SoundDo.Jump ? $"{step.Do} {step.Position:0.00}" : step.Do.ToString());
            }
            Ask("", 0, 0);
            sound.Begin("a", 1.5, 3);
            sound.Shown(3, 1);
            Ask("", 0, 1);
            Ask("a", 1.5, 1);
            sound.Shown(3.04, 1.04);
            moves = false;
            Ask("a", 1.54, 1.05);
            moves = true;
            Ask("", 0, 1.05);
            Ask("a", 1.55, 1.5); // no frame for half a second
            sound.Shown(3.08, 2);
            Ask("a", 4, 2);
            sound.Begin("b", 0, 3.08);
            Ask("a", 1.6, 2);
            sound.Forget();
            sound.Shown(14, 3);
            Ask("b", 9.9, 3); // behind its end
            sound.End();
            Ask("b", 9.9, 3);
            return said.ToArray();
        }
    }
}
