#nullable enable
using System.Collections.Generic;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>Waits in a coroutine until directions are carried out: <c>var told = director.Tell("wait shown"); yield return told;</c></summary>
    public sealed class DreamTelling : CustomYieldInstruction
    {
        private readonly DreamDirector _director;
        private readonly StoryTelling _telling;

        internal DreamTelling(DreamDirector director, StoryTelling telling)
        {
            _director = director;
            _telling = telling;
        }

        /// <summary>Of each direction that was carried out (<see cref="StoryOutcome"/>).</summary>
        public IReadOnlyList<string> outcomes => _telling.Outcomes;

        /// <summary>The last outcome; empty: none yet.</summary>
        public string outcome => _telling.Outcome;

        /// <inheritdoc/>
        public override bool keepWaiting => !_telling.IsDone && _director && _director.isActiveAndEnabled;
    }
}
