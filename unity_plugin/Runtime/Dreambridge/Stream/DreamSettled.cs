#nullable enable
using UnityEngine;

namespace Dreambridge
{
    /// <summary>Waits in a coroutine until the transitions of a direction have ended; <see cref="settled"/> then says whether its values are reached.</summary>
    public sealed class DreamSettled : CustomYieldInstruction
    {
        private readonly DreamStream _stream;
        private readonly int _ticket;
        private readonly double _until;

        internal DreamSettled(DreamStream stream, int ticket, float timeout)
        {
            _stream = stream;
            _ticket = ticket;
            _until = Time.realtimeSinceStartupAsDouble + timeout;
        }

        /// <summary>Whether a frame with all its values is shown, and none of them was replaced before.</summary>
        public bool settled => _stream && _stream.IsSettled(_ticket) && !_stream.IsReplaced(_ticket);

        /// <inheritdoc/>
        public override bool keepWaiting =>
            _stream && _stream.isOpen && !_stream.IsSettled(_ticket) && !_stream.IsRefused(_ticket) && Time.realtimeSinceStartupAsDouble < _until;
    }
}
