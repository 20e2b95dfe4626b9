using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Cysharp.Threading.Tasks
{
    public enum PlayerLoopTiming { Initialization = 0, EarlyUpdate = 2, FixedUpdate = 4, PreUpdate = 6, Update = 8, PreLateUpdate = 10, PostLateUpdate = 12 }

    public readonly struct UniTask
    {
        private readonly Task _task;
        private UniTask(Task task) => _task = task;
        public Awaiter GetAwaiter() => new Awaiter(_task);
        public static UniTask WaitUntil(Func<bool> predicate, PlayerLoopTiming timing = PlayerLoopTiming.Update, CancellationToken cancellationToken = default, bool cancelImmediately = false) =>
            new UniTask(Wait(predicate, cancellationToken));

        private static async Task Wait(Func<bool> predicate, CancellationToken cancel)
        {
            while (!predicate())
            {
                cancel.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        public readonly struct Awaiter : ICriticalNotifyCompletion
        {
            private readonly Task _task;
            internal Awaiter(Task task) => _task = task;
            public bool IsCompleted => _task.IsCompleted;
            public void GetResult() => _task.GetAwaiter().GetResult();
            public void OnCompleted(Action continuation) => _task.GetAwaiter().OnCompleted(continuation);
            public void UnsafeOnCompleted(Action continuation) => _task.GetAwaiter().UnsafeOnCompleted(continuation);
        }
    }
}
