#nullable enable
using System.Threading;
using Cysharp.Threading.Tasks;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>The waits of this package as UniTasks, in projects with the package UniTask: <c>await stream.Shown(ticket).AsUniTask();</c>.</summary>
    public static class DreamUniTask
    {
        /// <summary>Ends in the Update in which the wait ends, without garbage for each tick. With a token it is cancelled as UniTask says.</summary>
        public static UniTask AsUniTask(this CustomYieldInstruction wait, CancellationToken cancel = default) =>
            UniTask.WaitUntil(() => !wait.keepWaiting, PlayerLoopTiming.Update, cancel);

        /// <summary>Direct one condition, and wait until the picture on the screen obeys.</summary>
        public static UniTask DirectAsync(this DreamStream stream, string condition, DreamValue value, double over = -1, CancellationToken cancel = default) =>
            stream.Shown(stream.Direct(condition, value, over)).AsUniTask(cancel);
    }
}
