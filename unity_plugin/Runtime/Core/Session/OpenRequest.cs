#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>What to open, and how it may run.</summary>
    public sealed class OpenRequest
    {
        /// <summary>Name of the bundle, or the path of its folder.</summary>
        public string Bundle { get; set; } = "vista";

        /// <summary>The same seed with the same directions gives the same frames. Not below 0.</summary>
        public long Seed { get; set; }

        /// <summary>Frames a second; 0 the bundle's own, below 0 as fast as it goes.</summary>
        public double Fps { get; set; }

        /// <summary>ONNX Runtime threads; 0 lets the daemon choose by a short trial.</summary>
        public int Threads { get; set; }

        /// <summary>"normal", "below_normal" or "idle".</summary>
        public string Priority { get; set; } = "below_normal";

        /// <summary>Share of the cores that the model may use, above 0 to 1.</summary>
        public double MaxCpu { get; set; } = 1;

        /// <summary>The quality level that makes all frames; empty: the best one that can keep the rate, which may change.</summary>
        public string Level { get; set; } = "";

        /// <summary>Begin paused.</summary>
        public bool Paused { get; set; }

        /// <summary>Begin as after <see cref="DreamSession.LessFlashing"/>.</summary>
        public bool LessFlashing { get; set; }

        /// <summary>Slots of the ring, 4 to 16.</summary>
        public int Slots { get; set; } = 6;

        internal OpenRequest Copy() => (OpenRequest)MemberwiseClone();

        internal int Fields => Fps == 0 ? 10 : 11;

        /// <summary>With <paramref name="held"/> it is opened paused, whatever <see cref="Paused"/> says.</summary>
        internal void Write(MsgpackWriter w, DreamMap values, bool held = false)
        {
            w.Text("bundle");
            w.Text(Bundle);
            w.Text("seed");
            w.Int(Seed);
            w.Text("threads");
            w.Int(Threads);
            w.Text("priority");
            w.Text(Priority);
            w.Text("max_cpu");
            w.Float(MaxCpu);
            w.Text("level");
            w.Text(Level);
            w.Text("paused");
            w.Bool(Paused || held);
            w.Text("less_flashing");
            w.Bool(LessFlashing);
            w.Text("slots");
            w.Int(Slots);
            w.Text("values");
            w.Map(values);
            if (Fps == 0)
                return;
            w.Text("fps");
            w.Float(Math.Max(Fps, 0));
        }
    }
}
