#nullable enable

namespace Dreambridge
{
    /// <summary>What to do with the player of a sound.</summary>
    public enum SoundDo
    {
        /// <summary>It plays on, at <see cref="SoundStep.Pitch"/>.</summary>
        Keep,

        /// <summary>Play the file of <see cref="CutsceneSound.File"/> from <see cref="SoundStep.Position"/>.</summary>
        Start,

        /// <summary>Go on at <see cref="SoundStep.Position"/>.</summary>
        Jump,

        /// <summary>Pause it: the picture stands still.</summary>
        Hold,

        /// <summary>Nothing is to be heard.</summary>
        Stop,
    }

    /// <summary>What to do with the player of a sound in this tick.</summary>
    public readonly struct SoundStep
    {
        internal SoundStep(SoundDo what, double position = 0, double pitch = 1)
        {
            Do = what;
            Position = position;
            Pitch = pitch;
        }

        public SoundDo Do { get; }

        /// <summary>Second of the file.</summary>
        public double Position { get; }

        /// <summary>How fast it is to play: 1 as recorded, at most 6 % off.</summary>
        public double Pitch { get; }
    }
}
