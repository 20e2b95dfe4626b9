#nullable enable

using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dreambridge
{
    /// <summary>
    /// Takes the latest frames out of a ring (PROTOCOL.md, part 3): RGBA, 8 bits each, top row first. Never waits and, once it is
    /// open, allocates nothing. For one thread at a time.
    /// </summary>
    public sealed unsafe class RingReader : IDisposable
    {
        const int Tries = 3;

        RingFile? _file;
        long _stride;
        int _slots;
        long _beat = -1;
        long _beatAt;
        DreamFrame _frame = new DreamFrame { Index = -1 };

        // A step of several frames: all of them, and which is the next to be shown. Null while slots hold one.
        byte* _further;
        int _furtherCount;
        int _furtherNext;
        long _givenAt;

        /// <summary>Why the file could not be opened; empty when it was.</summary>
        public string Error { get; private set; } = "";

        public string Path { get; private set; } = "";

        public bool IsOpen => _file != null;

        public int Width { get; private set; }

        public int Height { get; private set; }

        /// <summary>Bytes of one frame: width x height x 4.</summary>
        public int FrameBytes { get; private set; }

        public int FramesPerSlot { get; private set; } = 1;

        public DreamAlpha Alpha { get; private set; } = DreamAlpha.Opaque;

        /// <summary>Frames a second as the ring says, 0 = as fast as it goes.</summary>
        public double Fps { get; private set; }

        public long Epoch { get; private set; }

        /// <summary>Frames a second at which the further frames of a step are given; the ring's own until somebody sets it.</summary>
        public double Rate { get; set; }

        /// <summary>Number of the publication that was read last.</summary>
        public long Shown { get; private set; }

        /// <summary>Reads that were thrown away because the slot was overwritten meanwhile.</summary>
        public long Torn { get; private set; }

        /// <summary>Header of the frame that was read last.</summary>
        public ref readonly DreamFrame Frame => ref _frame;

        /// <summary>For the tests' control only: without the second look a torn frame is not noticed.</summary>
        internal bool Verify { get; set; } = true;

        /// <summary>For the tests: the latest publication counts as new again.</summary>
        internal void Forget() => Shown = 0;

        /// <summary>A ring that another program cut short counts as superseded: the daemon puts another one in its place.</summary>
        public RingState State => _file == null ? RingState.None : _file.LookOnce() ? (RingState)_file.State : RingState.Superseded;

        ~RingReader() => FreeFurther();

        /// <summary>Open the ring at <paramref name="path"/>; false and <see cref="Error"/> when it is none. Closes the one before.</summary>
        public bool Open(string path)
        {
            Close();
            Error = "";
            var page = stackalloc byte[RingLayout.Header];
            try
            {
                _file = new RingFile(path);
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException || e is NotSupportedException || e is ArgumentException)
            {
                Error = $"{path} cannot be opened: {e.Message}";
                return false;
            }
            Path = path;
            var wrong = _file.Read(0, page, RingLayout.Header) ? RingHeader.Check(page, _file.Size) : $"has {_file.Size} bytes only";
            if (wrong.Length > 0)
            {
                Close();
                Error = $"{path} {wrong}";
                return false;
            }
            Width = RingHeader.Int32(page, RingLayout.Width);
            Height = RingHeader.Int32(page, RingLayout.Height);
            FrameBytes = Width * Height * 4;
            FramesPerSlot = RingHeader.Int32(page, RingLayout.FramesPerSlot);
            Alpha = (DreamAlpha)RingHeader.Int32(page, RingLayout.Alpha);
            Rate = Fps = RingHeader.Number(page, RingLayout.Fps);
            Epoch = RingHeader.Int64(page, RingLayout.Epoch);
            _stride = RingHeader.Int64(page, RingLayout.SlotStride);
            _slots = RingHeader.Int32(page, RingLayout.SlotCount);
            // Revisions and the view's pictures count from the beginning in each ring: what the last one showed says nothing of this one.
            _frame.Revision = 0;
            _frame.View = 0;
            _frame.ViewTime = 0;
            if (FramesPerSlot > 1)
                _further = (byte*)Marshal.AllocHGlobal(new IntPtr((long)FrameBytes * FramesPerSlot));
            return true;
        }

        /// <summary>
        /// Open what now stands at the ring's path (or at <paramref name="path"/>), for one that was superseded; false while there is no
        /// such file, and this one stays.
        /// </summary>
        public bool Reopen(string? path = null)
        {
            if (_file == null)
                return false;
            path ??= Path;
            using (var next = new RingReader())
            {
                if (!next.Open(path) || next.State == RingState.Superseded)
                    return false;
            }
            return Open(path);
        }

        /// <summary>Close it. The last frame's header stays readable.</summary>
        public void Close()
        {
            _file?.Dispose();
            _file = null;
            FreeFurther();
            Shown = 0;
            _beat = -1;
        }

        public void Dispose()
        {
            Close();
            GC.SuppressFinalize(this);
        }

        /// <summary>Did the heartbeat move within <paramref name="ms"/> milliseconds? Ask again and again.</summary>
        public bool Alive(int ms = 1000)
        {
            if (_file == null || !_file.LookOnce())
                return false;
            var beat = _file.Heartbeat;
            var now = Stopwatch.GetTimestamp();
            if (beat != _beat)
            {
                _beat = beat;
                _beatAt = now;
            }
            return now - _beatAt < Stopwatch.Frequency / 1000 * ms;
        }

        /// <summary>
        /// Copy the next frame that is due to <paramref name="destination"/>, which has room for <paramref name="capacity"/> bytes: the
        /// first frame of a new step, or the one of the latest step whose time has come since. False when there is none; then what
        /// stands at the destination is not to be shown, for a copy that turned out torn may have begun there.
        /// </summary>
        /// <exception cref="ArgumentException">The destination is too small for a frame.</exception>
        public bool TryRead(IntPtr destination, long capacity)
        {
            if (_file == null)
                return false;
            if (capacity < FrameBytes)
                throw new ArgumentException($"a frame has {FrameBytes} bytes, the destination {capacity}", nameof(capacity));
            var head = stackalloc byte[RingLayout.SlotHeader];
            for (var i = 0; i < Tries && _file.Look(); i++)
            {
                var p = _file.Latest;
                if (p == 0 || p == Shown)
                    break;
                var at = RingLayout.Header + (p - 1) % _slots * _stride;
                // A call of its own: nothing says in which order one call copies.
                if (_file.Word(at + RingLayout.SlotSequence) != 2 * p || !_file.Read(at, head, RingLayout.SlotHeader))
                    continue;
                var count = Math.Min(Math.Max(RingHeader.Int32(head, RingLayout.SlotFrames), 1), FramesPerSlot);
                var frame = HeaderOf(head);
                if (!_file.Read(at + RingLayout.SlotHeader, _further == null ? (byte*)destination : _further, (long)FrameBytes * count))
                    continue;
                if (Verify && !(_file.Read(at, head, RingLayout.SlotHeader) && RingHeader.Int64(head, RingLayout.SlotSequence) == 2 * p
                    && RingHeader.Int64(head, RingLayout.SlotSequenceAgain) == 2 * p))
                {
                    Torn++;
                    continue;
                }
                Shown = p;
                _frame = frame;
                _furtherCount = 0;
                if (_further != null)
                    First(destination, count);
                return true;
            }
            return Due(destination);
        }

        /// <summary>Give the first of a step's frames; the others wait for their time. Without a rate to show them at, the last.</summary>
        void First(IntPtr destination, int count)
        {
            var k = count > 1 && (Rate <= 0 || _frame.Stepped) ? count - 1 : 0;
            _frame.Index += k;
            _furtherCount = count;
            _furtherNext = k + 1;
            _givenAt = Stopwatch.GetTimestamp();
            Give(destination, k);
        }

        bool Due(IntPtr destination)
        {
            var taken = -1;
            // Half a millisecond early is nearer than a tick late.
            var passed = (Stopwatch.GetTimestamp() - _givenAt) / (double)Stopwatch.Frequency + 0.0005;
            while (_furtherNext < _furtherCount && Rate > 0 && passed >= _furtherNext / Rate)
            {
                taken = _furtherNext++;
                _frame.Index++;
                _frame.Time += 1 / Rate;
            }
            if (taken >= 0)
                Give(destination, taken);
            return taken >= 0;
        }

        void Give(IntPtr destination, int k) =>
            Buffer.MemoryCopy(_further + (long)FrameBytes * k, destination.ToPointer(), FrameBytes, FrameBytes);

        static DreamFrame HeaderOf(byte* head) =>
            new DreamFrame
            {
                Index = RingHeader.Int64(head, RingLayout.SlotFirstIndex),
                Revision = RingHeader.Int64(head, RingLayout.SlotRevision),
                Time = RingHeader.Number(head, RingLayout.SlotTime),
                StepMs = RingHeader.Number(head, RingLayout.SlotStepMs),
                Flags = RingHeader.Int32(head, RingLayout.SlotFlags),
                Dropped = RingHeader.Int64(head, RingLayout.SlotDropped),
                PublishedNs = RingHeader.Int64(head, RingLayout.SlotPublishedNs),
                ReceivedNs = RingHeader.Int64(head, RingLayout.SlotReceivedNs),
                AppliedNs = RingHeader.Int64(head, RingLayout.SlotAppliedNs),
                BegunNs = RingHeader.Int64(head, RingLayout.SlotBegunNs),
                EndedNs = RingHeader.Int64(head, RingLayout.SlotEndedNs),
                View = RingHeader.Int64(head, RingLayout.SlotView),
                ViewTime = RingHeader.Number(head, RingLayout.SlotViewTime),
            };

        void FreeFurther()
        {
            Marshal.FreeHGlobal((IntPtr)_further);
            _further = null;
            _furtherCount = 0;
            _furtherNext = 0;
        }
    }
}
