#nullable enable
using System.Linq;
using Dreambridge.Timelines;
using UnityEditor;

namespace Dreambridge.Editors
{
    /// <summary>Inspector of <see cref="DreamClip"/>: its transition, and what it directs by the bundle's schema.</summary>
    [CustomEditor(typeof(DreamClip)), CanEditMultipleObjects]
    internal sealed class DreamClipEditor : Editor
    {
        private DirectedValues? _values;

        /// <inheritdoc/>
        public override bool RequiresConstantRepaint() => _values == null || _values.Waits;

        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            serializedObject.Update();
            foreach (var name in new[] { "_over", "_easing" })
                if (serializedObject.FindProperty(name) is { } property) EditorGUILayout.PropertyField(property);
            serializedObject.ApplyModifiedProperties();
            _values ??= new DirectedValues();
            _values.Draw(targets.OfType<DreamClip>().Select(c => new ConditionHolder(c, c.values)).ToArray());
        }

        private void OnDisable()
        {
            _values?.Dispose();
            _values = null;
        }
    }
}
