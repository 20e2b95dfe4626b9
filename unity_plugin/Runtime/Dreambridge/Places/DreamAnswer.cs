#nullable enable
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// The daemon's answer to a request, for a coroutine: <c>var answer = stream.Rewound("inn"); yield return answer;</c>. It also ends when the
    /// stream is closed.
    /// </summary>
    public sealed class DreamAnswer<T> : CustomYieldInstruction where T : class
    {
        internal DreamAnswer() { }

        /// <summary>Has the answer come?</summary>
        public bool isDone { get; private set; }

        /// <summary>What was asked for; null: an error, or nothing was asked for but that it is done.</summary>
        public T? value { get; private set; }

        /// <summary>Why it failed; null: it did not.</summary>
        public DreamError? error { get; private set; }

        /// <inheritdoc/>
        public override bool keepWaiting => !isDone;

        internal void Set(T? answer, DreamError? why)
        {
            value = answer;
            error = why;
            isDone = true;
        }

        /// <summary>Nobody was asked, for there is no stream.</summary>
        internal DreamAnswer<T> Asked(bool asked)
        {
            if (!asked && !isDone) Set(null, DreamError.NoStream());
            return this;
        }
    }
}
