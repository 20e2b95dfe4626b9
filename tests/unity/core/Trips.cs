#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Control round trips with the daemon (first word), so many (second): ours and libzmq's, called through P/Invoke, in turns. The
    /// same request ("ping" with an id), the same thread waits for both.
    /// </summary>
    static class Trips
    {
        const int Dealer = 5;
        const int PlainUsername = 45;
        const int PlainPassword = 46;
        const int Linger = 17;

        sealed class Heard : IReplies
        {
            internal int Count;

            public void OnReply(Incoming? reply, DreamError? error, int tag) => Count += reply != null && reply.Type == "pong" ? 1 : 0;
        }

        internal static DreamMap Run(string[] words)
        {
            var n = int.Parse(words[1]);
            var (ours, theirs) = (new List<DreamValue>(), new List<DreamValue>());
            var heard = new Heard();
            using (var channel = new DreamChannel())
            {
                channel.Start(words[0]);
                var clock = Stopwatch.StartNew();
                while (!channel.Live && clock.Elapsed.TotalSeconds < 10)
                {
                    channel.Wait(100);
                    channel.Poll();
                }
                var zmq = Zmq.TryOpen(channel.Connection!, out var why);
                for (var i = 0; i < n + 50; i++)
                {
                    var begun = Stopwatch.GetTimestamp();
                    channel.Begin(Messages.Ping, 0);
                    channel.Send(heard, 0);
                    var wanted = heard.Count + 1;
                    while (heard.Count < wanted)
                    {
                        channel.Wait(1000);
                        channel.Poll();
                    }
                    var ended = Stopwatch.GetTimestamp();
                    if (i >= 50)
                        ours.Add((ended - begun) * 1e6 / Stopwatch.Frequency);
                    if (zmq == null)
                        continue;
                    begun = Stopwatch.GetTimestamp();
                    zmq.Trip(i + 2);
                    ended = Stopwatch.GetTimestamp();
                    if (i >= 50)
                        theirs.Add((ended - begun) * 1e6 / Stopwatch.Frequency);
                }
                zmq?.Close();
                return new DreamMap { ["ours_us"] = ours.ToArray(), ["libzmq_us"] = theirs.ToArray(), ["no_libzmq"] = why, ["libzmq"] = zmq?.Version };
            }
        }

        sealed class Zmq
        {
            readonly IntPtr _context;
            readonly IntPtr _socket;
            readonly MsgpackWriter _writer = new MsgpackWriter();
            readonly byte[] _answer = new byte[4096];

            Zmq(ConnectionFile to)
            {
                zmq_version(out var major, out var minor, out var patch);
                Version = $"{major}.{minor}.{patch}";
                _context = zmq_ctx_new();
                _socket = zmq_socket(_context, Dealer);
                var zero = BitConverter.GetBytes(0);
                zmq_setsockopt(_socket, Linger, zero, (IntPtr)zero.Length);
                Set(PlainUsername, "dreambridge");
                Set(PlainPassword, to.Token);
                if (zmq_connect(_socket, to.Endpoint) != 0)
                    throw new InvalidOperationException("libzmq does not connect");
                Send(new DreamMap { ["type"] = Messages.Hello, ["id"] = 1, ["protocol"] = Messages.Protocol, ["client"] = "libzmq" });
                Receive();
            }

            internal string Version { get; }

            internal static Zmq? TryOpen(ConnectionFile to, out string why)
            {
                try
                {
                    why = "";
                    return new Zmq(to);
                }
                catch (Exception e) when (e is DllNotFoundException || e is EntryPointNotFoundException || e is BadImageFormatException)
                {
                    why = e.Message;
                    return null;
                }
            }

            internal void Trip(int id)
            {
                _writer.Clear();
                _writer.MapHead(2);
                _writer.Text("type");
                _writer.Text(Messages.Ping);
                _writer.Text("id");
                _writer.Int(id);
                zmq_send(_socket, _writer.Data, (IntPtr)_writer.Length, 0);
                Receive();
            }

            internal void Close()
            {
                zmq_close(_socket);
                zmq_ctx_term(_context);
            }

            void Set(int option, string text)
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                zmq_setsockopt(_socket, option, bytes, (IntPtr)bytes.Length);
            }

            void Send(DreamMap map)
            {
                _writer.Clear();
                _writer.Map(map);
                zmq_send(_socket, _writer.Data, (IntPtr)_writer.Length, 0);
            }

            void Receive()
            {
                var size = zmq_recv(_socket, _answer, (IntPtr)_answer.Length, 0);
                var reader = new MsgpackReader(_answer, 0, size);
                reader.Skip();
            }

            [DllImport("zmq")]
            static extern IntPtr zmq_ctx_new();

            [DllImport("zmq")]
            static extern int zmq_ctx_term(IntPtr context);

            [DllImport("zmq")]
            static extern IntPtr zmq_socket(IntPtr context, int type);

            [DllImport("zmq")]
            static extern int zmq_close(IntPtr socket);

            [DllImport("zmq")]
            static extern int zmq_setsockopt(IntPtr socket, int option, byte[] value, IntPtr size);

            [DllImport("zmq")]
            static extern int zmq_connect(IntPtr socket, string endpoint);

            [DllImport("zmq")]
            static extern int zmq_send(IntPtr socket, byte[] data, IntPtr size, int flags);

            [DllImport("zmq")]
            static extern int zmq_recv(IntPtr socket, byte[] data, IntPtr size, int flags);

            [DllImport("zmq")]
            static extern void zmq_version(out int major, out int minor, out int patch);
        }
    }
}
