#nullable enable

using System;
using System.Text;
using System.Runtime.CompilerServices;

namespace Dreambridge
{
    /// <summary>MessagePack, value by value, into a buffer that grows and is used again. Each value in its shortest form.</summary>
    sealed class MsgpackWriter
    {
        byte[] _data;

        public MsgpackWriter(int capacity = 256) => _data = new byte[Math.Max(capacity, 16)];

        /// <summary>What was written: the first <see cref="Length"/> bytes. Another array after growth.</summary>
        public byte[] Data => _data;

        public int Length { get; private set; }

        public void Clear() => Length = 0;

        public byte[] ToArray()
        {
            var copy = new byte[Length];
            Buffer.BlockCopy(_data, 0, copy, 0, Length);
            return copy;
        }

        public void Nil() => Put(0xC0);

        public void Bool(bool value) => Put(value ? (byte)0xC3 : (byte)0xC2);

        public void Int(long n)
        {
            if (n >= -32 && n <= 0x7F)
                Put((byte)n);
            else if (n >= 0)
                Sized((ulong)n, 0xCC);
            else if (n >= sbyte.MinValue)
                Put(0xD0, (ulong)n, 1);
            else if (n >= short.MinValue)
                Put(0xD1, (ulong)n, 2);
            else if (n >= int.MinValue)
                Put(0xD2, (ulong)n, 4);
            else
                Put(0xD3, (ulong)n, 8);
        }

        public void Float(double value) => Put(0xCB, (ulong)BitConverter.DoubleToInt64Bits(value), 8);

        public void Text(string value)
        {
            var size = Encoding.UTF8.GetByteCount(value);
            if (size < 32)
                Put((byte)(0xA0 | size));
            else
                Sized((ulong)size, 0xD9);
            Reserve(size);
            Length += Encoding.UTF8.GetBytes(value, 0, value.Length, _data, Length);
        }

        public void Bytes(byte[] value, int offset, int count)
        {
            Sized((ulong)count, 0xC4);
            Reserve(count);
            Buffer.BlockCopy(value, offset, _data, Length, count);
            Length += count;
        }

        /// <summary>As bytes: 32-bit floats, little-endian, which is what the daemon reads poses and vectors from.</summary>
        public void Floats(float[] value)
        {
            var size = 4 * value.Length;
            Sized((ulong)size, 0xC4);
            Reserve(size);
            Buffer.BlockCopy(value, 0, _data, Length, size);
            if (!BitConverter.IsLittleEndian)
            {
                for (var at = Length; at < Length + size; at += 4)
                    Array.Reverse(_data, at, 4);
            }
            Length += size;
        }

        /// <summary>The head of an array; <paramref name="count"/> values follow.</summary>
        public void ArrayHead(int count)
        {
            if (count < 16)
                Put((byte)(0x90 | count));
            else
                Put(count <= 0xFFFF ? (byte)0xDC : (byte)0xDD, (ulong)count, count <= 0xFFFF ? 2 : 4);
        }

        /// <summary>The head of a map; <paramref name="count"/> pairs of key and value follow.</summary>
        public void MapHead(int count)
        {
            if (count < 16)
                Put((byte)(0x80 | count));
            else
                Put(count <= 0xFFFF ? (byte)0xDE : (byte)0xDF, (ulong)count, count <= 0xFFFF ? 2 : 4);
        }

        public void Map(DreamMap map) => Map(map, 0);

        public void Value(in DreamValue value) => Value(value, 0);

        void Map(DreamMap map, int depth)
        {
            if (depth >= Messages.MaxDepth)
                throw new MsgpackException($"it is nested deeper than {Messages.MaxDepth}");
            MapHead(map.Count);
            for (var i = 0; i < map.Count; i++)
            {
                Text(map.KeyAt(i));
                Value(map.ValueAt(i), depth + 1);
            }
        }

        void Value(in DreamValue value, int depth)
        {
            switch (value.Kind)
            {
                case DreamKind.Nil:
                    Nil();
                    break;
                case DreamKind.Bool:
                    Bool(value.AsBool());
                    break;
                case DreamKind.Int:
                    Int(value.AsInt());
                    break;
                case DreamKind.Float:
                    Float(value.AsNumber());
                    break;
                case DreamKind.Text:
                    Text(value.AsText());
                    break;
                case DreamKind.Bytes:
                    var bytes = value.AsBytes()!;
                    Bytes(bytes, 0, bytes.Length);
                    break;
                case DreamKind.Floats:
                    Floats(value.AsFloats()!);
                    break;
                case DreamKind.Map:
                    Map(value.AsMap()!, depth);
                    break;
                default:
                    if (depth >= Messages.MaxDepth)
                        throw new MsgpackException($"it is nested deeper than {Messages.MaxDepth}");
                    var items = value.AsArray()!;
                    ArrayHead(items.Length);
                    foreach (var item in items)
                        Value(item, depth + 1);
                    break;
            }
        }

        /// <summary>A size behind the mark for 1 byte; those for 2, 4 and 8 follow it.</summary>
        void Sized(ulong n, byte mark)
        {
            if (n <= 0xFF)
                Put(mark, n, 1);
            else if (n <= 0xFFFF)
                Put((byte)(mark + 1), n, 2);
            else if (n <= 0xFFFFFFFF)
                Put((byte)(mark + 2), n, 4);
            else
                Put((byte)(mark + 3), n, 8);
        }

        void Put(byte value)
        {
            Reserve(1);
            _data[Length++] = value;
        }

        void Put(byte mark, ulong value, int width)
        {
            Reserve(1 + width);
            _data[Length++] = mark;
            for (var shift = 8 * (width - 1); shift >= 0; shift -= 8)
                _data[Length++] = (byte)(value >> shift);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Reserve(int more)
        {
            if (_data.Length - Length < more)
                Array.Resize(ref _data, Math.Max(2 * _data.Length, checked(Length + more)));
        }
    }
}
