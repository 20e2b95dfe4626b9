#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>A document on its way into the daemon: asked for, its missing files sent, and asked for once more.</summary>
    sealed class CutsceneLoad : IReplies
    {
        readonly DreamSession _session;
        readonly Action<CutsceneLoad, DreamMap?, DreamError?> _ended;
        int _attempt;
        bool _filesSent;
        int _filesToCome;

        internal CutsceneLoad(DreamSession session, CutsceneDocument document, bool replace, Action<DreamError?>? done, Action<CutsceneLoad, DreamMap?, DreamError?> ended)
        {
            _session = session;
            Document = document;
            Replace = replace;
            Done = done;
            _ended = ended;
        }

        internal CutsceneDocument Document { get; }

        /// <summary>It takes the place of the one that plays.</summary>
        internal bool Replace { get; }

        /// <summary>Of who asked for it.</summary>
        internal Action<DreamError?>? Done { get; }

        /// <summary>From the beginning. What is still to come of an earlier attempt counts no more.</summary>
        internal void Send()
        {
            _filesSent = false;
            Ask();
        }

        public void OnReply(Incoming? reply, DreamError? error, int tag)
        {
            if (tag != _attempt)
                return;
            if (reply != null && reply.IsError)
                error = reply.ToError();
            if (error != null)
                End(null, error);
            else if (_filesToCome > 0)
            {
                if (--_filesToCome == 0)
                    Ask();
            }
            else
            {
                var map = reply!.Map();
                var missing = map["missing"].AsArray() ?? Array.Empty<DreamValue>();
                if (missing.Length == 0)
                    End(map, null);
                else if (_filesSent)
                    End(null, new DreamError(ErrorCodes.TooLarge, "The files of the cutscene do not fit into the daemon.", "Use fewer or smaller files."));
                else
                    SendFiles(missing);
            }
        }

        void Ask()
        {
            _filesToCome = 0;
            var w = _session.BeginRequest(Replace ? Messages.CutsceneReplace : Messages.CutsceneLoad, 3);
            if (w != null)
                Document.Write(w);
            if (w == null || !_session.SendRequest(this, ++_attempt))
                End(null, DreamError.Gone());
        }

        void SendFiles(DreamValue[] missing)
        {
            _filesSent = true;
            var toSend = new List<int>();
            foreach (var digest in missing)
            {
                for (var i = 0; i < Document.FileCount; i++)
                {
                    if (Document.DigestAt(i) != digest.AsText())
                        continue;
                    toSend.Add(i);
                    break;
                }
            }
            _filesToCome = toSend.Count;
            var attempt = ++_attempt;
            foreach (var i in toSend)
            {
                var content = Document.ContentAt(i);
                var w = _session.Channel.Begin(Messages.PutFile, 1);
                w.Text("data");
                w.Bytes(content, 0, content.Length);
                if (!_session.Channel.Send(this, attempt))
                    End(null, DreamError.Gone());
                if (_attempt != attempt)
                    return;
            }
        }

        void End(DreamMap? map, DreamError? error)
        {
            _attempt++;
            _ended(this, map, error);
        }
    }
}
