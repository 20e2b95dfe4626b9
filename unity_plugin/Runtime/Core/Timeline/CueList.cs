#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>One direction of a cutscene, at its stream time in seconds.</summary>
    public readonly struct DreamCue
    {
        public DreamCue(double time, DreamMap values, double over = -1, DreamEasing easing = DreamEasing.Default, bool cut = false, long seed = -1)
        {
            Time = time;
            Values = values;
            Over = over;
            Easing = easing;
            Cut = cut;
            Seed = seed;
        }

        public double Time { get; }

        public DreamMap Values { get; }

        /// <summary>Seconds of the transition. Below 0: each condition's own.</summary>
        public double Over { get; }

        public DreamEasing Easing { get; }

        /// <summary>Apply at once, and reset the model's state.</summary>
        public bool Cut { get; }

        /// <summary>Of a cut: a new seed; below 0 the same.</summary>
        public long Seed { get; }
    }

    /// <summary>The directions of a cutscene in the order of their times; those of one time in the order in which they were added.</summary>
    public sealed class CueList
    {
        readonly List<DreamCue> _cues = new List<DreamCue>();

        public int Count => _cues.Count;

        public DreamCue this[int index] => _cues[index];

        public void Clear() => _cues.Clear();

        public void Add(in DreamCue cue)
        {
            if (double.IsNaN(cue.Time))
                throw new ArgumentException("a cue needs a time", nameof(cue));
            _cues.Insert(FirstAfter(cue.Time), cue);
        }

        /// <summary>Index of the first cue later than <paramref name="time"/>; <see cref="Count"/> when there is none.</summary>
        public int FirstAfter(double time)
        {
            int low = 0, high = _cues.Count;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_cues[middle].Time <= time)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low;
        }

        /// <summary>
        /// What is directed at <paramref name="time"/>: of each condition the last value (nil: unset), and in <paramref name="seed"/> that
        /// of the last cut with one.
        /// </summary>
        public DreamMap EffectiveAt(double time, out long seed)
        {
            var values = new DreamMap();
            seed = -1;
            for (var i = 0; i < FirstAfter(time); i++)
            {
                values.Merge(_cues[i].Values);
                if (_cues[i].Cut && _cues[i].Seed >= 0)
                    seed = _cues[i].Seed;
            }
            return values;
        }
    }
}
