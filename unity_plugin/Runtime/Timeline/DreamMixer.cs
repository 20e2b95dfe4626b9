#nullable enable
using UnityEngine.Playables;

namespace Dreambridge.Timelines
{
    /// <summary>Tells the cutscene where the director is: playing on, or put to another time.</summary>
    public sealed class DreamMixer : PlayableBehaviour
    {
        internal DreamTimelineDirector? Director { get; set; }

        /// <inheritdoc/>
        public override void ProcessFrame(Playable playable, FrameData info, object playerData)
        {
            var stream = playerData as DreamStream;
            if (stream == null || Director == null || !(playable.GetGraph().GetResolver() is PlayableDirector director)) return;
            if (info.evaluationType == FrameData.EvaluationType.Playback) Director.Play(stream, director.time, info.deltaTime);
            else Director.Scrub(stream, director.time);
        }

        /// <inheritdoc/>
        public override void OnPlayableDestroy(Playable playable) => Director?.Leave();
    }
}
