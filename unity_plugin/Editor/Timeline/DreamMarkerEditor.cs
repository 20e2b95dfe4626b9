#nullable enable
using System.Linq;
using Dreambridge.Timelines;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Inspector of <see cref="DreamMarker"/>: its time, whether it cuts, and what it directs by the bundle's schema.</summary>
    [CustomEditor(typeof(DreamMarker)), CanEditMultipleObjects]
    internal sealed class DreamMarkerEditor : Editor
    {
        private DirectedValues? _values;

        /// <inheritdoc/>
        public override bool RequiresConstantRepaint() => _values == null || _values.Waits;

        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            if (targets.Length == 1) Time((DreamMarker)targets[0]);
            serializedObject.Update();
            foreach (var name in new[] { "_over", "_cut", "_seed" })
                if (serializedObject.FindProperty(name) is { } property) EditorGUILayout.PropertyField(property);
            serializedObject.ApplyModifiedProperties();
            _values ??= new DirectedValues();
            _values.Draw(targets.OfType<DreamMarker>().Select(m => new ConditionHolder(m, m.values)).ToArray());
        }

        private static void Time(DreamMarker marker)
        {
            EditorGUI.BeginChangeCheck();
            var time = EditorGUILayout.DoubleField(new GUIContent("Time", "Seconds from the Timeline's beginning."), marker.time);
            if (!EditorGUI.EndChangeCheck()) return;
            Undo.RecordObjects(new UnityEngine.Object[] { marker }, "Marker time");
            marker.time = System.Math.Max(0, time);
            EditorUtility.SetDirty(marker);
        }

        private void OnDisable()
        {
            _values?.Dispose();
            _values = null;
        }
    }
}
