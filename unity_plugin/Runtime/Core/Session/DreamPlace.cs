#nullable enable

namespace Dreambridge
{
    /// <summary>What brought a stream to another place.</summary>
    public enum DreamLanding
    {
        /// <summary>A snapshot was put back.</summary>
        Restored,

        /// <summary>It went back to a place of its own.</summary>
        Rewound,

        /// <summary>It goes on as a fork.</summary>
        Adopted,
    }

    /// <summary>Where a stream is after restore, rewind or adopt. The next frame is the first one there.</summary>
    public sealed class DreamPlace
    {
        internal DreamPlace(DreamLanding landing, DreamMap map)
        {
            Landing = landing;
            FrameIndex = map["frame_index"].AsInt();
            Time = map["time"].AsNumber();
            Shot = map["shot"].AsText();
            At = map["at"].AsNumber();
            Seed = map["seed"].AsInt();
            Revision = map["revision"].AsInt();
            Places = map["places"].AsInt();
            TotalBytes = map["total_bytes"].AsInt();
        }

        public DreamLanding Landing { get; }

        /// <summary>Index of the next frame.</summary>
        public long FrameIndex { get; }

        /// <summary>Stream time of the next frame, in seconds.</summary>
        public double Time { get; }

        /// <summary>The shot of the cutscene there; empty: none, or a snapshot was put back.</summary>
        public string Shot { get; }

        /// <summary>Second of that shot.</summary>
        public double At { get; }

        /// <summary>The seed in use.</summary>
        public long Seed { get; }

        /// <summary>Revision of the conditions there; a frame with it, or a later one, shows the place.</summary>
        public long Revision { get; }

        /// <summary>After a rewind: how many places there are to go back to.</summary>
        public long Places { get; }

        /// <summary>After a rewind: bytes of all places together.</summary>
        public long TotalBytes { get; }
    }
}
