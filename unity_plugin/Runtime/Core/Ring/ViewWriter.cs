#nullable enable

using System;
using System.Diagnostics;
using System.IO;
using System.Threading;

namespace Dreambridge
{
    /// <summary>
    /// Writes the game's own picture into the ring that the daemon made for it (PROTOCOL.md, part 4): RGBA, top row first, the layers
    /// "label" and, when it was attached with it, "depth". Never waits and, once it is open, allocates nothing. For one thread at a time.
    /// </summary>
    public sealed unsafe class ViewWriter : IDisposable
    {
        RingMap? _map;
        long _stride;
        int _slots;

        /// <summary>Why the ring could not be opened; empty when it was.</summary>
        public string Error { get; private set; } = "";

        public bool IsOpen => _map != null && _map.IsWhole;

        /// <summary>Another program cut its file short: nothing can be written any more.</summary>
        internal bool IsCut => _map != null && !_map.IsWhole;

        public int Width { get; private set; }

        public int Height { get; private set; }

        /// <summary>Bytes of one layer: width x height x 4.</summary>
        public int LayerBytes { get; private set; }

        /// <summary>1: label; 2: label and depth.</summary>
        public int Layers { get; private set; }

        /// <summary>Number of the picture that was published last: frames painted over it have <see cref="DreamFrame.View"/> >= it.</summary>
        public long Published { get; private set; }

        /// <summary>Superseded or closed: nobody reads it any more.</summary>
        public RingState State => _map == null ? RingState.None : _map.IsWhole ? (RingState)_map.Word(RingLayout.State) : RingState.Superseded;

        /// <summary>Open the ring at <paramref name="path"/>; false and <see cref="Error"/> when it is none.</summary>
        public bool Open(string path)
        {
            Close();
            Error = "";
            try
            {
                _map = new RingMap(path, true);
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException || e is NotSupportedException || e is ArgumentException)
            {
                Error = $"{path} cannot be opened: {e.Message}";
                return false;
            }
            var wrong = RingHeader.Check(_map.At(0), _map.Size);
            if (wrong.Length > 0)
            {
                Close();
                Error = $"{path} {wrong}";
                return false;
            }
            Width = _map.Int32(RingLayout.Width);
            Height = _map.Int32(RingLayout.Height);
            LayerBytes = Width * Height * 4;
            Layers = _map.Int32(RingLayout.FramesPerSlot);
            Published = _map.Word(RingLayout.Latest);
            _stride = _map.Int64(RingLayout.SlotStride);
            _slots = _map.Int32(RingLayout.SlotCount);
            return true;
        }

        public void Close()
        {
            _map?.Dispose();
            _map = null;
        }

        public void Dispose() => Close();

        /// <summary>Publish one picture by copies of its layers; gives its number. <paramref name="depth"/> may be zero: the label only.</summary>
        /// <param name="tick">The game's own number of the picture.</param>
        /// <param name="time">The game's own time, seconds; it comes back as <see cref="DreamFrame.ViewTime"/>.</param>
        /// <exception cref="InvalidOperationException">It is not open, or was not attached with depth.</exception>
        public long Publish(IntPtr label, IntPtr depth, long tick, double time)
        {
            var pixels = Begin();
            Buffer.MemoryCopy(label.ToPointer(), pixels.ToPointer(), LayerBytes, LayerBytes);
            if (depth != IntPtr.Zero)
            {
                if (Layers < 2)
                    throw new InvalidOperationException("This view was attached without depth.");
                Buffer.MemoryCopy(depth.ToPointer(), (byte*)pixels + LayerBytes, LayerBytes, LayerBytes);
            }
            return End(depth == IntPtr.Zero ? 1 : 2, tick, time);
        }

        /// <summary>Where the next picture goes: the label's pixels, then the depth's. <see cref="End"/> publishes it.</summary>
        public IntPtr Begin()
        {
            var map = _map ?? throw new InvalidOperationException("No view is attached.");
            map.Put(Slot + RingLayout.SlotSequence, 2 * Published + 1);
            // No pixel may be written before the mark.
            Interlocked.MemoryBarrier();
            return (IntPtr)map.At(Slot + RingLayout.SlotHeader);
        }

        /// <summary>Publish what was written since <see cref="Begin"/>: so many layers of it.</summary>
        public long End(int layers, long tick, double time)
        {
            var map = _map ?? throw new InvalidOperationException("No view is attached.");
            var (at, number) = (Slot, Published + 1);
            for (var word = at + RingLayout.SlotFrames; word < at + RingLayout.SlotSequenceAgain; word += 8)
                *(long*)map.At(word) = 0;
            *(int*)map.At(at + RingLayout.SlotFrames) = layers;
            *(long*)map.At(at + RingLayout.SlotFirstIndex) = tick;
            *(double*)map.At(at + RingLayout.SlotTime) = time;
            *(long*)map.At(at + RingLayout.SlotBytes) = (long)layers * LayerBytes;
            *(long*)map.At(at + RingLayout.SlotPublishedNs) = (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
            map.Put(at + RingLayout.SlotSequence, 2 * number);
            map.Put(at + RingLayout.SlotSequenceAgain, 2 * number);
            map.Put(RingLayout.Latest, number);
            return Published = number;
        }

        long Slot => RingLayout.Header + Published % _slots * _stride;
    }
}
