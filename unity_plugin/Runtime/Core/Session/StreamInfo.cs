#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>The daemon's answer to open.</summary>
    public sealed class StreamInfo
    {
        internal StreamInfo(DreamMap map)
        {
            Session = map["session"].AsInt(-1);
            Bundle = map["bundle"].AsText();
            Version = map["version"].AsText();
            Digest = map["digest"].AsText();
            Ring = map["ring"].AsText();
            Epoch = map["epoch"].AsInt();
            Width = (int)map["width"].AsInt();
            Height = (int)map["height"].AsInt();
            FramesPerStep = (int)map["frames_per_step"].AsInt(1);
            Fps = map["fps"].AsNumber();
            Seed = map["seed"].AsInt();
            Threads = (int)map["threads"].AsInt();
            Provider = map["provider"].AsText();
            ProviderReason = map["provider_reason"].AsText();
            Revision = map["revision"].AsInt();
            Conditions = DreamSchema.From(map["conditions"].AsMap());
            State = map["state"].AsText();
            View = ViewInfo.From(map["view"].AsMap());
            Levels = Array.ConvertAll(map["levels"].AsArray() ?? Array.Empty<DreamValue>(), level => level.AsText());
        }

        public long Session { get; }

        public string Bundle { get; }

        /// <summary>Of the bundle.</summary>
        public string Version { get; }

        /// <summary>Of the bundle's files.</summary>
        public string Digest { get; }

        /// <summary>Path of the ring.</summary>
        public string Ring { get; }

        public long Epoch { get; }

        public int Width { get; }

        public int Height { get; }

        public int FramesPerStep { get; }

        /// <summary>Frames a second; 0 = as fast as it goes.</summary>
        public double Fps { get; }

        /// <summary>The seed in use, also after a cut with another one.</summary>
        public long Seed { get; internal set; }

        public int Threads { get; }

        /// <summary>ONNX Runtime's execution provider.</summary>
        public string Provider { get; }

        /// <summary>Why a faster provider that the daemon prefers is not used; empty when it is, or when there is none.</summary>
        public string ProviderReason { get; }

        public long Revision { get; }

        public DreamSchema Conditions { get; }

        /// <summary>What the bundle takes of the game's own picture; null: nothing.</summary>
        public ViewInfo? View { get; }

        /// <summary>Names of the bundle's quality levels, the best one first; empty when it has only one.</summary>
        public IReadOnlyList<string> Levels { get; }

        internal string State { get; }
    }

    /// <summary>The daemon's figures of a stream.</summary>
    public sealed class DreamStats
    {
        internal DreamStats(DreamMap map)
        {
            Frames = map["frames"].AsInt();
            Fps = map["fps"].AsNumber();
            StepMsP50 = map["step_ms_p50"].AsNumber();
            StepMsP99 = map["step_ms_p99"].AsNumber();
            Missed = map["missed"].AsInt();
            Dropped = map["dropped"].AsInt();
            Revision = map["revision"].AsInt();
            StreamTime = map["stream_time"].AsNumber();
            Ahead = map["ahead"].AsInt();
            Forks = map["forks"].AsInt();
            State = StreamStates.Named(map["state"].AsText());
            Damped = map["damped"].AsInt();
            Level = map["level"].AsText();
        }

        public long Frames { get; }

        public double Fps { get; }

        /// <summary>A step's time, milliseconds, median.</summary>
        public double StepMsP50 { get; }

        public double StepMsP99 { get; }

        /// <summary>Deadlines that were missed.</summary>
        public long Missed { get; }

        /// <summary>Frames that were not made in time.</summary>
        public long Dropped { get; }

        public long Revision { get; }

        /// <summary>Seconds.</summary>
        public double StreamTime { get; }

        /// <summary>Steps that are made ahead, of the stream and its forks.</summary>
        public long Ahead { get; }

        /// <summary>Forks of the stream.</summary>
        public long Forks { get; }

        public StreamState State { get; }

        /// <summary>Frames with a damped flash.</summary>
        public long Damped { get; }

        /// <summary>The quality level of the next frame; empty when the bundle has only one.</summary>
        public string Level { get; }
    }
}
