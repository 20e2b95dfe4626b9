#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>A label, chosen in a list of the palette of a bundle in the open scenes; a text field while no daemon has told one.</summary>
    internal sealed class LabelChoice : IDisposable
    {
        private readonly DreamCatalog _catalog = new DreamCatalog();
        private string[] _labels = Array.Empty<string>();

        internal LabelChoice() => EditorApplication.update += Watch;

        /// <summary>The labels as of the last look; empty while none is known.</summary>
        internal IReadOnlyList<string> Labels => _labels;

        internal void Draw(SerializedProperty property, GUIContent title)
        {
            // Several of them ("leaves/plant"), or one that this palette lacks, are kept and shown as they are.
            var now = property.stringValue;
            if (_labels.Length == 0)
            {
                EditorGUILayout.PropertyField(property);
                return;
            }
            var offered = _labels.Contains(now) ? _labels : _labels.Append(now).ToArray();
            EditorGUI.showMixedValue = property.hasMultipleDifferentValues;
            EditorGUI.BeginChangeCheck();
            var chosen = EditorGUILayout.Popup(title, Array.IndexOf(offered, now), offered);
            if (EditorGUI.EndChangeCheck() && chosen >= 0) property.stringValue = offered[chosen];
            EditorGUI.showMixedValue = false;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            EditorApplication.update -= Watch;
            _catalog.Dispose();
        }

        private void Watch()
        {
            var stream = DreamStream.all.FirstOrDefault(s => s.info?.View != null) ?? DreamStream.all.FirstOrDefault();
            if (stream == null) return;
            _catalog.Poll(stream.DaemonNow);
            var view = stream.info?.View ?? _catalog.Find(stream.bundle)?.View;
            var names = view == null ? 0 : view.Palette.Length + 1;
            if (names == _labels.Length) return;
            _labels = view == null ? Array.Empty<string>() : view.Palette.Select(l => l.Name).Append(DreamPalette.None).ToArray();
        }
    }
}
