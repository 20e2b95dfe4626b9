#nullable enable

namespace Dreambridge
{
    /// <summary>Offsets and constants of the ring. Made by devtools/generate.py; do not edit.</summary>
    static class RingLayout
    {
        public const string Magic = "DRMRING1";
        public const int Version = 1;
        public const int Header = 4096;
        public const int SlotHeader = 128;

        public const int IsLive = 1;
        public const int IsSuperseded = 2;
        public const int IsClosed = 3;
        public const int FlagCut = 1;
        public const int FlagStepped = 2;
        public const int FlagRestored = 4;
        public const int FlagAdopted = 8;
        public const int LevelShift = 8;
        public const int LevelMask = 15;

        public const int LayoutVersion = 8;
        public const int HeaderSize = 12;
        public const int Epoch = 16;
        public const int WriterPid = 24;
        public const int WriterStart = 32;
        public const int SlotCount = 40;
        public const int FramesPerSlot = 44;
        public const int SlotStride = 48;
        public const int SlotHeaderSize = 56;
        public const int Width = 60;
        public const int Height = 64;
        public const int RowStride = 68;
        public const int PixelFormat = 72;
        public const int ColourSpace = 76;
        public const int RowOrder = 80;
        public const int Alpha = 84;
        public const int Fps = 88;
        public const int Crc = 96;
        public const int Heartbeat = 128;
        public const int State = 192;
        public const int Latest = 256;

        public const int SlotSequence = 0;
        public const int SlotFrames = 8;
        public const int SlotFlags = 12;
        public const int SlotFirstIndex = 16;
        public const int SlotRevision = 24;
        public const int SlotTime = 32;
        public const int SlotStepMs = 40;
        public const int SlotBytes = 48;
        public const int SlotPublishedNs = 56;
        public const int SlotReceivedNs = 64;
        public const int SlotAppliedNs = 72;
        public const int SlotBegunNs = 80;
        public const int SlotEndedNs = 88;
        public const int SlotDropped = 96;
        public const int SlotView = 104;
        public const int SlotViewTime = 112;
        public const int SlotSequenceAgain = 120;
    }
}
