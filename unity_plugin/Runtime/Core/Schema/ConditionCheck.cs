#nullable enable

using System;
using System.Globalization;

namespace Dreambridge
{
    /// <summary>What the daemon finds wrong with a condition's value, found here too: for inspectors, before anything is sent.</summary>
    static class ConditionCheck
    {
        const int Joints = 51;

        internal static DreamError? Of(DreamCondition c, in DreamValue value)
        {
            switch (c.Kind)
            {
                case DreamConditionKind.Event when c.Options.Length > 0:
                    return Moments(c, value);
                case DreamConditionKind.Number:
                case DreamConditionKind.Event:
                    return Number(c, value);
                case DreamConditionKind.Choice:
                    return Choice(c, value);
                case DreamConditionKind.Text:
                    return Text(c, value);
                case DreamConditionKind.Vector:
                    return Floats(c, value, c.Size, c.HasRange, c.Min, c.Max, $"a vector of {c.Size} numbers");
                case DreamConditionKind.Delta:
                    return Floats(c, value, c.Size, c.HasRange, c.Min, c.Max, $"{c.Size} numbers that are added");
                case DreamConditionKind.Audio:
                    return Floats(c, value, DreamCondition.AudioSize, true, 0, 1, $"{DreamCondition.AudioSize} numbers in 0-1: 16 band levels and the onset");
                case DreamConditionKind.Pose:
                    return Pose(c, value);
                case DreamConditionKind.Image:
                    return Image(c, value);
                default:
                    return null;
            }
        }

        static DreamError? Number(DreamCondition c, in DreamValue value)
        {
            var unit = c.Unit.Length > 0 ? " " + c.Unit : "";
            var hint = $"{c.Name} is a {(c.Discrete ? "whole " : "")}number from {Round(c.Min)} to {Round(c.Max)}{unit}.";
            if (!value.IsNumber)
                return Bad(c, value, $"expected a number, got {value.Kind}", hint);
            var number = value.AsNumber();
            if (double.IsNaN(number) || double.IsInfinity(number))
                return Bad(c, value, "not a finite number", hint);
            if (number < c.Min || number > c.Max)
                return Bad(c, value, "out of range", hint);
            return c.Discrete && number != Math.Floor(number) ? Bad(c, value, "not a whole number", hint) : null;
        }

        static DreamError? Choice(DreamCondition c, in DreamValue value)
        {
            var hint = $"{c.Name} is one of: {string.Join(", ", c.Options)}.";
            if (value.Kind == DreamKind.Text)
                return Has(c, value.AsText()) ? null : Bad(c, value, "unknown option", hint);
            if (!(value.AsMap() is { } weights))
                return Bad(c, value, $"expected an option, got {value.Kind}", hint);
            var sum = 0.0;
            return Weights(c, weights, 1e6, hint, ref sum) ?? (sum > 0 ? null : Bad(c, value, "all weights are 0", hint));
        }

        static DreamError? Moments(DreamCondition c, in DreamValue value)
        {
            var hint = $"{c.Name} is one of: {string.Join(", ", c.Options)}; or a list of them, or a map option → strength 0-1.";
            if (value.Kind == DreamKind.Text)
                return Has(c, value.AsText()) ? null : Bad(c, value, "unknown option", hint);
            if (value.AsMap() is { } strengths)
            {
                var sum = 0.0;
                return strengths.Count == 0 ? Bad(c, value, "no event is named", hint) : Weights(c, strengths, 1, hint, ref sum);
            }
            if (!(value.AsArray() is { } list))
                return Bad(c, value, $"expected an option, got {value.Kind}", hint);
            foreach (var option in list)
            {
                if (!Has(c, option.AsText()))
                    return Bad(c, option, "unknown option", hint);
            }
            return list.Length == 0 ? Bad(c, value, "no event is named", hint) : null;
        }

        static DreamError? Weights(DreamCondition c, DreamMap weights, double most, string hint, ref double sum)
        {
            for (var i = 0; i < weights.Count; i++)
            {
                if (!Has(c, weights.KeyAt(i)))
                    return Bad(c, weights.KeyAt(i), "unknown option", hint);
                var weight = weights.ValueAt(i).AsNumber(double.NaN);
                if (!(weight >= 0 && weight <= most))
                    return Bad(c, weights.ValueAt(i), $"{weights.KeyAt(i)} must be a number from 0 to {Round(most)}", hint);
                sum += weight;
            }
            return null;
        }

        static DreamError? Text(DreamCondition c, in DreamValue value)
        {
            var hint = $"{c.Name} is a text of 1 to {c.MaxChars} characters; nil unsets it.";
            if (value.Kind != DreamKind.Text)
                return Bad(c, value, $"expected a text, got {value.Kind}", hint);
            if (string.IsNullOrWhiteSpace(value.AsText()))
                return Bad(c, value, "the text is empty", hint);
            return value.AsText().Length <= c.MaxChars ? null : Bad(c, value, $"has {value.AsText().Length} characters, which is too many", hint);
        }

        static DreamError? Floats(DreamCondition c, in DreamValue value, int size, bool limited, double min, double max, string what)
        {
            var hint = $"{c.Name} is {what}.";
            var floats = value.AsFloats();
            if (floats == null)
                return Nested(value) ? null : Bad(c, value, $"expected {size} numbers", hint);
            if (floats.Length != size)
                return Bad(c, value, $"has {floats.Length} numbers", hint);
            foreach (var x in floats)
            {
                if (float.IsNaN(x) || float.IsInfinity(x))
                    return Bad(c, value, "contains a number that is not finite", hint);
                if (limited && (x < min || x > max))
                    return Bad(c, value, "out of range", $"Each number must be from {Round(min)} to {Round(max)}.");
            }
            return null;
        }

        static DreamError? Pose(DreamCondition c, in DreamValue value)
        {
            if (Nested(value))
                return null;
            var size = value.AsFloats()?.Length ?? 0;
            if (size > 0 && size % Joints == 0 && size <= c.Figures * Joints)
                return Floats(c, value, size, false, 0, 0, "");
            return Bad(c, value, size == 0 ? $"expected a pose, got {value.Kind}" : $"has {size} numbers",
                $"Give 17 joints of x, y, visibility for each of {c.Figures} figure(s), in COCO order.");
        }

        static DreamError? Image(DreamCondition c, in DreamValue value)
        {
            const string Hint = "Give the bytes of a PNG, JPEG or WebP file, or width, height and rgb or rgba.";
            if (value.Kind == DreamKind.Bytes)
                return value.AsBytes()!.Length > 0 ? null : Bad(c, value, "the file is empty", Hint);
            if (!(value.AsMap() is { } map))
                return Bad(c, value, $"expected a picture, got {value.Kind}", Hint);
            if (map.Has("rgb") == map.Has("rgba"))
                return Bad(c, value, "the map needs either rgb or rgba", Hint);
            var depth = map.Has("rgb") ? 3 : 4;
            var (width, height) = (map["width"].AsInt(), map["height"].AsInt());
            if (map["width"].Kind != DreamKind.Int || map["height"].Kind != DreamKind.Int || width < 1 || height < 1)
                return Bad(c, value, $"the size {map["width"]} x {map["height"]} is invalid", "width and height are whole numbers from 1.");
            var pixels = map[depth == 3 ? "rgb" : "rgba"].AsBytes();
            if (pixels == null || pixels.Length != width * height * depth)
                return Bad(c, value, $"has {pixels?.Length ?? 0} bytes for {width} x {height} pixels", $"Give {depth} bytes for each pixel, rows from the top.");
            return null;
        }

        /// <summary>Arrays in arrays (of joints, of figures) are left to the daemon.</summary>
        static bool Nested(in DreamValue value) =>
            value.AsArray() is { } items && Array.Exists(items, v => v.Kind == DreamKind.Array || v.Kind == DreamKind.Bytes || v.Kind == DreamKind.Floats);

        static bool Has(DreamCondition c, string option) => Array.IndexOf(c.Options, option) >= 0;

        static DreamError Bad(DreamCondition c, in DreamValue value, string why, string hint) =>
            new DreamError(ErrorCodes.BadValue, $"{c.Name} = {value}: {why}.", hint);

        static string Round(double number) => number.ToString("G6", CultureInfo.InvariantCulture);
    }
}
