#nullable enable
using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Inspector of <see cref="DreamView"/>: its properties, and what it sends: each layer, how often, how old.</summary>
    [CustomEditor(typeof(DreamView))]
    internal sealed class DreamViewEditor : Editor
    {
        // Their top row lies at v = 0.
        private static readonly Rect s_turned = new Rect(0, 1, 1, -1);
        private static readonly string[] s_first = { "_stream", "_rate", "_deadBand", "_camera" };
        private static readonly string[] s_labels = { "_unlabelled", "_background", "_details" };
        private static readonly string[] s_last = { "_far", "_sendDepth", "_ownColours", "_rules", "_labels", "_depth", "_colours", "_normals", "_motion" };
        private LabelChoice? _choice;
        // As of the last look: all events of one drawing must see the same.
        private readonly List<(string layer, RenderTexture? picture)> _pictures = new List<(string, RenderTexture?)>();
        private DreamError? _error;
        private string _figures = "";

        private DreamView View => (DreamView)targets[0];

        private void OnEnable()
        {
            _choice = new LabelChoice();
            EditorApplication.update += Watch;
        }

        private void OnDisable()
        {
            EditorApplication.update -= Watch;
            _choice?.Dispose();
            _choice = null;
        }

        /// <inheritdoc/>
        public override bool RequiresConstantRepaint() => EditorApplication.isPlaying;

        private void Watch()
        {
            var view = View;
            if (!view) return;
            _pictures.Clear();
            foreach (var layer in view.layers) _pictures.Add((layer, view.Picture(layer)));
            _error = view.lastError;
            _figures = view.published == 0 ? "nothing yet" : view.published + " pictures, " + view.publishedRate.ToString("0.0") + " a second; " + view.labelled + " objects with a label; "
                + "in the ring after " + view.travelMs.ToString("0") + " ms" + (view.latencyMs < 0 ? "" : ", on the screen after " + view.latencyMs.ToString("0") + " ms");
        }

        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            serializedObject.Update();
            Properties(s_first);
            foreach (var name in s_labels)
                if (serializedObject.FindProperty(name) is { } label) _choice!.Draw(label, new GUIContent(name == "_background" ? "Background" : name == "_details" ? "Details" : "Unlabelled"));
            Properties(s_last);
            serializedObject.ApplyModifiedProperties();
            if (_error != null) EditorGUILayout.HelpBox(_error.Message + "\n" + _error.Hint, MessageType.Warning);
            EditorGUILayout.LabelField("Sent", _figures);
            foreach (var (layer, picture) in _pictures) Picture(char.ToUpperInvariant(layer[0]) + layer.Substring(1), picture);
        }

        private static void Picture(string title, RenderTexture? picture)
        {
            if (!picture) return;
            EditorGUILayout.LabelField(title);
            GUI.DrawTextureWithTexCoords(GUILayoutUtility.GetAspectRect((float)picture!.width / picture.height), picture, s_turned);
        }

        private void Properties(string[] names)
        {
            foreach (var name in names)
                if (serializedObject.FindProperty(name) is { } property) EditorGUILayout.PropertyField(property);
        }
    }
}
