#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>
    /// Values by name, in the order in which they were set: conditions of a direction, fields of a message.
    /// <c>new DreamMap { ["weather"] = "storm", ["time_of_day"] = 23.5 }</c>. Made for a few dozen entries: finding one is a walk along
    /// all. <see cref="Clear"/> keeps the memory, so that a map used again allocates nothing.
    /// </summary>
    public sealed class DreamMap
    {
        string[] _keys = new string[4];
        DreamValue[] _values = new DreamValue[4];

        public int Count { get; private set; }

        /// <summary>The value of <paramref name="name"/>; nil when there is none.</summary>
        public DreamValue this[string name]
        {
            get => TryGet(name, out var value) ? value : DreamValue.Nil;
            set
            {
                var at = Find(name);
                if (at < 0)
                    Add(name, value);
                else
                    _values[at] = value;
            }
        }

        public string KeyAt(int index) => _keys[Checked(index)];

        public DreamValue ValueAt(int index) => _values[Checked(index)];

        public bool TryGet(string name, out DreamValue value)
        {
            var at = Find(name);
            value = at < 0 ? DreamValue.Nil : _values[at];
            return at >= 0;
        }

        /// <summary>A copy of the names, in their order.</summary>
        internal string[] Names()
        {
            var names = new string[Count];
            Array.Copy(_keys, names, Count);
            return names;
        }

        public bool Has(string name) => Find(name) >= 0;

        public bool Remove(string name)
        {
            var at = Find(name);
            if (at < 0)
                return false;
            Count--;
            Array.Copy(_keys, at + 1, _keys, at, Count - at);
            Array.Copy(_values, at + 1, _values, at, Count - at);
            _keys[Count] = null!;
            _values[Count] = default;
            return true;
        }

        public void Clear()
        {
            Array.Clear(_keys, 0, Count);
            Array.Clear(_values, 0, Count);
            Count = 0;
        }

        /// <summary>Become a copy of <paramref name="other"/>; arrays of floats and bytes are copied too, into those held before where they fit.</summary>
        public void CopyFrom(DreamMap other)
        {
            var same = Count == other.Count;
            for (var i = 0; same && i < Count; i++)
                same = _keys[i] == other._keys[i];
            if (!same)
                Clear();
            for (var i = 0; i < other.Count; i++)
            {
                var held = same ? _values[i] : DreamValue.Nil;
                var value = CopyOf(other._values[i], held);
                if (same)
                    _values[i] = value;
                else
                    Add(other._keys[i], value);
            }
        }

        /// <summary>Set each entry of <paramref name="other"/>, copied as <see cref="CopyFrom"/> does.</summary>
        public void Merge(DreamMap other)
        {
            for (var i = 0; i < other.Count; i++)
            {
                var at = Find(other._keys[i]);
                if (at < 0)
                    Add(other._keys[i], CopyOf(other._values[i], DreamValue.Nil));
                else
                    _values[at] = CopyOf(other._values[i], _values[at]);
            }
        }

        public DreamMap Copy()
        {
            var copy = new DreamMap();
            copy.CopyFrom(this);
            return copy;
        }

        /// <summary>Without a look at whether the name is there: for decoders. Of two the first one is found.</summary>
        internal void Add(string name, in DreamValue value)
        {
            if (Count == _keys.Length)
            {
                Array.Resize(ref _keys, 2 * Count);
                Array.Resize(ref _values, 2 * Count);
            }
            _keys[Count] = name ?? throw new ArgumentNullException(nameof(name));
            _values[Count++] = value;
        }

        static DreamValue CopyOf(in DreamValue value, in DreamValue held)
        {
            switch (value.Kind)
            {
                case DreamKind.Floats:
                    var from = value.AsFloats()!;
                    var to = held.Kind == DreamKind.Floats && held.AsFloats()!.Length == from.Length ? held.AsFloats()! : new float[from.Length];
                    Array.Copy(from, to, from.Length);
                    return held.Kind == DreamKind.Floats && ReferenceEquals(to, held.AsFloats()) ? held : to;
                case DreamKind.Bytes:
                    return (byte[])value.AsBytes()!.Clone();
                case DreamKind.Array:
                    return (DreamValue[])value.AsArray()!.Clone();
                case DreamKind.Map:
                    return value.AsMap()!.Copy();
                default:
                    return value;
            }
        }

        int Find(string name)
        {
            for (var i = 0; i < Count; i++)
            {
                if (string.Equals(_keys[i], name))
                    return i;
            }
            return -1;
        }

        int Checked(int index) => index >= 0 && index < Count ? index : throw new ArgumentOutOfRangeException(nameof(index));
    }
}
