#nullable enable

using System;
using System.Globalization;

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
        /// <summary>A kind that a newer daemon knows; <see cref="DreamCondition.KindName"/> names it.</summary>
        Unknown,
    }

    /// <summary>How a transition passes from the old condition to the new; <see cref="Own"/>: as the bundle has it for that condition.</summary>
    public enum DreamEasing
    {
        Own,
        Linear,
        Smooth,
        In,
        Out,
    }

    /// <summary>One condition of a bundle: what it means and what it may be. Inspectors are built from it.</summary>
    public sealed class DreamCondition
    {
        const double Endless = 3.0e38;

        internal DreamCondition(string name, DreamMap map)
        {
            Name = name;
            KindName = map["kind"].AsText();
            Kind = Enum.TryParse<DreamConditionKind>(KindName, true, out var kind) && Enum.IsDefined(typeof(DreamConditionKind), kind) ? kind : DreamConditionKind.Unknown;
            Description = map["description"].AsText();
            Unit = map["unit"].AsText();
            var range = map["range"].AsArray();
            HasRange = range != null && range.Length == 2;
            var least = Kind == DreamConditionKind.Event ? 0 : -Endless;
            Min = HasRange ? range![0].AsNumber() : least;
            Max = HasRange ? range![1].AsNumber() : Kind == DreamConditionKind.Event ? 1 : Endless;
            Period = map["period"].AsNumber();
            Default = map["default"];
            var options = map["options"].AsArray() ?? Array.Empty<DreamValue>();
            Options = Array.ConvertAll(options, o => o.AsText());
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

        public string Description { get; }

        /// <summary>Unit of a number, such as "h"; empty for none.</summary>
        public string Unit { get; }

        public bool HasRange { get; }

        public double Min { get; }

        public double Max { get; }

        /// <summary>A number that goes round, 24 for hours; 0 for none.</summary>
        public double Period { get; }

        /// <summary>What holds until it is directed; nil: nothing.</summary>
        public DreamValue Default { get; }

        /// <summary>Of a choice.</summary>
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
        /// condition and is always right.
        /// </summary>
        public DreamError? Check(in DreamValue value)
        {
            if (value.IsNil)
                return null;
            switch (Kind)
            {
                case DreamConditionKind.Number:
                case DreamConditionKind.Event:
                    return CheckNumber(value);
                case DreamConditionKind.Choice:
                    return CheckChoice(value);
                case DreamConditionKind.Text:
                    return CheckText(value);
                case DreamConditionKind.Vector:
                    return CheckFloats(value, Size, Size, $"{Size} numbers");
                case DreamConditionKind.Pose:
                    return CheckFloats(value, Figures * 51, Figures * 51, $"17 joints of x, y, visibility for each of {Figures} figure(s)");
                default:
                    return null;
            }
        }

        DreamError? CheckNumber(in DreamValue value)
        {
            var unit = Unit.Length > 0 ? " " + Unit : "";
            var hint = $"{Name} is a number from {Round(Min)} to {Round(Max)}{unit}.";
            if (!value.IsNumber)
                return Bad(value, $"not a number but {value.Kind}", hint);
            var number = value.AsNumber();
            if (double.IsNaN(number) || double.IsInfinity(number))
                return Bad(value, "not a finite number", hint);
            return number >= Min && number <= Max ? null : Bad(value, "out of range", hint);
        }

        DreamError? CheckChoice(in DreamValue value)
        {
            var hint = $"{Name} is one of: {string.Join(", ", Options)}.";
            if (value.Kind == DreamKind.Text)
                return Array.IndexOf(Options, value.AsText()) >= 0 ? null : Bad(value, "no such option", hint);
            if (!(value.AsMap() is { } weights))
                return Bad(value, $"not an option but {value.Kind}", hint);
            var sum = 0.0;
            for (var i = 0; i < weights.Count; i++)
            {
                if (Array.IndexOf(Options, weights.KeyAt(i)) < 0)
                    return Bad(weights.KeyAt(i), "no such option", hint);
                var weight = weights.ValueAt(i).AsNumber(double.NaN);
                if (!(weight >= 0 && weight <= 1e6))
                    return Bad(weights.ValueAt(i), "a weight is a number from 0 to 1000000", hint);
                sum += weight;
            }
            return sum > 0 ? null : Bad(value, "all weights are 0", hint);
        }

        DreamError? CheckText(in DreamValue value)
        {
            var hint = $"{Name} is a text of 1 to {MaxChars} characters; nil unsets it.";
            if (value.Kind != DreamKind.Text)
                return Bad(value, $"not a text but {value.Kind}", hint);
            if (string.IsNullOrWhiteSpace(value.AsText()))
                return Bad(value, "the text is empty", hint);
            return value.AsText().Length <= MaxChars ? null : Bad(value, $"{value.AsText().Length} characters are too many", hint);
        }

        DreamError? CheckFloats(in DreamValue value, int least, int most, string what)
        {
            var hint = $"{Name} is {what}.";
            // Nested arrays are left to the daemon.
            if (value.Kind == DreamKind.Array && Array.Exists(value.AsArray()!, v => v.Kind == DreamKind.Array))
                return null;
            var floats = value.AsFloats();
            if (floats == null)
                return Bad(value, $"not {what}", hint);
            if (floats.Length < least || floats.Length > most)
                return Bad(value, $"{floats.Length} numbers", hint);
            foreach (var x in floats)
            {
                if (float.IsNaN(x) || float.IsInfinity(x))
                    return Bad(value, "holds a number that is not finite", hint);
                if (HasRange && Kind == DreamConditionKind.Vector && (x < Min || x > Max))
                    return Bad(value, "out of range", $"Each number lies from {Round(Min)} to {Round(Max)}.");
            }
            return null;
        }

        DreamError Bad(in DreamValue value, string why, string hint) => new DreamError(ErrorCodes.BadValue, $"{Name} = {value}: {why}.", hint);

        static string Round(double number) => number.ToString("G6", CultureInfo.InvariantCulture);
    }
}
