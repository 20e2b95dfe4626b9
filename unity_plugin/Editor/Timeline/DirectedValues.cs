#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>What clips and markers direct, by the schema of a stream's bundle: that of a stream in the open scenes, chosen in a list.</summary>
    internal sealed class DirectedValues : IDisposable
    {
        private readonly DreamCatalog _catalog = new DreamCatalog();
        private int _chosen;
        private string _daemon = "";

        internal DirectedValues() => EditorApplication.update += Watch;

        /// <summary>Is it still asking a daemon?</summary>
        internal bool Waits => DreamStream.all.Count > 0 && !_catalog.Known;

        internal void Draw(IReadOnlyList<ConditionHolder> holders)
        {
            EditorGUILayout.Space();
            EditorGUILayout.LabelField("Directed");
            if (DreamStream.all.Count == 0)
            {
                EditorGUILayout.HelpBox("Open the scene with the DreamStream of this track to see its bundle's conditions here.", MessageType.Info);
                List(holders);
                return;
            }
            _chosen = Math.Min(_chosen, DreamStream.all.Count - 1);
            if (DreamStream.all.Count > 1)
                _chosen = Math.Max(0, EditorGUILayout.Popup(new GUIContent("Conditions of", "The stream that the track is bound to."), _chosen, DreamStream.all.Select(s => s.name).ToArray()));
            var stream = DreamStream.all[_chosen];
            _daemon = stream.DaemonNow;
            var schema = stream.info?.Conditions ?? _catalog.Find(stream.bundle)?.Conditions;
            if (schema == null)
            {
                EditorGUILayout.HelpBox("The conditions of " + stream.bundle + " appear here while a daemon runs. Start one in Window > Dreambridge.", MessageType.Info);
                List(holders);
                return;
            }
            for (var i = 0; i < schema.Count; i++) ConditionControl.Draw(schema[i], new ConditionEditing(schema[i].Name, holders));
            foreach (var name in holders.SelectMany(h => h.Settings).Select(c => c.name).Distinct().Where(n => schema.Find(n) == null).ToList())
            {
                EditorGUILayout.HelpBox("The bundle " + stream.bundle + " has no condition " + name + ", which is directed here.", MessageType.Warning);
                if (GUILayout.Button("Remove " + name)) new ConditionEditing(name, holders).Unset();
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            EditorApplication.update -= Watch;
            _catalog.Dispose();
        }

        // Not while it is drawn, as in the inspector of the stream.
        private void Watch()
        {
            if (_daemon.Length > 0) _catalog.Poll(_daemon);
        }

        private static void List(IReadOnlyList<ConditionHolder> holders)
        {
            foreach (var c in holders[0].Settings) EditorGUILayout.LabelField(c.ToString());
        }
    }
}
