#nullable enable
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Timeline;

namespace Dreambridge.Timelines
{
    /// <summary>A direction at one moment, or a cut: conditions at once, with the model's state reset and perhaps another seed.</summary>
    public sealed class DreamMarker : Marker
    {
        [SerializeField] private List<DreamSetting> _values = new List<DreamSetting>();
        [SerializeField, Tooltip("Seconds of the transition; below 0 each condition's own.")] private float _over = -1;
        [SerializeField, Tooltip("At once, with the model's state reset.")] private bool _cut;
        [SerializeField, Tooltip("Of a cut: another seed; below 0 the same.")] private int _seed = -1;

        /// <summary>What is directed.</summary>
        public IList<DreamSetting> values => _values;

        /// <summary>Seconds of the transition; below 0 each condition's own.</summary>
        public float over { get => _over; set => _over = value; }

        /// <summary>At once, with the model's state reset.</summary>
        public bool cut { get => _cut; set => _cut = value; }

        /// <summary>Of a cut: another seed; below 0 the same.</summary>
        public int seed { get => _seed; set => _seed = value; }
    }
}
