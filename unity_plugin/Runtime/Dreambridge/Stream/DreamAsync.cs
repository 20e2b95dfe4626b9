#nullable enable
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// The waits of this package for async methods: <c>await stream.Shown(ticket).AsTask();</c>. They go on on the main thread. With UniTask
    /// there is <c>AsUniTask</c>, in an assembly of its own.
    /// </summary>
    public static class DreamAsync
    {
        /// <summary>Ends when the wait ends, at most a tick later. With a token it throws OperationCanceledException when it is cancelled.</summary>
        public static async Task AsTask(this CustomYieldInstruction wait, CancellationToken cancel = default)
        {
            while (wait.keepWaiting)
            {
                cancel.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

#if UNITY_2023_1_OR_NEWER
        /// <summary>The same without garbage for each wait, by the engine's own awaitable (Unity 2023.1 or newer).</summary>
        public static async Awaitable AsAwaitable(this CustomYieldInstruction wait, CancellationToken cancel = default)
        {
            while (wait.keepWaiting) await Awaitable.NextFrameAsync(cancel);
        }
#endif
    }
}
