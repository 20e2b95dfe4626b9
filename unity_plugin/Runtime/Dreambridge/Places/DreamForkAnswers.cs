#nullable enable

namespace Dreambridge
{
    /// <summary>The requests of a fork for coroutines: <c>yield return fork.Prepared(1)</c>.</summary>
    public static class DreamForkAnswers
    {
        /// <summary>As <see cref="DreamFork.Direct"/>.</summary>
        public static DreamAnswer<DreamFork> Directed(this DreamFork fork, DreamMap values, double over = -1)
        {
            var answer = new DreamAnswer<DreamFork>();
            return answer.Asked(fork.Direct(values, over, error => answer.Set(Unless(error, fork), error)));
        }

        /// <summary>As <see cref="DreamFork.Choose"/>.</summary>
        public static DreamAnswer<DreamFork> Chosen(this DreamFork fork, string option)
        {
            var answer = new DreamAnswer<DreamFork>();
            return answer.Asked(fork.Choose(option, error => answer.Set(Unless(error, fork), error)));
        }

        /// <summary>As <see cref="DreamFork.RunOut"/>.</summary>
        public static DreamAnswer<DreamFork> RanOut(this DreamFork fork)
        {
            var answer = new DreamAnswer<DreamFork>();
            return answer.Asked(fork.RunOut(error => answer.Set(Unless(error, fork), error)));
        }

        /// <summary>As <see cref="DreamFork.Signal"/>.</summary>
        public static DreamAnswer<DreamFork> Signalled(this DreamFork fork, string name)
        {
            var answer = new DreamAnswer<DreamFork>();
            return answer.Asked(fork.Signal(name, (_, error) => answer.Set(Unless(error, fork), error)));
        }

        /// <summary>As <see cref="DreamFork.Prepare"/>; the fork's <see cref="DreamFork.Steps"/> then says how many are made.</summary>
        public static DreamAnswer<DreamFork> Prepared(this DreamFork fork, double seconds = 1, double timeout = 10)
        {
            var answer = new DreamAnswer<DreamFork>();
            return answer.Asked(fork.Prepare(seconds, timeout, (_, error) => answer.Set(Unless(error, fork), error)));
        }

        /// <summary>As <see cref="DreamFork.Adopt"/>.</summary>
        public static DreamAnswer<DreamFork> Adopted(this DreamFork fork)
        {
            var answer = new DreamAnswer<DreamFork>();
            return answer.Asked(fork.Adopt(error => answer.Set(Unless(error, fork), error)));
        }

        /// <summary>As <see cref="DreamFork.Drop"/>.</summary>
        public static DreamAnswer<DreamFork> Dropped(this DreamFork fork)
        {
            var answer = new DreamAnswer<DreamFork>();
            return answer.Asked(fork.Drop(error => answer.Set(Unless(error, fork), error)));
        }

        private static DreamFork? Unless(DreamError? error, DreamFork fork) => error == null ? fork : null;
    }
}
