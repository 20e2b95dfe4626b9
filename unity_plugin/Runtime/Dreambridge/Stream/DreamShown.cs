#nullable enable
using UnityEngine;

namespace Dreambridge
{
    /// <summary>Waits in a coroutine until a direction is seen; <see cref="shown"/> then says whether it is.</summary>
    public sealed class DreamShown : CustomYieldInstruction
    {
        private readonly DreamStream _stream;
        private readonly int _ticket;
        private readonly double _until;

        internal DreamShown(DreamStream stream, int ticket, float timeout)
        {
            _stream = stream;
            _ticket = ticket;
            _until = Time.realtimeSinceStartupAsDouble + timeout;
        }

        /// <summary>Whether a frame made with the direction is shown.</summary>
        public bool shown => _stream && _stream.IsShown(_ticket);

        /// <inheritdoc/>
        public override bool keepWaiting =>
            _stream && _stream.isOpen && !_stream.IsShown(_ticket) && !_stream.IsRefused(_ticket) && Time.realtimeSinceStartupAsDouble < _until;
    }
}
