#nullable enable
using System;
using UnityEngine.Events;

namespace Dreambridge
{
    /// <summary>With the name of a shot, mark or signal.</summary>
    [Serializable]
    public sealed class DreamNameEvent : UnityEvent<string> { }

    /// <summary>With all that the cutscene says, for example the options of a choice.</summary>
    [Serializable]
    public sealed class DreamChoiceEvent : UnityEvent<CutsceneEvent> { }

    /// <summary>What happens in a stream's cutscene, for the inspector. Each is invoked when the frame for which it holds is shown.</summary>
    [Serializable]
    public sealed class DreamCutsceneEvents
    {
        /// <summary>A shot began.</summary>
        public DreamNameEvent shot = new DreamNameEvent();

        /// <summary>A mark was reached.</summary>
        public DreamNameEvent mark = new DreamNameEvent();

        /// <summary>It waits for this signal.</summary>
        public DreamNameEvent waiting = new DreamNameEvent();

        /// <summary>A choice is open.</summary>
        public DreamChoiceEvent choice = new DreamChoiceEvent();

        /// <summary>It ended.</summary>
        public UnityEvent ended = new UnityEvent();

        internal void Invoke(CutsceneEvent e)
        {
            switch (e.Happened)
            {
                case CutsceneHappening.Shot:
                    shot.Invoke(e.Shot);
                    break;
                case CutsceneHappening.Mark:
                    mark.Invoke(e.Name);
                    break;
                case CutsceneHappening.Waiting:
                    waiting.Invoke(e.Name);
                    break;
                case CutsceneHappening.Choice:
                    choice.Invoke(e);
                    break;
                case CutsceneHappening.Ended:
                    ended.Invoke();
                    break;
            }
        }
    }
}
