#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>How a stream's alpha channel is meant.</summary>
    public enum DreamAlpha
    {
        Opaque = 1,
        Straight = 2,
        Premultiplied = 3,
    }

    /// <summary>State of a ring: <see cref="None"/> when no ring is open.</summary>
    public enum RingState
    {
        None = 0,
        Live = 1,
        Superseded = 2,
        Closed = 3,
    }

    /// <summary>What a ring says about one frame. Times in nanoseconds are of the daemon's monotonic clock.</summary>
    public struct DreamFrame
    {
        /// <summary>Number of the frame in its stream; -1 before the first.</summary>
        public long Index;

        /// <summary>Revision of the conditions that it was made with.</summary>
        public long Revision;

        /// <summary>Stream time, seconds.</summary>
        public double Time;

        /// <summary>What the model's step took, milliseconds.</summary>
        public double StepMs;

        public int Flags;

        /// <summary>Frames that the daemon could not make in time, so far.</summary>
        public long Dropped;

        public long PublishedNs;

        /// <summary>The newest direction was received by the daemon, and <see cref="AppliedNs"/> it was applied.</summary>
        public long ReceivedNs;

        public long AppliedNs;

        /// <summary>The step began, and <see cref="EndedNs"/> it ended.</summary>
        public long BegunNs;

        public long EndedNs;

        /// <summary>The view's picture that it was painted over (<see cref="ViewWriter.Published"/>); 0 for none.</summary>
        public long View;

        /// <summary>The time that the game gave to that picture, seconds.</summary>
        public double ViewTime;

        /// <summary>The quality level that made it: its place in <see cref="StreamInfo.Levels"/>; 0 for the full one.</summary>
        public int Level => (Flags >> RingLayout.LevelShift) & RingLayout.LevelMask;

        /// <summary>First frame after a cut.</summary>
        public bool Cut => (Flags & RingLayout.FlagCut) != 0;

        /// <summary>Made by a step request.</summary>
        public bool Stepped => (Flags & RingLayout.FlagStepped) != 0;
    }
}
