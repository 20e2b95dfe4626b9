#nullable enable

using System;

namespace Dreambridge
{
    public sealed partial class DreamSession
    {
        /// <summary>The recording that goes on; null: none.</summary>
        public DreamRecording? Recording { get; private set; }

        /// <summary>
        /// Record what happens in the stream from now on as a take (protocol/TAKE.md), until <see cref="DreamRecording.Stop"/>: each direction,
        /// signal, choice and jump with its frame. <paramref name="views"/>: also the pictures of an attached view.
        /// <paramref name="digests"/>: also a digest of each frame, with which <c>dreambridge replay</c> compares its pixels. bad_state when the
        /// stream is recorded already; with <paramref name="replace"/> that recording is ended first. False when there is no stream.
        /// </summary>
        public bool Record(Action<DreamRecording?, DreamError?> done, bool views = false, bool digests = true, bool replace = false)
        {
            if (replace)
                return EndOther("stop", done, views, digests);
            return Start(done, views, digests);
        }

        /// <summary>End the recording whose reader has lost it; its text goes nowhere. Then start.</summary>
        bool EndOther(string action, Action<DreamRecording?, DreamError?> done, bool views, bool digests)
        {
            if (!(BeginRequest(Messages.Record, 2) is { } w))
                return false;
            w.Text("action");
            w.Text(action);
            return SendRequest(new Reply((map, error) =>
            {
                Recording?.Lost(error is { Code: ErrorCodes.DaemonGone } ? error
                    : new DreamError(ErrorCodes.BadState, "Another recording has replaced it.", "Text has what was read before."));
                var sent = map != null && map["more"].AsBool() ? EndOther("read", done, views, digests) : Start(done, views, digests);
                if (!sent)
                    done(null, DreamError.Gone());
            }), 0);
        }

        bool Start(Action<DreamRecording?, DreamError?> done, bool views, bool digests)
        {
            if (!(BeginRequest(Messages.Record, 4) is { } w))
                return false;
            w.Text("action");
            w.Text("start");
            w.Text("views");
            w.Bool(views);
            w.Text("digests");
            w.Bool(digests);
            return SendRequest(new Reply((map, error) =>
            {
                if (map != null)
                    Recording = new DreamRecording(this, map);
                done(map == null ? null : Recording, error);
            }), 0);
        }

        internal void RecordingEnded(DreamRecording recording)
        {
            if (Recording == recording)
                Recording = null;
        }
    }
}
