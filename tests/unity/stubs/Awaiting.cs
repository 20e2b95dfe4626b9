using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using FakeUnity;

namespace FakeUnity
{
    /// <summary>What awaits on the main thread goes on in the next tick, as with the engine's own context.</summary>
    public sealed class MainThread : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback call, object? state)> _posted = new Queue<(SendOrPostCallback, object?)>();
        public override void Post(SendOrPostCallback d, object? state) { lock (_posted) _posted.Enqueue((d, state)); }

        internal void Tick()
        {
            (SendOrPostCallback call, object? state)[] now;
            lock (_posted) { now = _posted.ToArray(); _posted.Clear(); }
            foreach (var (call, state) in now) call(state);
        }
    }
}

namespace UnityEngine
{
    /// <summary>Unity 2023.1 and newer.</summary>
    [AsyncMethodBuilder(typeof(AwaitableAsyncMethodBuilder))]
    public class Awaitable
    {
        internal Task Task = Task.CompletedTask;
        public TaskAwaiter GetAwaiter() => Task.GetAwaiter();

        public static Awaitable NextFrameAsync(CancellationToken cancellationToken = default)
        {
            Engine.Check("Awaitable.NextFrameAsync");
            return new Awaitable { Task = Next(cancellationToken) };
        }

        private static async Task Next(CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            await Task.Yield();
            cancel.ThrowIfCancellationRequested();
        }

        public struct AwaitableAsyncMethodBuilder
        {
            private AsyncTaskMethodBuilder _builder;
            private Awaitable? _task;
            public static AwaitableAsyncMethodBuilder Create() => new AwaitableAsyncMethodBuilder { _builder = AsyncTaskMethodBuilder.Create() };
            public Awaitable Task => _task ??= new Awaitable { Task = _builder.Task };
            public void SetResult() => _builder.SetResult();
            public void SetException(Exception e) => _builder.SetException(e);
            public void SetStateMachine(IAsyncStateMachine machine) => _builder.SetStateMachine(machine);
            public void Start<T>(ref T machine) where T : IAsyncStateMachine => _builder.Start(ref machine);
            public void AwaitOnCompleted<A, T>(ref A awaiter, ref T machine) where A : INotifyCompletion where T : IAsyncStateMachine => _builder.AwaitOnCompleted(ref awaiter, ref machine);
            public void AwaitUnsafeOnCompleted<A, T>(ref A awaiter, ref T machine) where A : ICriticalNotifyCompletion where T : IAsyncStateMachine => _builder.AwaitUnsafeOnCompleted(ref awaiter, ref machine);
        }
    }
}
