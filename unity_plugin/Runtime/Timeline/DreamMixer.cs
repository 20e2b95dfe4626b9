#nullable enable
using UnityEngine;
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
            else if (IsDrivenByHand(director)) Director.Play(stream, director.time, 0);
            else Director.Scrub(stream, director.time);
        }

        // In the update mode Manual a game that plays the Timeline calls Evaluate in each frame, as an editor does that is scrubbed.
        private static bool IsDrivenByHand(PlayableDirector director) =>
            director.timeUpdateMode == DirectorUpdateMode.Manual && director.state == PlayState.Playing && Application.IsPlaying(director);

        /// <inheritdoc/>
        public override void OnPlayableDestroy(Playable playable) => Director?.Leave();
    }
}
