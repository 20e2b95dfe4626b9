#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading;

namespace Dreambridge
{
    /// <summary>
    /// The one thread that owns a channel's socket: finds the daemon by its connection file, connects, says hello, sends a ping each
    /// second, notices the daemon's end and looks for its return. Everything it has to tell goes into the <see cref="Mailbox"/>.
    /// </summary>
    sealed class ChannelThread
    {
        const int ConnectTimeoutMs = 5000;
        const int FirstPauseMs = 50;
        const int MaxPauseMs = 500;
        const int FarewellMs = 200;
        const int FullPauseMs = 20;
        // A wait that takes longer by this: this process stood still (a debugger, a machine that slept).
        const int StoodStillMs = 600;

        readonly string _daemon;
        readonly string _client;
        readonly Mailbox _mail;
        readonly Wake _wake = new Wake();
        readonly ManualResetEventSlim _ended = new ManualResetEventSlim();
        readonly MsgpackWriter _writer = new MsgpackWriter();
        readonly List<Socket> _readable = new List<Socket>(2);
        readonly List<Socket> _writable = new List<Socket>(1);
        readonly Thread _thread;
        ByteQueue _sending = new ByteQueue();
        volatile bool _stop;
        volatile bool _bye;
        volatile ConnectionFile? _connection;
        volatile string _key;
        long _keyEpoch;
        long _refusedEpoch;
        long _toldEpoch;
        int _pause = FirstPauseMs;
        int _generation;
        int _invalid; // messages of this connection that were
        bool _live;
        bool _held; // messages that came in wait for room in the mailbox
        string _dismissed = "";

        internal ChannelThread(string daemon, string client, string key, long keyEpoch, Mailbox mail)
        {
            _daemon = daemon;
            _client = client;
            _key = key;
            _keyEpoch = keyEpoch;
            _mail = mail;
            _thread = new Thread(Run) { Name = "Dreambridge channel", IsBackground = true };
            _thread.Start();
        }

        internal ConnectionFile? Connection => _connection;

        /// <summary>By which a later hello takes this client's sessions back; empty before the first welcome.</summary>
        internal string Key => _key;

        /// <summary>How many connections there were; ahead of what the main thread knows.</summary>
        internal int Connections => Volatile.Read(ref _generation);

        internal void Rouse() => _wake.Ring();

        /// <summary>End the thread and wait for it, which takes milliseconds. With <paramref name="bye"/> the daemon closes this client's sessions.</summary>
        internal void Stop(bool bye)
        {
            _bye = bye;
            _stop = true;
            _ended.Set();
            _wake.Ring();
            if (_thread.Join(2 * FarewellMs + 1000))
            {
                _wake.Dispose();
                _ended.Dispose();
            }
        }

        static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

        void Run()
        {
            while (!_stop)
            {
                try
                {
                    using (var socket = Search())
                    {
                        if (socket != null)
                            Serve(socket);
                    }
                }
                catch (SocketException e)
                {
                    Lost(e.Message);
                }
                catch (Exception e) when (!(e is ThreadAbortException))
                {
                    // What nobody foresaw must not end the game with this thread; it is told, and tried again.
                    Lost(e.Message);
                    Tell(new DreamError(ErrorCodes.Internal, $"The channel failed: {e}", "Please report it."));
                }
                if (!_stop)
                    _ended.Wait(_pause);
                _pause = Math.Min(_pause * 3 / 2, MaxPauseMs);
            }
        }

        /// <summary>A socket that is connected to the daemon, or null.</summary>
        Socket? Search()
        {
            var found = ConnectionFile.Read(_daemon);
            if (found == null || found.Epoch == _refusedEpoch)
                return null;
            if (found.Epoch != _keyEpoch)
                _key = "";
            _keyEpoch = found.Epoch;
            _connection = found;
            return DaemonSocket.Connect(found.Endpoint, () => _stop, out var wrong) is { } socket ? socket : Told(wrong);
        }

        Socket? Told(string wrong)
        {
            if (wrong.Length > 0)
                Tell(new DreamError(ErrorCodes.BadMessage, wrong, "Restart the daemon."));
            return null;
        }

        void Serve(Socket socket)
        {
            var peer = new ZmtpPeer("dreambridge", _connection!.Token);
            var heard = Now;
            var pinged = heard;
            var why = "";
            _dismissed = "";
            _sending.Clear();
            while (!_stop && why.Length == 0)
            {
                if (_live && Now - pinged >= Messages.PingIntervalMs)
                {
                    pinged = Now;
                    Ping();
                }
                if (_live && _sending.Count == 0)
                    _mail.TakeOut(ref _sending);
                if (!DaemonSocket.Flush(socket, peer.Out) || (peer.State == ZmtpState.Live && !DaemonSocket.Flush(socket, _sending)))
                    why = "the daemon closed the connection";
                if (_mail.IsFull)
                    heard = Now; // the daemon is not silent: nobody listens
                var rest = heard + (_live ? Messages.DaemonSilentMs : ConnectTimeoutMs) - Now;
                if (rest <= 0)
                    why = "the daemon does not answer";
                if (why.Length > 0)
                    break;
                var ms = (int)Math.Min(rest, _live ? Math.Max(pinged + Messages.PingIntervalMs - Now, 0) : rest);
                var before = Now;
                Wait(socket, peer, ms);
                if (Now - before - ms > StoodStillMs)
                {
                    heard += Now - before - ms; // the daemon was not silent
                    pinged = 0;
                }
                if (_readable.Contains(_wake.Socket))
                {
                    // With all cores busy a roused thread takes the rouser's: the game's main thread would wait in its call until the
                    // message is sent. Given back at once, it waits for two switches only.
                    Thread.Yield();
                    _wake.Answer();
                }
                if (_readable.Contains(socket))
                {
                    why = DaemonSocket.Receive(socket, peer.In, out var got);
                    if (got)
                        heard = Now;
                }
                var was = peer.State;
                while (!(_held = why.Length == 0 && _mail.IsFull) && peer.Next(out var at, out var size))
                    Message(peer.In.Data, at, size);
                if (peer.State == ZmtpState.Live && was != ZmtpState.Live)
                    Hello();
                if (peer.State == ZmtpState.Ended)
                    why = Ended(peer);
                else if (_dismissed.Length > 0)
                    why = _dismissed;
            }
            if (_stop)
                Farewell(socket);
            Lost(why);
        }

        void Wait(Socket socket, ZmtpPeer peer, int ms)
        {
            _readable.Clear();
            var full = _mail.IsFull;
            if (full || _held)
                ms = Math.Min(ms, FullPauseMs);
            if (!full)
                _readable.Add(socket);
            _readable.Add(_wake.Socket);
            _writable.Clear();
            if (peer.Out.Count > 0 || (peer.State == ZmtpState.Live && _sending.Count > 0))
                _writable.Add(socket);
            Socket.Select(_readable, _writable.Count > 0 ? _writable : null, null, ms * 1000);
        }

        void Hello()
        {
            _writer.Clear();
            _writer.MapHead(6);
            Pair("type", Messages.Hello);
            _writer.Text("id");
            _writer.Int(1);
            Pair("protocol", Messages.Protocol);
            Pair("client", _client);
            Pair("client_key", _key);
            _writer.Text("pid");
            _writer.Int(OwnProcess.Id);
            Zmtp.Frame(_sending, 0, _writer.Data, 0, _writer.Length);
        }

        void Ping()
        {
            _writer.Clear();
            _writer.MapHead(1);
            Pair("type", Messages.Ping);
            Zmtp.Frame(_sending, 0, _writer.Data, 0, _writer.Length);
        }

        void Pair(string key, string value)
        {
            _writer.Text(key);
            _writer.Text(value);
        }

        void Message(byte[] data, int at, int size)
        {
            var item = _mail.Rent();
            try
            {
                item.Take(data, at, size);
            }
            catch (MsgpackException e)
            {
                if (item.Id == 0 && ++_invalid > Messages.MaxInvalidTold)
                {
                    _mail.Return(item);
                    return;
                }
                var more = item.Id == 0 && _invalid == Messages.MaxInvalidTold ? " More of them are ignored in silence." : "";
                item.Failed(new DreamError(ErrorCodes.BadMessage, $"The daemon sent an invalid message: {e.Message}.{more}",
                    "Update the package or the daemon."), item.Id);
            }
            switch (item.Type)
            {
                case Messages.Pong when item.Id == 0:
                    _mail.Return(item);
                    return;
                case Messages.Welcome:
                    _key = item.Map()["client_key"].AsText();
                    _invalid = 0;
                    _live = true;
                    _pause = FirstPauseMs;
                    _mail.Accept(++_generation);
                    item.Live(_generation);
                    break;
                case Messages.Bye when item.Id == 0:
                    // The daemon ends, or does not know us any more. Whoever took our key has our sessions too.
                    var bye = item.Map();
                    if (bye["code"].AsText() == ReasonCodes.KeyTaken)
                        _key = "";
                    _dismissed = bye["reason"].AsText("the daemon said goodbye");
                    _mail.Return(item);
                    return;
                case Messages.Error when !_live:
                    // An answer to hello. Of another major: the same would come again, until another daemon writes its file.
                    var error = item.ToError();
                    if (error.Code == ErrorCodes.ProtocolMismatch)
                        _refusedEpoch = _connection!.Epoch;
                    item.Failed(error);
                    break;
            }
            _mail.Put(item);
        }

        string Ended(ZmtpPeer peer)
        {
            if (peer.Reason == "wrong_token")
                Tell(new DreamError(ErrorCodes.WrongToken, $"The daemon at {_connection!.Endpoint} refused the token.",
                    "The client reads the connection file again. Restart the daemon if this persists."));
            else
                Tell(new DreamError(ErrorCodes.BadMessage, $"{_connection!.Endpoint}: {peer.Detail}.", "Restart the daemon."));
            return peer.Detail;
        }

        /// <summary>Once for each daemon; it is tried again and again.</summary>
        void Tell(DreamError error)
        {
            if (_connection == null || _toldEpoch == _connection.Epoch)
                return;
            _toldEpoch = _connection.Epoch;
            var item = _mail.Rent();
            item.Failed(error);
            _mail.Put(item);
        }

        void Lost(string why)
        {
            if (!_live)
                return;
            _live = false;
            _mail.Accept(0);
            var item = _mail.Rent();
            item.Lost(why);
            _mail.Put(item);
        }

        /// <summary>What waits still goes out, for a fifth of a second at most.</summary>
        void Farewell(Socket socket)
        {
            if (!_live)
                return;
            var until = Now + FarewellMs;
            var rest = _sending;
            var more = new ByteQueue();
            _mail.TakeOut(ref more);
            rest.Append(more.Data, more.Start, more.Count);
            if (_bye)
            {
                _writer.Clear();
                _writer.MapHead(1);
                Pair("type", Messages.Bye);
                Zmtp.Frame(rest, 0, _writer.Data, 0, _writer.Length);
            }
            while (DaemonSocket.Flush(socket, rest) && rest.Count > 0 && Now < until)
                socket.Poll(10_000, SelectMode.SelectWrite);
            socket.Shutdown(SocketShutdown.Send);
        }
    }
}
