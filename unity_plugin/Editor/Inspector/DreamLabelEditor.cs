#nullable enable
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Inspector of <see cref="DreamLabel"/>: its label from a list.</summary>
    [CustomEditor(typeof(DreamLabel)), CanEditMultipleObjects]
    internal sealed class DreamLabelEditor : Editor
    {
        private LabelChoice? _choice;

        private void OnEnable() => _choice = new LabelChoice();

        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            serializedObject.Update();
            if (serializedObject.FindProperty("_label") is { } label) _choice!.Draw(label, new GUIContent("Label", "Children inherit it. \"none\": not in the view."));
            if (_choice!.Labels.Count == 0)
                EditorGUILayout.HelpBox("The labels of the bundle appear here as a list while a daemon runs and the scene has a DreamStream.", MessageType.Info);
            if (serializedObject.FindProperty("_materials") is { } materials) EditorGUILayout.PropertyField(materials);
            serializedObject.ApplyModifiedProperties();
        }

        private void OnDisable()
        {
            _choice?.Dispose();
            _choice = null;
        }
    }
}
