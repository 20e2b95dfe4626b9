#nullable enable

using System;
using System.Diagnostics;
using System.IO;
using System.Text;

namespace Dreambridge
{
    /// <summary>
    /// A recording of a stream as a take (protocol/TAKE.md), by <see cref="DreamSession.Record"/>. Its text is taken from the daemon once a
    /// second, inside <see cref="DreamSession.Poll"/>. For the session's thread.
    /// </summary>
    public sealed class DreamRecording
    {
        readonly DreamSession _session;
        readonly StringBuilder _text = new StringBuilder();
        Action<string, DreamError?>? _stopped;
        bool _asked;
        bool _more;
        bool _stopping;
        bool _daemonStopped;
        long _askedAt;

        internal DreamRecording(DreamSession session, DreamMap told)
        {
            _session = session;
            Take(told);
        }

        /// <summary>Does it go on? False when <see cref="Stop"/> was answered, and when it ended by itself.</summary>
        public bool IsRecording { get; private set; } = true;

        /// <summary>Steps recorded so far, as the daemon told last.</summary>
        public long Steps { get; private set; }

        /// <summary>What was taken from the daemon so far; after <see cref="Stop"/> the whole take. A text is made with each call.</summary>
        public string Text => _text.ToString();

        /// <summary>
        /// Why the rest of it is lost: the stream was closed, or the daemon has ended. Null: nothing is lost. What was taken until then is in
        /// <see cref="Text"/>. Its last line says why a take ended that nobody stopped.
        /// </summary>
        public DreamError? Error { get; private set; }

        /// <summary>
        /// End the recording. <paramref name="done"/> gets the whole text; with an error, what there is of it. False when it has ended already,
        /// and then <paramref name="done"/> is not called.
        /// </summary>
        public bool Stop(Action<string, DreamError?>? done = null)
        {
            if (!IsRecording || _stopping)
                return false;
            _stopped = done;
            _stopping = true;
            if (!_asked)
                Ask();
            return true;
        }

        /// <summary>Write the text to a new file (*.take.jsonl). Null, or the error: a take cannot be made again, so no file is replaced.</summary>
        public DreamError? Save(string path)
        {
            try
            {
                using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
                {
                    var bytes = new UTF8Encoding(false).GetBytes(Text);
                    file.Write(bytes, 0, bytes.Length);
                }
                return null;
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException || e is ArgumentException || e is NotSupportedException)
            {
                return File.Exists(path)
                    ? new DreamError(ErrorCodes.BadArgument, $"{path} exists.", "Choose another name.")
                    : new DreamError(ErrorCodes.NoAccess, $"{path} cannot be written: {e.Message}", "Choose another path.");
            }
        }

        /// <summary>Once a tick.</summary>
        internal void Poll()
        {
            if (IsRecording && !_asked && (_stopping || _more || Stopwatch.GetTimestamp() - _askedAt > Stopwatch.Frequency) && _session.HasStream)
                Ask();
        }

        /// <summary>The session in the daemon has ended.</summary>
        internal void Lost(DreamError why) => End(why);

        void Ask()
        {
            if (!(_session.BeginRequest(Messages.Record, 2) is { } w))
                return; // asked again when the connection is back
            _askedAt = Stopwatch.GetTimestamp();
            w.Text("action");
            w.Text(_stopping && !_daemonStopped ? "stop" : "read");
            _asked = _session.SendRequest(new DreamSession.Reply(Answered), 0);
            _daemonStopped |= _asked && _stopping; // a request that was not sent is sent again
        }

        void Answered(DreamMap? map, DreamError? error)
        {
            _asked = false;
            if (!IsRecording)
                return;
            // A piece that got lost on the way would be missing in the take.
            if (map == null)
                End(error ?? DreamError.Gone());
            else
            {
                Take(map);
                if (!_more && (_daemonStopped || !map["recording"].AsBool()))
                    End(null);
                else if (_more || _stopping)
                    Ask();
            }
        }

        void Take(DreamMap map)
        {
            _text.Append(map["text"].AsText());
            Steps = map["steps"].AsInt();
            _more = map["more"].AsBool();
        }

        void End(DreamError? error)
        {
            if (!IsRecording)
                return;
            IsRecording = false;
            Error = error;
            var done = _stopped;
            _stopped = null;
            _session.RecordingEnded(this);
            done?.Invoke(Text, error);
        }
    }
}
