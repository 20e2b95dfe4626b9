#nullable enable
using System;
using UnityEngine.Events;

namespace Dreambridge
{
    /// <summary>With the place at which the stream is.</summary>
    [Serializable]
    public sealed class DreamPlaceEvent : UnityEvent<DreamPlace> { }
}
