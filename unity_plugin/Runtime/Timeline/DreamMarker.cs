#nullable enable
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Playables;
using UnityEngine.Timeline;

namespace Dreambridge.Timelines
{
    /// <summary>A direction at one moment, or a cut: conditions at once, with the model's state reset and perhaps another seed.</summary>
    public sealed partial class DreamMarker : Marker, INotification
    {
        [SerializeField] private List<DreamSetting> _values = new List<DreamSetting>();
        [SerializeField, Tooltip("Seconds of the transition. Below 0: each condition's own.")] private float _over = -1;
        [SerializeField, Tooltip("Apply at once, and reset the model's state.")] private bool _cut;
        [SerializeField, Tooltip("A new seed for the cut. Below 0: the seed stays.")] private int _seed = -1;

        /// <summary>A marker that is a notification counts as a part of the Timeline: without it, the Timeline ends with its last clip.</summary>
        PropertyName INotification.id => default;

        /// <summary>What is directed.</summary>
        public IList<DreamSetting> values => _values;

        /// <summary>Seconds of the transition. Below 0: each condition's own.</summary>
        public float over { get => _over; set => _over = value; }

        /// <summary>Apply at once, and reset the model's state.</summary>
        public bool cut { get => _cut; set => _cut = value; }

        /// <summary>A new seed for the cut. Below 0: the seed stays.</summary>
        public int seed { get => _seed; set => _seed = value; }
    }
}
