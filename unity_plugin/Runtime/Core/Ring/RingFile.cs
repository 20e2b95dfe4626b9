#nullable enable

using System;
using System.Diagnostics;
using System.IO;

namespace Dreambridge
{
    /// <summary>
    /// A ring's file, read and written by calls: on Linux and macOS an access to a mapped file behind an end that another program cut ends the process;
    /// a call only reads less, or makes the file longer again. Allocates nothing once it is open. For one thread at a time.
    /// </summary>
    sealed unsafe class RingFile : IDisposable
    {
        // mono copies what is read into a span through an array from a pool; the pool keeps arrays up to this size.
        const int MaxPiece = 1 << 20;
        const int Words = RingLayout.Latest + 8 - RingLayout.Heartbeat;

        readonly FileStream _stream;
        readonly byte[] _words = new byte[Words];
        bool _whole;
        long _lookedAt;
        readonly long _begin;

        /// <summary>IOException or UnauthorizedAccessException when it cannot be opened.</summary>
        internal RingFile(string path, bool write = false)
        {
            // The daemon writes it too, and may unlink it meanwhile.
            var access = write ? FileAccess.ReadWrite : FileAccess.Read;
            _stream = new FileStream(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete, 1);
            Size = _stream.Length;
            _begin = Word(0);
        }

        /// <summary>Bytes of the file when it was opened.</summary>
        internal long Size { get; }

        internal long Heartbeat => BitConverter.ToInt64(_words, 0);

        internal int State => BitConverter.ToInt32(_words, RingLayout.State - RingLayout.Heartbeat);

        internal long Latest => BitConverter.ToInt64(_words, RingLayout.Latest - RingLayout.Heartbeat);

        /// <summary>Read the words that change: heartbeat, state and latest. False when the file is too short for them.</summary>
        internal bool Look()
        {
            _lookedAt = Stopwatch.GetTimestamp();
            fixed (byte* words = _words)
                return _whole = Read(RingLayout.Heartbeat, words, Words);
        }

        /// <summary>The same, unless it was done within 0.2 ms: a tick asks the system once.</summary>
        internal bool LookOnce() =>
            Stopwatch.GetTimestamp() - _lookedAt < Stopwatch.Frequency / 5000 ? _whole : Look();

        /// <summary>
        /// Has it its length and its beginning still? Another program that cuts it short takes both, or one: a write makes it long again. An answer
        /// holds for 0.2 ms, so that a tick asks the system once.
        /// </summary>
        internal bool IsIntact
        {
            get
            {
                var now = Stopwatch.GetTimestamp();
                if (_whole && now - _lookedAt < Stopwatch.Frequency / 5000)
                    return true;
                _lookedAt = now;
                return _whole = Length() >= Size && Word(0) == _begin;
            }
        }

        /// <summary>Write <paramref name="size"/> bytes into the file; false when it cannot be written.</summary>
        internal bool Write(long offset, byte* from, long size)
        {
            try
            {
                _stream.Position = offset;
                for (var done = 0L; done < size;)
                {
                    var n = (int)Math.Min(size - done, MaxPiece);
                    _stream.Write(new ReadOnlySpan<byte>(from + done, n));
                    done += n;
                }
                // What a small write left in a buffer.
                _stream.Flush();
                return true;
            }
            catch (IOException)
            {
                return _whole = false;
            }
        }

        long Length()
        {
            try
            {
                return _stream.Length;
            }
            catch (IOException)
            {
                return 0;
            }
        }

        /// <summary>An aligned word as it is in the file now; -1 when the file is too short for it.</summary>
        internal long Word(long offset)
        {
            long word;
            return Read(offset, (byte*)&word, sizeof(long)) ? word : -1;
        }

        /// <summary>Copy <paramref name="size"/> bytes of the file; false when it is too short for them, or cannot be read.</summary>
        internal bool Read(long offset, byte* to, long size)
        {
            try
            {
                _stream.Position = offset;
                for (var done = 0L; done < size;)
                {
                    var n = _stream.Read(new Span<byte>(to + done, (int)Math.Min(size - done, MaxPiece)));
                    if (n == 0)
                        return false;
                    done += n;
                }
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }

        public void Dispose() => _stream.Dispose();
    }
}
