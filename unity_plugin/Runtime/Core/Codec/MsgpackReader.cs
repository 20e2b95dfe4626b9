#nullable enable

using System;
using System.Text;

namespace Dreambridge
{
    /// <summary>
    /// Reads MessagePack out of bytes that stay where they are. Numbers and comparisons of texts allocate nothing; sizes and depth
    /// are checked before anything is allocated for them. Throws <see cref="MsgpackException"/>. Extension types are nil.
    /// </summary>
    struct MsgpackReader
    {
        readonly byte[] _data;
        readonly int _end;

        public MsgpackReader(byte[] data, int offset, int count)
        {
            if (offset < 0 || count < 0 || offset + count > data.Length)
                throw new ArgumentOutOfRangeException(nameof(count));
            _data = data;
            _end = offset + count;
            Position = offset;
        }

        public int Position { get; private set; }

        /// <summary>The one value that <paramref name="bytes"/> hold.</summary>
        public static DreamValue Decode(byte[] bytes)
        {
            var reader = new MsgpackReader(bytes, 0, bytes.Length);
            var value = reader.ReadValue();
            reader.AtEnd();
            return value;
        }

        public void AtEnd()
        {
            if (Position != _end)
                throw new MsgpackException($"{_end - Position} bytes follow the value");
        }

        /// <summary>Pairs of the map that begins here.</summary>
        public int ReadMapHead()
        {
            var b = Byte();
            var n = (b & 0xF0) == 0x80 ? b & 15 : b == 0xDE ? Count(2) : b == 0xDF ? Count(4) : throw Wrong(b, "map");
            Has(2L * n);
            return n;
        }

        public int ReadArrayHead()
        {
            var b = Byte();
            var n = (b & 0xF0) == 0x90 ? b & 15 : b == 0xDC ? Count(2) : b == 0xDD ? Count(4) : throw Wrong(b, "array");
            Has(n);
            return n;
        }

        public string ReadText()
        {
            ReadText(out var at, out var size);
            return TextAt(at, size);
        }

        /// <summary>The text whose place <see cref="ReadText(out int, out int)"/> told.</summary>
        public string TextAt(int at, int size) => Encoding.UTF8.GetString(_data, at, size);

        /// <summary>A text; <paramref name="otherwise"/> for all else, which is skipped.</summary>
        public string ReadTextOr(string otherwise)
        {
            if (IsText(Peek()))
                return ReadText();
            SkipField();
            return otherwise;
        }

        /// <summary>The number of items of an array; 0 for all else, which is skipped.</summary>
        public int ReadItems()
        {
            var b = Peek();
            if ((b & 0xF0) == 0x90 || b == 0xDC || b == 0xDD)
                return ReadArrayHead();
            SkipField();
            return 0;
        }

        /// <summary>Where the text's bytes lie; allocates nothing. <see cref="Same"/> compares them.</summary>
        public void ReadText(out int at, out int size)
        {
            var b = Byte();
            size = (b & 0xE0) == 0xA0 ? b & 31 : b >= 0xD9 && b <= 0xDB ? Count(1 << (b - 0xD9)) : throw Wrong(b, "text");
            at = Take(size);
        }

        /// <summary>Is the text at <paramref name="at"/> this one, of ASCII letters?</summary>
        public bool Same(int at, int size, string ascii)
        {
            if (size != ascii.Length)
                return false;
            for (var i = 0; i < size; i++)
            {
                if (_data[at + i] != ascii[i])
                    return false;
            }
            return true;
        }

        /// <summary>A whole number, or a float's part before the point; <paramref name="otherwise"/> for all else, which is skipped.</summary>
        public long ReadInt(long otherwise = 0)
        {
            var scalar = ReadScalar(out var value);
            return scalar ? value.AsInt(otherwise) : otherwise;
        }

        /// <summary>A number; <paramref name="otherwise"/> for all else, which is skipped.</summary>
        public double ReadNumber(double otherwise = 0)
        {
            var scalar = ReadScalar(out var value);
            return scalar ? value.AsNumber(otherwise) : otherwise;
        }

        /// <summary>Pass over one value, checking it as reading it would: what is passed over can be read.</summary>
        public void Skip() => Skip(0);

        /// <summary>The same for a value of a map that is not inside another one.</summary>
        public void SkipField() => Skip(1);

        /// <summary>Any value, with whatever lies in it.</summary>
        public DreamValue ReadValue() => ReadValue(0);

        void Skip(int depth)
        {
            if (ReadScalar(out _, ahead: true))
                return;
            var b = _data[Position];
            if (IsText(b))
                ReadText(out _, out _);
            else if (b >= 0xC4 && b <= 0xC6)
                ReadBytes(out _);
            else
            {
                Deeper(depth);
                var map = (b & 0xF0) == 0x80 || b == 0xDE || b == 0xDF;
                for (var n = map ? ReadMapHead() : ReadArrayHead(); n > 0; n--)
                {
                    if (map)
                        ReadText(out _, out _);
                    Skip(depth + 1);
                }
            }
        }

        DreamValue ReadValue(int depth)
        {
            if (ReadScalar(out var scalar, ahead: true))
                return scalar;
            var b = _data[Position];
            if (IsText(b))
                return ReadText();
            if (b >= 0xC4 && b <= 0xC6)
            {
                var from = ReadBytes(out var size);
                var bytes = new byte[size];
                Buffer.BlockCopy(_data, from, bytes, 0, size);
                return bytes;
            }
            Deeper(depth);
            if ((b & 0xF0) == 0x80 || b == 0xDE || b == 0xDF)
            {
                var map = new DreamMap();
                for (var n = ReadMapHead(); n > 0; n--)
                {
                    var key = ReadText();
                    map.Add(key, ReadValue(depth + 1));
                }
                return map;
            }
            // Room for what is promised grows with what has come: each item takes 16 bytes here and may take 1 there.
            var count = ReadArrayHead();
            var items = new DreamValue[Math.Min(count, 1024)];
            for (var i = 0; i < count; i++)
            {
                if (i == items.Length)
                    Array.Resize(ref items, Math.Min(count, 2 * i));
                items[i] = ReadValue(depth + 1);
            }
            return items;
        }

        /// <summary>The offset of the bytes; nothing is copied.</summary>
        public int ReadBytes(out int size)
        {
            var b = Byte();
            size = b >= 0xC4 && b <= 0xC6 ? Count(1 << (b - 0xC4)) : throw Wrong(b, "bin");
            return Take(size);
        }

        /// <summary>Nil, bool, number or extension. When something else stands here: false, and it is skipped or, with <paramref name="ahead"/>, left.</summary>
        bool ReadScalar(out DreamValue value, bool ahead = false)
        {
            value = DreamValue.Nil;
            var b = Byte();
            if (b <= 0x7F || b >= 0xE0)
            {
                value = (int)(sbyte)b;
                return true;
            }
            switch (b)
            {
                case 0xC0:
                    return true;
                case 0xC1:
                    throw new MsgpackException("the byte 0xC1 begins no value");
                case 0xC2:
                case 0xC3:
                    value = b == 0xC3;
                    return true;
                case 0xC7:
                case 0xC8:
                case 0xC9:
                    Take(1L + Count(1 << (b - 0xC7)));
                    return true;
                case 0xCA:
                    value = BitConverter.Int32BitsToSingle((int)Big(4));
                    return true;
                case 0xCB:
                    value = BitConverter.Int64BitsToDouble((long)Big(8));
                    return true;
                case 0xCC:
                case 0xCD:
                case 0xCE:
                    value = (long)Big(1 << (b - 0xCC));
                    return true;
                case 0xCF:
                    var big = Big(8);
                    value = big <= long.MaxValue ? (DreamValue)(long)big : (double)big;
                    return true;
                case 0xD0:
                    value = (int)(sbyte)Big(1);
                    return true;
                case 0xD1:
                    value = (int)(short)Big(2);
                    return true;
                case 0xD2:
                    value = (int)Big(4);
                    return true;
                case 0xD3:
                    value = (long)Big(8);
                    return true;
                case 0xD4:
                case 0xD5:
                case 0xD6:
                case 0xD7:
                case 0xD8:
                    Take(1 + (1 << (b - 0xD4)));
                    return true;
            }
            Position--;
            if (!ahead)
                Skip(1); // a field's value
            return false;
        }

        static int Deeper(int depth) =>
            depth < Messages.MaxDepth ? depth + 1 : throw new MsgpackException($"it is nested deeper than {Messages.MaxDepth}");

        static bool IsText(byte b) => (b & 0xE0) == 0xA0 || (b >= 0xD9 && b <= 0xDB);

        byte Peek()
        {
            Has(1);
            return _data[Position];
        }

        byte Byte() => _data[Take(1)];

        ulong Big(int width)
        {
            var at = Take(width);
            ulong value = 0;
            for (var i = 0; i < width; i++)
                value = (value << 8) | _data[at + i];
            return value;
        }

        int Count(int width)
        {
            var n = Big(width);
            Has((long)n);
            return (int)n;
        }

        int Take(long n)
        {
            Has(n);
            var at = Position;
            Position += (int)n;
            return at;
        }

        void Has(long n)
        {
            if (_end - Position < n)
                throw new MsgpackException($"it ends after {_end - Position} bytes where {n} more should follow");
        }

        static MsgpackException Wrong(byte b, string wanted) => new MsgpackException($"the byte 0x{b:X2} begins no {wanted}");
    }
}
