#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>What a <see cref="DreamValue"/> holds.</summary>
    public enum DreamKind : byte
    {
        Nil,
        Bool,
        Int,
        Float,
        Text,
        Bytes,
        /// <summary>32-bit floats, sent as little-endian bytes: poses and vectors.</summary>
        Floats,
        Array,
        Map,
    }

    /// <summary>One value of a message or of a condition. Numbers and texts convert to it by themselves, without boxing.</summary>
    public readonly struct DreamValue
    {
        readonly long _bits;
        readonly object? _held;

        public DreamKind Kind { get; }

        /// <summary>No value: unsets a condition.</summary>
        public static readonly DreamValue Nil = default;

        DreamValue(DreamKind kind, long bits, object? held)
        {
            Kind = kind;
            _bits = bits;
            _held = held;
        }

        public bool IsNil => Kind == DreamKind.Nil;

        public bool IsNumber => Kind == DreamKind.Int || Kind == DreamKind.Float;

        public static implicit operator DreamValue(bool value) => new DreamValue(DreamKind.Bool, value ? 1 : 0, null);

        public static implicit operator DreamValue(int value) => new DreamValue(DreamKind.Int, value, null);

        public static implicit operator DreamValue(long value) => new DreamValue(DreamKind.Int, value, null);

        public static implicit operator DreamValue(float value) => (double)value;

        public static implicit operator DreamValue(double value) => new DreamValue(DreamKind.Float, BitConverter.DoubleToInt64Bits(value), null);

        public static implicit operator DreamValue(string? value) => Of(DreamKind.Text, value);

        public static implicit operator DreamValue(byte[]? value) => Of(DreamKind.Bytes, value);

        public static implicit operator DreamValue(float[]? value) => Of(DreamKind.Floats, value);

        public static implicit operator DreamValue(DreamValue[]? value) => Of(DreamKind.Array, value);

        public static implicit operator DreamValue(DreamMap? value) => Of(DreamKind.Map, value);

        /// <summary>A picture for a condition of the kind "image": rows from the top, straight alpha, 4 bytes a pixel. It is not copied here.</summary>
        public static DreamValue Image(int width, int height, byte[] rgba) => new DreamMap { ["width"] = width, ["height"] = height, ["rgba"] = rgba };

        static DreamValue Of(DreamKind kind, object? held) => held == null ? Nil : new DreamValue(kind, 0, held);

        public bool AsBool(bool otherwise = false) => Kind == DreamKind.Bool ? _bits != 0 : otherwise;

        /// <summary>The whole number; of a fraction what lies before the point.</summary>
        public long AsInt(long otherwise = 0)
        {
            if (Kind == DreamKind.Int)
                return _bits;
            var number = AsNumber(double.NaN);
            return number >= -9.2e18 && number <= 9.2e18 ? (long)number : otherwise;
        }

        public double AsNumber(double otherwise = 0)
        {
            if (Kind == DreamKind.Float)
                return BitConverter.Int64BitsToDouble(_bits);
            return Kind == DreamKind.Int ? _bits : otherwise;
        }

        public string AsText(string otherwise = "") => _held as string ?? otherwise;

        public byte[]? AsBytes() => _held as byte[];

        public DreamValue[]? AsArray() => _held as DreamValue[];

        public DreamMap? AsMap() => _held as DreamMap;

        /// <summary>The floats: as they are, or a copy out of little-endian bytes or an array of numbers. Null for all else.</summary>
        public float[]? AsFloats()
        {
            switch (_held)
            {
                case float[] floats:
                    return floats;
                case byte[] bytes when bytes.Length % 4 == 0:
                    var read = new float[bytes.Length / 4];
                    Buffer.BlockCopy(bytes, 0, read, 0, bytes.Length);
                    return read;
                case DreamValue[] items:
                    var made = new float[items.Length];
                    for (var i = 0; i < items.Length; i++)
                    {
                        if (!items[i].IsNumber)
                            return null;
                        made[i] = (float)items[i].AsNumber();
                    }
                    return made;
                default:
                    return null;
            }
        }

        /// <summary>For messages to people, at most about 60 characters.</summary>
        public override string ToString()
        {
            switch (Kind)
            {
                case DreamKind.Nil:
                    return "nil";
                case DreamKind.Bool:
                    return _bits != 0 ? "true" : "false";
                case DreamKind.Int:
                    return _bits.ToString(System.Globalization.CultureInfo.InvariantCulture);
                case DreamKind.Float:
                    return AsNumber().ToString("R", System.Globalization.CultureInfo.InvariantCulture);
                case DreamKind.Text:
                    var text = AsText();
                    return text.Length <= 60 ? $"'{text}'" : $"'{text.Substring(0, 50)}…' ({text.Length} characters)";
                case DreamKind.Map:
                    return $"a map of {AsMap()!.Count}";
                default:
                    return $"{((Array)_held!).Length} {(Kind == DreamKind.Bytes ? "bytes" : Kind == DreamKind.Floats ? "floats" : "values")}";
            }
        }
    }
}
