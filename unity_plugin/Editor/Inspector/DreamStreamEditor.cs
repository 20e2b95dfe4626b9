#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Inspector of <see cref="DreamStream"/>: its properties, the bundle's conditions by their schema, and the current state.</summary>
    [CustomEditor(typeof(DreamStream)), CanEditMultipleObjects]
    internal sealed class DreamStreamEditor : Editor
    {
        private static readonly string[] s_before = { "_seed", "_fps", "_autostart", "_previewInEditor" };
        private static readonly string[] s_output = { "_targetTexture", "_targetRenderer", "_targetProperty", "_targetImage", "_blend", "_poster", "_fallback", "_lessFlashing" };
        private static readonly string[] s_cutscene = { "_cutscene", "_cutsceneAudio", "_cutsceneEvents", "_landed", "_streamEvents" };
        private static readonly string[] s_daemon = { "_daemon", "_threads", "_priority", "_maxCpu", "_level" };
        private DreamCatalog? _catalog;

        /// <summary>The saved fields that it draws, and the bundle's.</summary>
        internal static IEnumerable<string> PropertyNames => s_before.Concat(s_output).Concat(s_cutscene).Concat(s_daemon).Concat(new[] { "_bundle" });

        private IEnumerable<DreamStream> Streams => targets.OfType<DreamStream>();

        /// <inheritdoc/>
        public override bool RequiresConstantRepaint() => Streams.Any(s => s && s.isOpen) || _catalog == null || !_catalog.Known;

        private void OnEnable() => EditorApplication.update += Watch;

        // Not while it is drawn: what arrives between two events of one drawing would change the number of its controls.
        private void Watch()
        {
            var first = Streams.FirstOrDefault(s => s);
            if (first == null) return;
            _catalog ??= new DreamCatalog();
            _catalog.Poll(first.DaemonNow);
        }

        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            var streams = Streams.ToList();
            var first = streams[0];
            serializedObject.Update();
            Now(streams);
            DrawBundle();
            Properties(s_before);
            Properties(s_output);
            Properties(s_cutscene);
            Properties(s_daemon);
            serializedObject.ApplyModifiedProperties();
            Conditions(streams);
        }

        private void OnDisable()
        {
            EditorApplication.update -= Watch;
            _catalog?.Dispose();
            _catalog = null;
        }

        private void Now(IReadOnlyList<DreamStream> streams)
        {
            var first = streams[0];
            var platform = DreamPlatform.Problem(Application.platform);
            if (platform != null) EditorGUILayout.HelpBox(platform.Message + " " + platform.Hint, MessageType.Error);
            if (streams.Count > 1)
            {
                EditorGUILayout.LabelField(streams.Count + " streams");
            }
            else
            {
                EditorGUILayout.LabelField("State", first.state + (first.reason.Length > 0 ? " (" + first.reason + ")" : ""));
                if (first.lastError != null)
                    EditorGUILayout.HelpBox(first.lastError.Message + "\n" + first.lastError.Hint + "\n[" + first.lastError.Code + "]", MessageType.Warning);
                var info = first.info;
                if (info != null && first.texture)
                {
                    EditorGUILayout.LabelField("Frame", first.frame.Index + ", " + first.frame.StepMs.ToString("0.0") + " ms a step, " + info.Provider + ", " + first.frame.Dropped + " dropped");
                    EditorGUI.DrawPreviewTexture(GUILayoutUtility.GetAspectRect((float)info.Width / info.Height), first.texture!);
                }
            }
            using (new EditorGUILayout.HorizontalScope())
            {
                if (GUILayout.Button(streams.Any(s => s.isOpen) ? "Close" : "Open"))
                {
                    var close = streams.Any(s => s.isOpen);
                    foreach (var s in streams) { if (close) s.Close(); else s.Open(); }
                    // What there is to draw has changed: this event ends here.
                    GUIUtility.ExitGUI();
                }
                if (GUILayout.Button("Dreambridge window")) DreamWindow.Open();
            }
        }

        private void DrawBundle()
        {
            var bundle = serializedObject.FindProperty("_bundle");
            if (bundle == null) return;
            var names = _catalog?.Names ?? Array.Empty<string>();
            if (names.Length == 0)
            {
                EditorGUILayout.PropertyField(bundle);
                return;
            }
            EditorGUI.showMixedValue = bundle.hasMultipleDifferentValues;
            EditorGUI.BeginChangeCheck();
            var chosen = EditorGUILayout.Popup(new GUIContent("Bundle"), Array.IndexOf(names, bundle.stringValue), names);
            if (EditorGUI.EndChangeCheck() && chosen >= 0) bundle.stringValue = names[chosen];
            EditorGUI.showMixedValue = false;
            if (bundle.hasMultipleDifferentValues) return;
            if (_catalog!.Problem(bundle.stringValue) is { } problem)
                EditorGUILayout.HelpBox(problem.Message + " " + problem.Hint, MessageType.Error);
            else if (_catalog.Find(bundle.stringValue) == null)
                EditorGUILayout.HelpBox("The daemon has no bundle " + bundle.stringValue + ". Choose one from the list, or put its folder into the folder that DREAMBRIDGE_BUNDLES names.", MessageType.Warning);
        }

        private void Properties(string[] names)
        {
            foreach (var name in names)
            {
                var property = serializedObject.FindProperty(name);
                if (property != null) EditorGUILayout.PropertyField(property);
            }
        }

        private void Conditions(IReadOnlyList<DreamStream> streams)
        {
            EditorGUILayout.Space();
            EditorGUILayout.LabelField("Conditions from the first frame on");
            if (streams.Select(s => s.bundle).Distinct().Count() > 1)
            {
                EditorGUILayout.HelpBox("These streams have different bundles. Select streams of one bundle to edit their conditions.", MessageType.Info);
                return;
            }
            var schema = streams[0].info?.Conditions ?? _catalog?.Find(streams[0].bundle)?.Conditions;
            if (schema == null)
            {
                EditorGUILayout.HelpBox("The conditions of " + streams[0].bundle + " appear here while a daemon runs. Start one in Window > Dreambridge.", MessageType.Info);
                foreach (var c in streams[0].conditions) EditorGUILayout.LabelField(c.ToString());
                return;
            }
            for (var i = 0; i < schema.Count; i++) ConditionControl.Draw(schema[i], new ConditionEditing(schema[i].Name, streams));
            foreach (var name in streams.SelectMany(s => s.conditions).Select(c => c.name).Distinct().Where(n => schema.Find(n) == null).ToList())
            {
                EditorGUILayout.HelpBox("The bundle " + streams[0].bundle + " has no condition " + name + ", which this scene sets. It is kept until you remove it.", MessageType.Warning);
                if (GUILayout.Button("Remove " + name)) new ConditionEditing(name, streams).Unset();
            }
        }
    }
}
