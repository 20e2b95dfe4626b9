#nullable enable

using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>What became of a direction or a wait.</summary>
    public static class StoryOutcome
    {
        /// <summary>It is sent as soon as the stream can take it.</summary>
        public const string Pending = "pending";
        public const string Shown = "shown";
        public const string Reached = "reached";
        public const string Refused = "refused";
        public const string Lost = "lost";
        public const string Skipped = "skipped";
        public const string Timeout = "timeout";
    }

    /// <summary>Directions that are carried out one after the other; a <c>wait</c> among them takes time.</summary>
    public sealed class StoryTelling
    {
        readonly List<string> _outcomes = new List<string>();
        internal readonly Queue<string> Left = new Queue<string>();
        internal StoryWait? Waiting;
        /// <summary>It is not known yet what is left to carry out.</summary>
        internal bool Held;

        /// <summary>Have all been carried out?</summary>
        public bool IsDone => !Held && Waiting == null && Left.Count == 0;

        /// <summary>Of each direction that was carried out, in their order (<see cref="StoryOutcome"/>).</summary>
        public IReadOnlyList<string> Outcomes => _outcomes;

        /// <summary>The last outcome; empty: none yet.</summary>
        public string Outcome => _outcomes.Count > 0 ? _outcomes[_outcomes.Count - 1] : "";

        internal void Add(string outcome) => _outcomes.Add(outcome);

        /// <summary>Nothing more is carried out.</summary>
        internal void Lose()
        {
            var lost = Left.Count + (Waiting != null || Held ? 1 : 0);
            Left.Clear();
            Waiting = null;
            Held = false;
            for (var i = 0; i < lost; i++)
                Add(StoryOutcome.Lost);
        }
    }

    /// <summary>A wait that lasts.</summary>
    sealed class StoryWait
    {
        internal readonly StoryStatement Statement;
        /// <summary>Stopwatch ticks.</summary>
        internal readonly long Until;
        internal readonly int Skips;

        internal StoryWait(StoryStatement statement, long until, int skips)
        {
            Statement = statement;
            Until = until;
            Skips = skips;
        }
    }
}
