#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Playables;
using UnityEngine.Timeline;

namespace Dreambridge.Timelines
{
    /// <summary>Conditions that are directed where the clip begins. They hold until something else is directed; the clip's end does nothing.</summary>
    [Serializable]
    public sealed partial class DreamClip : PlayableAsset, ITimelineClipAsset
    {
        [SerializeField] private List<DreamSetting> _values = new List<DreamSetting>();
        [SerializeField, Tooltip("Seconds of the transition. Below 0: each condition's own.")] private float _over = -1;
        [SerializeField] private DreamEasing _easing = DreamEasing.Default;

        /// <summary>What is directed.</summary>
        public IList<DreamSetting> values => _values;

        /// <summary>Seconds of the transition. Below 0: each condition's own.</summary>
        public float over { get => _over; set => _over = value; }

        /// <summary>How the transition moves.</summary>
        public DreamEasing easing { get => _easing; set => _easing = value; }

        /// <inheritdoc/>
        public ClipCaps clipCaps => ClipCaps.None;

        /// <inheritdoc/>
        public override Playable CreatePlayable(PlayableGraph graph, GameObject owner) => ScriptPlayable<DreamClipPlayable>.Create(graph);
    }

    /// <summary>A clip's own place in the graph; the mixer does the work.</summary>
    public sealed class DreamClipPlayable : PlayableBehaviour { }
}
