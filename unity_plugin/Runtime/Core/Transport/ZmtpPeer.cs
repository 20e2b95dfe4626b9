#nullable enable

using System;
using System.Text;

namespace Dreambridge
{
    enum ZmtpState
    {
        Greeting,
        Welcome,
        Ready,
        Live,
        Ended,
    }

    /// <summary>
    /// A ZeroMQ DEALER's side of one connection, as a machine that is fed bytes: <see cref="In"/> takes what the socket received,
    /// <see cref="Out"/> holds what it should send. Knows no socket and no clock; for one thread.
    /// </summary>
    sealed class ZmtpPeer
    {
        readonly string _username;
        readonly string _password;

        internal ZmtpPeer(string username, string password)
        {
            _username = username;
            _password = password;
            Zmtp.Greeting(Out);
        }

        internal ByteQueue In { get; } = new ByteQueue();

        internal ByteQueue Out { get; } = new ByteQueue();

        internal ZmtpState State { get; private set; }

        /// <summary>Why it ended: <c>wrong_token</c> or <c>protocol</c>; empty while it lives.</summary>
        internal string Reason { get; private set; } = "";

        internal string Detail { get; private set; } = "";

        /// <summary>
        /// The next whole message of <see cref="In"/>: where its bytes lie in In.Data, until the next call. False when there is none (yet).
        /// </summary>
        internal bool Next(out int at, out int size)
        {
            at = size = 0;
            if (State == ZmtpState.Greeting && !Greeted())
                return false;
            while (State != ZmtpState.Ended && In.Count >= 2)
            {
                var data = In.Data;
                var flags = data[In.Start];
                var head = (flags & Zmtp.Long) != 0 ? 9 : 2;
                if (In.Count < head)
                    return false;
                ulong length = data[In.Start + 1];
                for (var i = 2; i < head; i++)
                    length = (length << 8) | data[In.Start + i];
                if (length > Zmtp.MaxFrame)
                {
                    End("protocol", $"a frame of {length} bytes came; the most is {Zmtp.MaxFrame}");
                    return false;
                }
                size = (int)length;
                if (In.Count < head + size)
                    return false;
                at = In.Start + head;
                In.Consume(head + size);
                if ((flags & Zmtp.Command) != 0)
                    Command(data, at, size);
                else if (State == ZmtpState.Live && (flags & Zmtp.More) == 0)
                    return true;
            }
            return false;
        }

        bool Greeted()
        {
            if (In.Count < Zmtp.GreetingSize)
                return false;
            var theirs = In.Data;
            var at = In.Start;
            if (theirs[at] != 0xFF || theirs[at + 9] != 0x7F || theirs[at + 10] < 3 || !Is(theirs, at + 12, 6, "PLAIN\0"))
            {
                End("protocol", "the program that listens there is not a Dreambridge daemon");
                return false;
            }
            In.Consume(Zmtp.GreetingSize);
            State = ZmtpState.Welcome;
            Zmtp.Hello(Out, _username, _password);
            return true;
        }

        void Command(byte[] data, int at, int size)
        {
            if (Is(data, at, Math.Min(size, 5), "^RROR"))
            {
                // libzmq's PLAIN server writes "\x5ERROR" in C, which is '^' and "RROR": its own spelling of ERROR.
                Refused(data, at + 5, size - 5);
                return;
            }
            if (size == 0 || data[at] >= size)
            {
                End("protocol", "a command without a name came");
                return;
            }
            int name = data[at];
            var rest = at + 1 + name;
            var left = size - 1 - name;
            if (Is(data, at + 1, name, "WELCOME") && State == ZmtpState.Welcome)
            {
                State = ZmtpState.Ready;
                Zmtp.Initiate(Out);
            }
            else if (Is(data, at + 1, name, "READY") && State == ZmtpState.Ready)
                State = ZmtpState.Live;
            else if (Is(data, at + 1, name, "ERROR"))
                Refused(data, rest, left);
            else if (Is(data, at + 1, name, "PING") && left >= 2 && left <= 18)
                Zmtp.Pong(Out, data, rest + 2, left - 2);
        }

        /// <summary>An ERROR: its reason is a short text, of a ZAP handler a status code.</summary>
        void Refused(byte[] data, int at, int size)
        {
            var text = size > 1 ? Encoding.ASCII.GetString(data, at + 1, size - 1) : "";
            if (text.StartsWith("400", StringComparison.Ordinal))
                End("wrong_token", "the daemon refused the token (ZAP 400)");
            else
                End("protocol", $"the daemon refused the connection: {text}");
        }

        void End(string why, string text)
        {
            State = ZmtpState.Ended;
            Reason = why;
            Detail = text;
        }

        static bool Is(byte[] data, int at, int size, string ascii)
        {
            if (size != ascii.Length)
                return false;
            for (var i = 0; i < size; i++)
            {
                if (data[at + i] != ascii[i])
                    return false;
            }
            return true;
        }
    }
}
