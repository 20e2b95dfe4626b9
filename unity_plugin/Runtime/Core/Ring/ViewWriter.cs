#nullable enable

using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;

namespace Dreambridge
{
    /// <summary>
    /// Writes the game's own picture into the ring that the daemon made for it (PROTOCOL.md, part 4): RGBA, top row first, the layers
    /// that it was attached with, in the order of <see cref="ViewLayers.All"/>. Never waits and, once it is warm, allocates nothing. It writes by calls, so that
    /// another program that cuts the file short does no harm. For one thread at a time.
    /// </summary>
    public sealed unsafe class ViewWriter : IDisposable
    {
        RingFile? _file;
        byte* _pixels;
        long _stride;
        int _slots;

        ~ViewWriter() => FreePixels();

        /// <summary>Why the ring could not be opened; empty when it was.</summary>
        public string Error { get; private set; } = "";

        /// <summary>The ring's file; empty before one was opened.</summary>
        public string Path { get; private set; } = "";

        public bool IsOpen => _file != null && _file.IsIntact;

        /// <summary>Another program cut its file short: nothing can be written any more.</summary>
        internal bool IsCut => _file != null && !_file.IsIntact;

        public int Width { get; private set; }

        public int Height { get; private set; }

        /// <summary>Bytes of one layer: width x height x 4.</summary>
        public int LayerBytes { get; private set; }

        /// <summary>How many layers it was attached with.</summary>
        public int Layers { get; private set; }

        /// <summary>Number of the picture that was published last: frames painted over it have <see cref="DreamFrame.View"/> >= it.</summary>
        public long Published { get; private set; }

        /// <summary>Superseded or closed: nobody reads it any more.</summary>
        public RingState State => _file == null ? RingState.None : _file.IsIntact ? (RingState)(int)_file.Word(RingLayout.State) : RingState.Superseded;

        /// <summary>Open the ring at <paramref name="path"/>; false and <see cref="Error"/> when it is none.</summary>
        public bool Open(string path)
        {
            Close();
            (Error, Path) = ("", path);
            var page = stackalloc byte[RingLayout.Header];
            try
            {
                _file = new RingFile(path, true);
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException || e is NotSupportedException || e is ArgumentException)
            {
                Error = $"{path} cannot be opened: {e.Message}";
                return false;
            }
            var wrong = _file.Read(0, page, RingLayout.Header) ? RingHeader.Check(page, _file.Size) : $"has {_file.Size} bytes only";
            if (wrong.Length > 0)
            {
                Close();
                Error = $"{path} {wrong}";
                return false;
            }
            Width = RingHeader.Int32(page, RingLayout.Width);
            Height = RingHeader.Int32(page, RingLayout.Height);
            LayerBytes = Width * Height * 4;
            Layers = RingHeader.Int32(page, RingLayout.FramesPerSlot);
            Published = RingHeader.Int64(page, RingLayout.Latest);
            _stride = RingHeader.Int64(page, RingLayout.SlotStride);
            _slots = RingHeader.Int32(page, RingLayout.SlotCount);
            return true;
        }

        public void Close()
        {
            _file?.Dispose();
            _file = null;
            FreePixels();
        }

        public void Dispose()
        {
            Close();
            GC.SuppressFinalize(this);
        }

        /// <summary>Publish one picture by copies of its layers; gives its number. <paramref name="second"/> may be zero: the first layer only.</summary>
        /// <param name="tick">The game's own number of the picture.</param>
        /// <param name="time">The game's own time, seconds; it comes back as <see cref="DreamFrame.ViewTime"/>.</param>
        /// <exception cref="InvalidOperationException">It is not open, or was not attached with so many layers.</exception>
        public long Publish(IntPtr first, IntPtr second, long tick, double time)
        {
            var layers = stackalloc IntPtr[2];
            (layers[0], layers[1]) = (first, second);
            return Write(layers, second == IntPtr.Zero ? 1 : 2, tick, time);
        }

        /// <summary>The same for any number of layers: the first ones of those that it was attached with.</summary>
        /// <exception cref="InvalidOperationException">As above.</exception>
        public long Publish(IntPtr[] layers, long tick, double time)
        {
            fixed (IntPtr* from = layers)
                return Write(from, layers.Length, tick, time);
        }

        /// <summary>Memory for the next picture: the pixels of its layers, one after the other. <see cref="End"/> publishes it.</summary>
        public IntPtr Begin()
        {
            if (_file == null)
                throw new InvalidOperationException("No view is attached.");
            if (_pixels == null)
                _pixels = (byte*)Marshal.AllocHGlobal(new IntPtr((long)LayerBytes * Layers));
            return (IntPtr)_pixels;
        }

        /// <summary>Publish what was written since <see cref="Begin"/>: so many layers of it.</summary>
        public long End(int layers, long tick, double time)
        {
            var pixels = (byte*)Begin();
            var from = stackalloc IntPtr[Math.Min(Layers, Math.Max(layers, 1))];
            for (var i = 0; i < Math.Min(Layers, layers); i++)
                from[i] = (IntPtr)(pixels + (long)i * LayerBytes);
            return Write(from, layers, tick, time);
        }

        long Write(IntPtr* from, int layers, long tick, double time)
        {
            var file = _file ?? throw new InvalidOperationException("No view is attached.");
            if (layers < 1 || layers > Layers)
                throw new InvalidOperationException($"This view was attached with {Layers} layers, not with {layers}.");
            var (at, number) = (Slot, Published + 1);
            const int Words = RingLayout.SlotSequenceAgain - RingLayout.SlotFrames;
            var head = stackalloc byte[Words];
            for (var k = 0; k < Words; k += 8)
                *(long*)(head + k) = 0;
            *(int*)head = layers;
            *(long*)(head + RingLayout.SlotFirstIndex - RingLayout.SlotFrames) = tick;
            *(double*)(head + RingLayout.SlotTime - RingLayout.SlotFrames) = time;
            *(long*)(head + RingLayout.SlotBytes - RingLayout.SlotFrames) = (long)layers * LayerBytes;
            *(long*)(head + RingLayout.SlotPublishedNs - RingLayout.SlotFrames) = (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
            // In this order, each by a call of its own: the mark before the pixels, the number of the picture after them.
            var written = Put(file, at + RingLayout.SlotSequence, 2 * number - 1);
            for (var i = 0; written && i < layers; i++)
                written = file.Write(at + RingLayout.SlotHeader + (long)i * LayerBytes, (byte*)from[i], LayerBytes);
            written = written
                && file.Write(at + RingLayout.SlotFrames, head, Words)
                && Put(file, at + RingLayout.SlotSequence, 2 * number)
                && Put(file, at + RingLayout.SlotSequenceAgain, 2 * number)
                && Put(file, RingLayout.Latest, number);
            return written ? Published = number : Published;
        }

        static bool Put(RingFile file, long offset, long value) => file.Write(offset, (byte*)&value, sizeof(long));

        void FreePixels()
        {
            if (_pixels == null)
                return;
            Marshal.FreeHGlobal((IntPtr)_pixels);
            _pixels = null;
        }

        long Slot => RingLayout.Header + Published % _slots * _stride;
    }
}
