#nullable enable
using UnityEngine;

namespace Dreambridge
{
    /// <summary>Waits in a coroutine until something happens in a stream's cutscene, and is shown.</summary>
    public sealed class DreamCutsceneWait : CustomYieldInstruction
    {
        private readonly DreamStream _stream;
        private readonly CutsceneHappening _happening;
        private readonly string _name;
        private readonly double _until;
        private readonly int _run;
        private bool _done;

        internal DreamCutsceneWait(DreamStream stream, CutsceneHappening happening, string name, float timeout)
        {
            _stream = stream;
            _happening = happening;
            _name = name;
            _until = Time.realtimeSinceStartupAsDouble + timeout;
            _run = stream.cutscene.LatestRun;
            stream.CutsceneHappened += Happened;
        }

        /// <summary>What was waited for; null: it did not happen before the end, the timeout, or an error.</summary>
        public CutsceneEvent? happened { get; private set; }

        /// <summary>Why the cutscene does not play; null: no error.</summary>
        public DreamError? error { get; private set; }

        /// <inheritdoc/>
        public override bool keepWaiting
        {
            get
            {
                if (!_done && (!_stream || !_stream.isOpen || Time.realtimeSinceStartupAsDouble >= _until)) End();
                return !_done;
            }
        }

        internal void Fail(DreamError why)
        {
            if (_done) return;
            error = why;
            End();
        }

        private void Happened(CutsceneEvent e)
        {
            // The end of the cutscene in whose place this one was put.
            if (e.Run < _run) return;
            var asked = e.Happened == _happening && (_name.Length == 0 || _name == e.Name || _name == e.Shot);
            if (!asked && e.Happened != CutsceneHappening.Ended) return;
            happened = asked ? e : null;
            End();
        }

        private void End()
        {
            _done = true;
            if (_stream) _stream.CutsceneHappened -= Happened;
        }
    }
}
