#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace Dreambridge
{
    /// <summary>Who gets the replies to requests; called in <see cref="DreamChannel.Poll"/>.</summary>
    interface IReplies
    {
        /// <summary>Exactly once for each request: the daemon's reply (which may be an error), or null and why there will be none.</summary>
        void OnReply(Incoming? reply, DreamError? error, int tag);
    }

    /// <summary>
    /// The control channel to one daemon: found, kept alive and found again by a thread of its own. All members are for one thread (the
    /// main thread, which <see cref="Start"/> was called on) and never wait; events and callbacks are called on it, in <see cref="Poll"/>.
    /// </summary>
    public sealed class DreamChannel : IDisposable
    {
        readonly MsgpackWriter _writer = new MsgpackWriter();
        readonly Dictionary<long, Pending> _pending = new Dictionary<long, Pending>(512);
        readonly List<Pending> _failing = new List<Pending>();
        readonly EventHandler _onUnload;
        Mailbox _mail = new Mailbox();
        ChannelThread? _thread;
        int _owner;
        bool _unsent;
        int _nextId = 1;
        int _generation;

        readonly struct Pending
        {
            internal readonly IReplies Replies;
            internal readonly int Tag;

            internal Pending(IReplies replies, int tag)
            {
                Replies = replies;
                Tag = tag;
            }
        }

        public DreamChannel() => _onUnload = (_, __) => _thread?.Stop(false);

        /// <summary>The daemon answered our hello. In Poll.</summary>
        public event Action? Connected;

        /// <summary>The connection is lost (the reason); the client is reconnecting. Raised in Poll, after the callbacks of unanswered requests.</summary>
        public event Action<string>? Disconnected;

        /// <summary>An error that answers no request: wrong token, another protocol, a session's failure. In Poll.</summary>
        public event Action<DreamError>? Failed;

        /// <summary>A message that answers no request, and welcomes. In Poll.</summary>
        internal event Action<Incoming>? Arrived;

        /// <summary>Is there a daemon that answered our hello? As of the last Poll.</summary>
        public bool Live => _generation != 0;

        /// <summary>Name of the daemon, which is the name of its connection file.</summary>
        public string Daemon { get; private set; } = "default";

        public bool Running => _thread != null;

        /// <summary>The connection file in use; null before one was found.</summary>
        public ConnectionFile? Connection => _thread?.Connection;

        /// <summary>For the tests: connections that the thread made, whether or not a Poll told of them.</summary>
        internal int Connections => _thread?.Connections ?? 0;

        /// <summary>For the tests: how long Poll handles messages, in ticks of Stopwatch.</summary>
        internal long Budget { get; set; } = Stopwatch.Frequency / 500;

        /// <summary>For the tests: messages that wait for Poll.</summary>
        internal int Waiting => _mail.Waiting;

        internal string ClientKey => _thread?.Key ?? "";

        /// <summary>Begin to look for the daemon. Returns at once.</summary>
        /// <exception cref="DreamError">no_access: this process may open no socket.</exception>
        public void Start(string daemon) => Start(daemon, "", 0);

        internal void Start(string daemon, string clientKey, long epoch)
        {
            Stop();
            Daemon = daemon;
            _owner = Environment.CurrentManagedThreadId;
            _mail = new Mailbox();
            _unsent = false;
            _thread = new ChannelThread(daemon, "unity package " + Messages.Package, clientKey, epoch, _mail);
            AppDomain.CurrentDomain.DomainUnload += _onUnload;
        }

        /// <summary>Say goodbye and end the thread; returns within milliseconds. What was not answered gets <c>daemon_gone</c>.</summary>
        public void Stop() => Stop(true);

        /// <summary>With <paramref name="bye"/> false the daemon keeps this client's sessions for 30 s.</summary>
        internal void Stop(bool bye)
        {
            var thread = _thread;
            if (thread == null)
                return;
            _thread = null;
            AppDomain.CurrentDomain.DomainUnload -= _onUnload;
            thread.Stop(bye);
            _generation = 0;
            _mail.Clear();
            FailPending();
        }

        public void Dispose() => Stop();

        /// <summary>Send what was directed since the last time. Rousing another thread takes longer than all else that a direction does, so it is done once for all of them.</summary>
        public void Flush()
        {
            if (!_unsent)
                return;
            _unsent = false;
            _thread?.Rouse();
        }

        /// <summary>
        /// Once a tick: send what waits, and call the callbacks and events of what came in, for 2 ms. What is left comes in the next ticks.
        /// </summary>
        public void Poll()
        {
            Flush();
            var until = Stopwatch.GetTimestamp() + Budget;
            do
            {
                if (!(_mail.Next() is { } item))
                    return;
                CheckThread();
                var mail = _mail;
                try
                {
                    Handle(item);
                }
                finally
                {
                    mail.Return(item);
                }
            }
            while (Stopwatch.GetTimestamp() < until);
        }

        /// <summary>Wait until there is something for <see cref="Poll"/>, at most <paramref name="ms"/>. For tools; a game never waits.</summary>
        public bool Wait(int ms) => _mail.Wait(ms);

        /// <summary>Ask the daemon, for example "bundles". False when nobody is there; else <paramref name="done"/> is called once, in a later Poll.</summary>
        public bool Ask(string type, DreamMap? fields, Action<DreamMap?, DreamError?> done)
        {
            if (!Live)
                return false;
            Begin(type, fields?.Count ?? 0);
            for (var i = 0; i < fields?.Count; i++)
            {
                _writer.Text(fields!.KeyAt(i));
                _writer.Value(fields.ValueAt(i));
            }
            return Send(new Callback(done), 0);
        }

        /// <summary>What <see cref="Begin"/> gave.</summary>
        internal MsgpackWriter Writer => _writer;

        /// <summary>Begin a request of <paramref name="fields"/> fields, which the caller writes as pairs; <see cref="Send"/> ends it.</summary>
        internal MsgpackWriter Begin(string type, int fields)
        {
            CheckThread();
            _writer.Clear();
            _writer.MapHead(fields + 2);
            _writer.Text("type");
            _writer.Text(type);
            _writer.Text("id");
            _writer.Int(++_nextId);
            return _writer;
        }

        /// <summary>
        /// False when nobody is there; else the reply comes in a later Poll. Too large: an error comes, at once. With
        /// <paramref name="later"/> it goes out at the next <see cref="Flush"/> or <see cref="Poll"/>, or with what is sent before them.
        /// </summary>
        internal bool Send(IReplies replies, int tag, bool later = false)
        {
            if (!Live || _thread == null)
                return false;
            if (_writer.Length > Messages.MaxMessage)
            {
                replies.OnReply(null, new DreamError(ErrorCodes.TooLarge,
                    $"The message has {_writer.Length} bytes, {Messages.MaxMessage} are allowed.", "Send less at once."), tag);
                return true;
            }
            if (!_mail.TrySend(_writer.Data, _writer.Length, _generation))
                return false;
            _pending[_nextId] = new Pending(replies, tag);
            _unsent = true;
            if (!later)
                Flush();
            return true;
        }

        void Handle(Incoming item)
        {
            switch (item.Kind)
            {
                case IncomingKind.Live:
                    _generation = item.Generation;
                    Arrived?.Invoke(item);
                    Connected?.Invoke();
                    break;
                case IncomingKind.Lost:
                    _generation = 0;
                    FailPending();
                    Disconnected?.Invoke(item.Detail);
                    break;
                case IncomingKind.Failed:
                    if (_pending.Remove(item.Id, out var waiting))
                        waiting.Replies.OnReply(null, item.Error, waiting.Tag);
                    else
                        Failed?.Invoke(item.Error!);
                    break;
                default:
                    if (_pending.Remove(item.Id, out var asked))
                        asked.Replies.OnReply(item, null, asked.Tag);
                    else if (item.Type == "opened")
                        CloseUnheld(item.Session);
                    else if (item.Id == 0)
                        Arrived?.Invoke(item);
                    break;
            }
        }

        /// <summary>Nobody waits for this session: it would run for nobody.</summary>
        void CloseUnheld(long session)
        {
            Begin(Messages.Close, 1);
            _writer.Text("session");
            _writer.Int(session);
            Send(new Callback((_, __) => { }), 0);
        }

        void FailPending()
        {
            _failing.AddRange(_pending.Values);
            _pending.Clear();
            var gone = DreamError.Gone();
            foreach (var asked in _failing.ToArray())
                asked.Replies.OnReply(null, gone, asked.Tag);
            _failing.Clear();
        }

        internal void CheckThread()
        {
            if (Environment.CurrentManagedThreadId != _owner && _thread != null)
                throw new InvalidOperationException("A Dreambridge channel is for the thread that started it.");
        }

        sealed class Callback : IReplies
        {
            readonly Action<DreamMap?, DreamError?> _done;

            internal Callback(Action<DreamMap?, DreamError?> done) => _done = done;

            public void OnReply(Incoming? reply, DreamError? error, int tag)
            {
                if (reply != null && reply.IsError)
                    _done(null, reply.ToError());
                else
                    _done(reply?.Map(), error);
            }
        }
    }
}
