#nullable enable

using System.Text;

namespace Dreambridge
{
    /// <summary>The bytes of ZMTP 3.0 with the PLAIN mechanism (rfc.zeromq.org 23/ZMTP, 24/ZMTP-PLAIN). No sockets here.</summary>
    static class Zmtp
    {
        internal const int GreetingSize = 64;
        internal const int MaxFrame = 64 * 1024 * 1024;
        internal const byte More = 1;
        internal const byte Long = 2;
        internal const byte Command = 4;

        /// <summary>The 64 bytes that open a connection.</summary>
        internal static void Greeting(ByteQueue into)
        {
            var bytes = new byte[GreetingSize];
            bytes[0] = 0xFF;
            bytes[9] = 0x7F;
            bytes[10] = 3;
            Encoding.ASCII.GetBytes("PLAIN", 0, 5, bytes, 12);
            into.Append(bytes, 0, bytes.Length);
        }

        /// <summary>One frame: its head and <paramref name="count"/> bytes.</summary>
        internal static void Frame(ByteQueue into, byte flags, byte[] from, int offset, int count)
        {
            if (count > 255)
            {
                into.Append((byte)(flags | Long));
                for (var shift = 56; shift >= 0; shift -= 8)
                    into.Append((byte)((ulong)count >> shift));
            }
            else
            {
                into.Append(flags);
                into.Append((byte)count);
            }
            into.Append(from, offset, count);
        }

        internal static void Hello(ByteQueue into, string username, string password)
        {
            var body = Begin("HELLO");
            foreach (var word in new[] { username, password })
            {
                var bytes = Encoding.UTF8.GetBytes(word);
                body.Append((byte)bytes.Length);
                body.Append(bytes, 0, bytes.Length);
            }
            Frame(into, Command, body.Data, 0, body.Count);
        }

        internal static void Initiate(ByteQueue into)
        {
            var body = Begin("INITIATE");
            Property(body, "Socket-Type", "DEALER");
            Property(body, "Identity", "");
            Frame(into, Command, body.Data, 0, body.Count);
        }

        /// <summary>The answer to a PING with that context (at most 16 bytes).</summary>
        internal static void Pong(ByteQueue into, byte[] from, int offset, int count)
        {
            var body = Begin("PONG");
            body.Append(from, offset, count);
            Frame(into, Command, body.Data, 0, body.Count);
        }

        static ByteQueue Begin(string name)
        {
            var body = new ByteQueue();
            Word(body, name);
            return body;
        }

        static void Property(ByteQueue body, string name, string value)
        {
            Word(body, name);
            for (var shift = 24; shift >= 0; shift -= 8)
                body.Append((byte)(value.Length >> shift));
            foreach (var c in value)
                body.Append((byte)c);
        }

        static void Word(ByteQueue body, string name)
        {
            body.Append((byte)name.Length);
            foreach (var c in name)
                body.Append((byte)c);
        }
    }
}
