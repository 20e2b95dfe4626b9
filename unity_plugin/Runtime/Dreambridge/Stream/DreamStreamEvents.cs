#nullable enable
using System;
using UnityEngine;
using UnityEngine.Events;

namespace Dreambridge
{
    /// <summary>With a text: the name of a state, or an error's message.</summary>
    [Serializable]
    public sealed class DreamTextEvent : UnityEvent<string> { }

    /// <summary>With the picture that is shown.</summary>
    [Serializable]
    public sealed class DreamTextureEvent : UnityEvent<Texture> { }

    /// <summary>What happens to a stream, for the inspector.</summary>
    [Serializable]
    public sealed class DreamStreamEvents
    {
        /// <summary>The stream was opened: at first, and again after each loss of the daemon.</summary>
        public UnityEvent opened = new UnityEvent();

        /// <summary>Another texture is shown: the stream's own, the poster or the fallback. Its content changes with each frame, without this event.</summary>
        public DreamTextureEvent textureChanged = new DreamTextureEvent();

        /// <summary>The state changed; with its name, such as "Playing".</summary>
        public DreamTextEvent stateChanged = new DreamTextEvent();

        /// <summary>An error; with its message and the way out. The stream continues if it can.</summary>
        public DreamTextEvent failed = new DreamTextEvent();
    }
}
