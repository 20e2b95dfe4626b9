#nullable enable

using System;

namespace Dreambridge
{
    enum IncomingKind
    {
        Message,
        Live,
        Lost,
        Failed,
    }

    /// <summary>
    /// One thing that the channel's thread hands to the main thread: a message with its bytes, or news of the connection. Kept in a
    /// pool and used again.
    /// </summary>
    sealed class Incoming
    {
        const int MaxKeptBytes = 1 << 20;

        byte[] _data = new byte[512];
        int _size;

        internal IncomingKind Kind { get; private set; }

        /// <summary>The message's type.</summary>
        internal string Type { get; private set; } = "";

        internal long Id { get; private set; }

        /// <summary>The session that it is about; -1 for none.</summary>
        internal long Session { get; private set; }

        /// <summary>Of <see cref="IncomingKind.Failed"/>.</summary>
        internal DreamError? Error { get; private set; }

        /// <summary>Of <see cref="IncomingKind.Lost"/>: why.</summary>
        internal string Detail { get; private set; } = "";

        /// <summary>Which connection it came by: 1 for the first that went live.</summary>
        internal int Generation { get; private set; }

        internal bool IsError => Type == Messages.Error;

        /// <summary>Take a message's bytes over. MsgpackException when it is none, or has no type.</summary>
        internal void Take(byte[] from, int at, int size)
        {
            if (_data.Length < size)
                _data = new byte[Math.Max(size, 2 * _data.Length)];
            Buffer.BlockCopy(from, at, _data, 0, size);
            _size = size;
            Set(IncomingKind.Message);
            var reader = Reader();
            for (var n = reader.ReadMapHead(); n > 0; n--)
            {
                reader.ReadText(out var key, out var length);
                if (reader.Same(key, length, "type"))
                {
                    reader.ReadText(out key, out length);
                    Type = TypeOf(ref reader, key, length);
                }
                else if (reader.Same(key, length, "id"))
                    Id = reader.ReadInt();
                else if (reader.Same(key, length, "session"))
                    Session = reader.ReadInt(-1);
                else
                    reader.SkipField();
            }
            reader.AtEnd();
            if (Type.Length == 0)
                throw new MsgpackException("it has no type");
        }

        /// <summary>With <paramref name="id"/> it is the reply to that request.</summary>
        internal void Failed(DreamError error, long id = 0)
        {
            Set(IncomingKind.Failed);
            Error = error;
            Id = id;
        }

        internal void Lost(string detail)
        {
            Set(IncomingKind.Lost);
            Detail = detail;
        }

        /// <summary>The welcome that was taken opens a connection.</summary>
        internal void Live(int generation)
        {
            Kind = IncomingKind.Live;
            Generation = generation;
        }

        internal void Recycle()
        {
            Error = null;
            if (_data.Length > MaxKeptBytes)
                _data = new byte[512];
        }

        internal MsgpackReader Reader() => new MsgpackReader(_data, 0, _size);

        internal DreamMap Map() => Reader().ReadValue().AsMap()!;

        internal DreamError ToError()
        {
            var m = Map();
            return new DreamError(m["code"].AsText(ErrorCodes.Internal), m["message"].AsText(), m["hint"].AsText());
        }

        /// <summary>A whole number of the message's map, by an ASCII name; allocates nothing.</summary>
        internal long Int(string name, long otherwise = 0)
        {
            var reader = Reader();
            return Find(ref reader, name) ? reader.ReadInt(otherwise) : otherwise;
        }

        /// <summary>The same for a number.</summary>
        internal double Number(string name, double otherwise = 0)
        {
            var reader = Reader();
            return Find(ref reader, name) ? reader.ReadNumber(otherwise) : otherwise;
        }

        /// <summary>Put the reader at that field of the map.</summary>
        static bool Find(ref MsgpackReader reader, string name)
        {
            for (var n = reader.ReadMapHead(); n > 0; n--)
            {
                reader.ReadText(out var at, out var size);
                if (reader.Same(at, size, name))
                    return true;
                reader.Skip();
            }
            return false;
        }

        void Set(IncomingKind kind)
        {
            Kind = kind;
            Type = "";
            Id = 0;
            Session = -1;
        }

        static string TypeOf(ref MsgpackReader reader, int at, int size)
        {
            foreach (var type in Messages.Incoming)
            {
                if (reader.Same(at, size, type))
                    return type;
            }
            return reader.TextAt(at, size);
        }
    }
}
