#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>
    /// Snapshots of a first run, by their stream time: scrubbing restores the nearest one at or before the wanted time and steps from
    /// there. Oldest runs first out when there are more bytes than allowed: every second snapshot is dropped, and the distance doubles.
    /// </summary>
    public sealed class SnapshotCache
    {
        readonly List<double> _times = new List<double>();
        readonly List<byte[]> _data = new List<byte[]>();

        /// <param name="every">Seconds between two snapshots.</param>
        /// <param name="mostBytes">Bytes kept at most, all together.</param>
        public SnapshotCache(double every = 2, long mostBytes = 256L << 20)
        {
            if (!(every > 0))
                throw new ArgumentOutOfRangeException(nameof(every));
            Every = every;
            MaxBytes = mostBytes;
        }

        /// <summary>Seconds between two snapshots; doubled when the room is full.</summary>
        public double Every { get; private set; }

        public long MaxBytes { get; }

        public int Count => _times.Count;

        /// <summary>Bytes kept.</summary>
        public long Bytes { get; private set; }

        public double TimeAt(int index) => _times[index];

        /// <summary>Is a snapshot at stream time <paramref name="time"/> worth taking?</summary>
        public bool Wants(double time)
        {
            var at = Before(time);
            return at < 0 || (time - _times[at] >= Every - 1e-6 && (at + 1 == Count || _times[at + 1] - time >= Every - 1e-6));
        }

        /// <summary>Keep <paramref name="data"/>, taken at stream time <paramref name="time"/>, in place of one of the same time.</summary>
        public void Put(double time, byte[] data)
        {
            var at = Before(time);
            if (at >= 0 && _times[at] == time)
            {
                Bytes += data.LongLength - _data[at].LongLength;
                _data[at] = data;
            }
            else
            {
                _times.Insert(at + 1, time);
                _data.Insert(at + 1, data);
                Bytes += data.LongLength;
            }
            while (Bytes > MaxBytes && Count > 2)
                Thin();
        }

        /// <summary>The latest snapshot at or before <paramref name="time"/>.</summary>
        public bool Nearest(double time, out double at, out byte[] data)
        {
            var found = Before(time);
            at = found < 0 ? 0 : _times[found];
            data = found < 0 ? Array.Empty<byte>() : _data[found];
            return found >= 0;
        }

        /// <summary>Forget what was taken after <paramref name="time"/>: what is directed there has changed.</summary>
        public void DropAfter(double time)
        {
            for (var i = Count - 1; i >= 0 && _times[i] > time; i--)
                Remove(i);
        }

        public void Clear() => DropAfter(double.NegativeInfinity);

        /// <summary>Index of the latest one at or before <paramref name="time"/>; -1 for none.</summary>
        int Before(double time)
        {
            var at = _times.BinarySearch(time);
            return at >= 0 ? at : ~at - 1;
        }

        void Thin()
        {
            for (var i = Count - (Count % 2 == 0 ? 1 : 2); i > 0; i -= 2)
                Remove(i);
            Every *= 2;
        }

        void Remove(int index)
        {
            Bytes -= _data[index].LongLength;
            _times.RemoveAt(index);
            _data.RemoveAt(index);
        }
    }
}
