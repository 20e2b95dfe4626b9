#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>Bytes that come in at the end and go out at the front, in one array that grows with what comes.</summary>
    sealed class ByteQueue
    {
        internal byte[] Data = new byte[4096];
        internal int Start;
        internal int End;

        internal int Count => End - Start;

        internal void Clear() => Start = End = 0;

        /// <summary>Make room for <paramref name="more"/> bytes behind <see cref="End"/>.</summary>
        internal void Reserve(int more)
        {
            if (Data.Length - End >= more)
                return;
            var wanted = checked(Count + more);
            var into = wanted <= Data.Length ? Data : new byte[Math.Max(2 * Data.Length, wanted)];
            Buffer.BlockCopy(Data, Start, into, 0, Count);
            End = Count;
            Start = 0;
            Data = into;
        }

        internal void Append(byte value)
        {
            Reserve(1);
            Data[End++] = value;
        }

        internal void Append(byte[] from, int offset, int count)
        {
            Reserve(count);
            Buffer.BlockCopy(from, offset, Data, End, count);
            End += count;
        }

        internal void Consume(int count)
        {
            Start += count;
            if (Start == End)
                Clear();
        }
    }
}
