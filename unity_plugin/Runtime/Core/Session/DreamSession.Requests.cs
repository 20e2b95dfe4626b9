#nullable enable

using System;
using System.IO;

namespace Dreambridge
{
    // Requests about the open stream. Each is false when there is none; else its callback is called exactly once, in a later Poll (or in
    // Stop): with the answer, or with an error (daemon_gone when the daemon went meanwhile).
    public sealed partial class DreamSession
    {
        /// <summary>Pause the stream; it stays paused when the daemon comes back.</summary>
        public bool Pause(Action<DreamError?>? done = null) => Ask(Messages.Pause, 1, new Answer(done, () => _want.Paused = true));

        public bool Resume(Action<DreamError?>? done = null) => Ask(Messages.Resume, 1, new Answer(done, () => _want.Paused = false));

        /// <summary>Damp flashes, for players who ask for it: at most one a second. It also holds when the daemon comes back.</summary>
        public bool LessFlashing(bool on = true, Action<DreamError?>? done = null)
        {
            _want.LessFlashing = on;
            if (_number < 0 || !_channel.Live)
                return false;
            var w = _channel.Begin(Messages.LessFlashing, 2);
            w.Text("on");
            w.Bool(on);
            return Send(_number, new Answer(done, null));
        }

        /// <summary>Make exactly <paramref name="count"/> steps (1-1000) of a paused stream.</summary>
        public bool Step(int count = 1, Action<DreamError?>? done = null)
        {
            if (_number < 0 || !_channel.Live)
                return false;
            var w = _channel.Begin(Messages.Step, 2);
            w.Text("count");
            w.Int(count);
            return Send(_number, new Answer(done, null));
        }

        /// <summary>The whole state of the stream as bytes, for a save game.</summary>
        public bool Snapshot(Action<byte[]?, DreamError?> done) =>
            Ask(Messages.Snapshot, 1, new Reply((map, error) => done(map?["data"].AsBytes(), error)));

        /// <summary>Put a snapshot of the same bundle back. Then <see cref="Effective"/> and the seed are those of the snapshot.</summary>
        public bool Restore(byte[] data, Action<DreamError?>? done = null)
        {
            if (_number < 0 || !_channel.Live)
                return false;
            var w = _channel.Begin(Messages.Restore, 2);
            w.Text("data");
            w.Bytes(data, 0, data.Length);
            return Send(_number, RestoredBy(done));
        }

        /// <summary>
        /// Let the daemon write a snapshot of any size to a file, over an earlier one: for models whose state fits into no message.
        /// <paramref name="done"/> gets its bytes. bad_argument: something else is there; no_access: it cannot be written.
        /// </summary>
        public bool SaveSnapshot(string path, Action<long, DreamError?> done)
        {
            if (_number < 0 || !_channel.Live)
                return false;
            BeginWithFile(Messages.Snapshot, path);
            return Send(_number, new Reply((map, error) => done(map?["bytes"].AsInt() ?? 0, error)));
        }

        /// <summary>
        /// Put a snapshot back that <see cref="SaveSnapshot"/> wrote. Then <see cref="Effective"/> and the seed are those of the snapshot.
        /// no_access: it cannot be read; bad_snapshot: it is damaged, or another bundle's.
        /// </summary>
        public bool LoadSnapshot(string path, Action<DreamError?>? done = null)
        {
            if (_number < 0 || !_channel.Live)
                return false;
            BeginWithFile(Messages.Restore, path);
            return Send(_number, RestoredBy(done));
        }

        public bool Stats(Action<DreamStats?, DreamError?> done) =>
            Ask(Messages.Stats, 1, new Reply((map, error) => done(map == null ? null : new DreamStats(map), error)));

        IReplies RestoredBy(Action<DreamError?>? done) => new Reply((map, error) =>
        {
            if (map != null)
                Land(DreamLanding.Restored, map);
            done?.Invoke(error);
        });

        /// <summary>A request about a file, whose path the daemon takes only as a whole one.</summary>
        void BeginWithFile(string type, string path)
        {
            string whole;
            try
            {
                whole = Path.GetFullPath(path);
            }
            catch (Exception e) when (e is ArgumentException || e is NotSupportedException || e is PathTooLongException)
            {
                whole = path; // the daemon says what is wrong with it
            }
            var w = _channel.Begin(type, 2);
            w.Text("file");
            w.Text(whole);
        }

        bool Ask(string type, int fields, IReplies replies)
        {
            if (_number < 0 || !_channel.Live)
                return false;
            _channel.Begin(type, fields);
            return Send(_number, replies);
        }

        /// <summary>Is there an open stream to ask about?</summary>
        internal bool HasStream => _number >= 0 && _channel.Live && !_opening;

        /// <summary>Does the game want it paused?</summary>
        internal bool PausedByGame => _want.Paused;

        internal void RaiseFailed(DreamError error) => Failed?.Invoke(error);

        /// <summary>Begin a request of so many fields, the session among them; null when there is no stream. <see cref="SendRequest"/> ends it.</summary>
        internal MsgpackWriter? BeginRequest(string type, int fields) => HasStream ? _channel.Begin(type, fields) : null;

        internal bool SendRequest(IReplies replies, int tag) => Send(_number, replies, tag);

        /// <summary>The last field of a request: its session.</summary>
        bool Send(long session, IReplies replies, int tag = 0)
        {
            var w = _channel.Writer;
            w.Text("session");
            w.Int(session);
            return _channel.Send(replies, tag);
        }

        sealed class Answer : IReplies
        {
            readonly Action<DreamError?>? _done;
            readonly Action? _before;

            internal Answer(Action<DreamError?>? done, Action? before)
            {
                _done = done;
                _before = before;
            }

            public void OnReply(Incoming? reply, DreamError? error, int tag)
            {
                if (reply != null && reply.IsError)
                    error = reply.ToError();
                if (error == null)
                    _before?.Invoke();
                _done?.Invoke(error);
            }
        }

        internal sealed class Reply : IReplies
        {
            readonly Action<DreamMap?, DreamError?> _done;

            internal Reply(Action<DreamMap?, DreamError?> done) => _done = done;

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
