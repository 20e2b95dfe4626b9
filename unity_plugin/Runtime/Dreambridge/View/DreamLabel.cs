#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Says what an object is in the view of a <see cref="DreamView"/>: wall, roof, water, plant, figure, or another label of the bundle's
    /// palette. Children inherit it. "none" leaves the object out; "leaves/plant" means the first of these that the palette has.
    /// </summary>
    [DisallowMultipleComponent, AddComponentMenu("Dreambridge/Dream Label")]
    public sealed partial class DreamLabel : MonoBehaviour
    {
        // Of more changes than that between two pictures, all objects are looked at.
        private const int MaxChanges = 256;
        private static readonly List<Transform> s_changed = new List<Transform>();

        /// <summary>Rises whenever a label comes, goes or changes.</summary>
        internal static int Edition { get; private set; }

        /// <summary>Add the objects whose labels have come, gone or changed since that edition; false: they are not known any more.</summary>
        internal static bool Since(int edition, List<Transform> into)
        {
            var from = s_changed.Count - (Edition - edition);
            if (edition < 0 || from < 0) return false;
            for (var i = from; i < s_changed.Count; i++) into.Add(s_changed[i]);
            return true;
        }

        private void Changed()
        {
            if (s_changed.Count == MaxChanges) s_changed.RemoveRange(0, MaxChanges / 2);
            s_changed.Add(transform);
            Edition++;
        }

        [SerializeField, Tooltip("A label of the bundle's palette, such as wall. Children inherit it. \"none\": not in the view.")] private string _label = "wall";
        [SerializeField, Tooltip("Materials with a label of their own, such as the windows in a house of one mesh.")] private List<DreamMaterialLabel> _materials = new List<DreamMaterialLabel>();

        /// <summary>A label of the bundle's palette; "none" leaves the object and its children out.</summary>
        public string label
        {
            get => _label;
            set
            {
                _label = value;
                Changed();
            }
        }

        /// <summary>Materials with a label of their own; call <see cref="DreamView.Relabel"/> after a change.</summary>
        public IList<DreamMaterialLabel> materials => _materials;

        private void OnEnable() => Changed();

        private void OnDisable() => Changed();

        private void OnValidate() => Changed();

        private void OnTransformParentChanged() => Changed();
    }

    /// <summary>The label of what one material covers.</summary>
    [Serializable]
    public sealed class DreamMaterialLabel
    {
        /// <summary>As in the renderer's list of shared materials.</summary>
        public Material? material;

        /// <summary>A label of the bundle's palette.</summary>
        public string label = "window";
    }

    /// <summary>The label of all objects with a tag, or on a layer, that have no <see cref="DreamLabel"/>.</summary>
    [Serializable]
    public sealed class DreamLabelRule
    {
        /// <summary>A tag of the project; empty: the layer decides.</summary>
        public string tag = "";

        /// <summary>A layer of the project, where the tag is empty; -1: none.</summary>
        public int layer = -1;

        /// <summary>A label of the bundle's palette.</summary>
        public string label = "";
    }
}
