#nullable enable

using System;
using System.Diagnostics;
using System.IO;

namespace Dreambridge
{
    /// <summary>
    /// A ring's file, read by calls: on Linux and macOS an access to a mapped file behind an end that another program cut ends the process;
    /// a call only reads less. Allocates nothing once it is open. For one thread at a time.
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

        /// <summary>IOException or UnauthorizedAccessException when it cannot be opened.</summary>
        internal RingFile(string path)
        {
            // The daemon writes it and may unlink it meanwhile.
            _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            Size = _stream.Length;
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
