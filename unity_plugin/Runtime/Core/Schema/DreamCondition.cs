#nullable enable

using System;

namespace Dreambridge
{
    public enum DreamConditionKind
    {
        Number,
        Choice,
        Vector,
        Text,
        Pose,
        Event,
        Audio,
        Image,
        /// <summary>Movement, such as a mouse's: what is directed is added up, and each step begins at zero again.</summary>
        Delta,
        /// <summary>Numbers for each frame of a step.</summary>
        PerFrame,
        /// <summary>A kind that a newer daemon knows; <see cref="DreamCondition.KindName"/> names it.</summary>
        Unknown,
    }

    /// <summary>How a transition passes from the old condition to the new; <see cref="Default"/>: as the bundle has it for that condition.</summary>
    public enum DreamEasing
    {
        Default,
        Linear,
        Smooth,
        In,
        Out,
    }

    /// <summary>One condition of a bundle: what it means and what it may be. Inspectors are built from it.</summary>
    public sealed class DreamCondition
    {
        /// <summary>Numbers of an audio condition: the levels of 16 bands, and the onset; each 0-1.</summary>
        public const int AudioSize = 17;

        const double Endless = 3.0e38;

        internal DreamCondition(string name, DreamMap map)
        {
            Name = name;
            KindName = map["kind"].AsText();
            Kind = KindNamed(KindName);
            IsMomentary = Array.IndexOf(Messages.MomentaryKinds, KindName) >= 0;
            Description = map["description"].AsText();
            Unit = map["unit"].AsText();
            var range = map["range"].AsArray();
            HasRange = range != null && range.Length == 2;
            Min = HasRange ? range![0].AsNumber() : Kind == DreamConditionKind.Event ? 0 : -Endless;
            Max = HasRange ? range![1].AsNumber() : Kind == DreamConditionKind.Event ? 1 : Endless;
            Period = map["period"].AsNumber();
            Discrete = map["discrete"].AsBool();
            Default = map["default"];
            Options = Array.ConvertAll(map["options"].AsArray() ?? Array.Empty<DreamValue>(), o => o.AsText());
            Size = (int)map["size"].AsInt();
            MaxChars = (int)map["max_chars"].AsInt(2000);
            Figures = (int)map["figures"].AsInt(1);
            Decay = map["decay"].AsNumber(0.5);
            Over = map["over"].AsNumber(0.5);
            Easing = DreamTransition.Named(map["easing"].AsText("smooth"));
        }

        public string Name { get; }

        public DreamConditionKind Kind { get; }

        public string KindName { get; }

        internal bool IsMomentary { get; }

        public string Description { get; }

        /// <summary>Unit of a number, such as "h"; empty for none.</summary>
        public string Unit { get; }

        public bool HasRange { get; }

        public double Min { get; }

        public double Max { get; }

        /// <summary>A number that goes round, 24 for hours; 0 for none.</summary>
        public double Period { get; }

        /// <summary>Whole numbers only.</summary>
        public bool Discrete { get; }

        /// <summary>What holds until it is directed; nil: nothing.</summary>
        public DreamValue Default { get; }

        /// <summary>Of a choice, or of an event with several.</summary>
        public string[] Options { get; }

        /// <summary>Numbers of a vector.</summary>
        public int Size { get; }

        /// <summary>Of a text.</summary>
        public int MaxChars { get; }

        /// <summary>Of a pose: each has 17 joints of x, y, visibility.</summary>
        public int Figures { get; }

        /// <summary>Seconds in which an event falls to 1/e.</summary>
        public double Decay { get; }

        /// <summary>Seconds of its own transition.</summary>
        public double Over { get; }

        public DreamEasing Easing { get; }

        /// <summary>
        /// What the daemon would say to <paramref name="value"/>: null when nothing is wrong, else a <c>bad_value</c>. Nil unsets a
        /// condition and is always right. Of a picture's file the daemon alone knows whether it is one.
        /// </summary>
        public DreamError? Check(in DreamValue value) => value.IsNil ? null : ConditionCheck.Of(this, value);

        static DreamConditionKind KindNamed(string name)
        {
            switch (name)
            {
                case "number":
                    return DreamConditionKind.Number;
                case "choice":
                    return DreamConditionKind.Choice;
                case "vector":
                    return DreamConditionKind.Vector;
                case "text":
                    return DreamConditionKind.Text;
                case "pose":
                    return DreamConditionKind.Pose;
                case "event":
                    return DreamConditionKind.Event;
                case "audio":
                    return DreamConditionKind.Audio;
                case "image":
                    return DreamConditionKind.Image;
                case "delta":
                    return DreamConditionKind.Delta;
                case "per_frame":
                    return DreamConditionKind.PerFrame;
                default:
                    return DreamConditionKind.Unknown;
            }
        }
    }
}
