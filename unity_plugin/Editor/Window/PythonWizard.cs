#nullable enable
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Makes a Python environment with dreambridge, and remembers it as this user's Python.</summary>
    internal sealed class PythonWizard : EditorWindow
    {
        [SerializeField] private string _folder = "";
        [SerializeField] private string _source = "";
        private readonly PythonEnvironment _environment = new PythonEnvironment();
        private Vector2 _scroll;

        internal static void Open() => GetWindow<PythonWizard>("Dreambridge: Python").Show();

        private void OnEnable()
        {
            // Beside Assets, where Unity imports nothing; a package's own folder may be read-only.
            if (_folder.Length == 0) _folder = Path.Combine(Path.GetDirectoryName(Application.dataPath) ?? "", "DreambridgePython");
            EditorApplication.update += Watch;
        }

        private void OnDisable()
        {
            EditorApplication.update -= Watch;
            _environment.Cancel();
        }

        private void Watch()
        {
            if (_environment.Doing.Length == 0) return;
            _environment.Poll();
            if (_environment.Made.Length > 0) DreamSettings.Python = _environment.Made;
            Repaint();
        }

        private void OnGUI()
        {
            EditorGUILayout.HelpBox("Makes a folder with a Python environment and installs dreambridge and ONNX Runtime into it (about 300 MB; needs the network).", MessageType.Info);
            _folder = EditorGUILayout.TextField(new GUIContent("Folder"), _folder);
            _source = EditorGUILayout.TextField(new GUIContent("Source", "What pip installs: the folder of a checkout followed by [cpu], or git+https://…"), _source);
            using (new EditorGUI.DisabledScope(_environment.Doing.Length > 0 || _source.Length == 0))
            {
                if (GUILayout.Button("Make")) _environment.Begin(_folder, _source);
            }
            if (_source.Length == 0) EditorGUILayout.LabelField("Source is empty: name a checkout of Dreambridge, such as ../dreambridge[cpu].");
            if (_environment.Doing.Length > 0)
            {
                EditorGUILayout.LabelField(_environment.Doing + " …");
                if (GUILayout.Button("Cancel")) _environment.Cancel();
            }
            if (_environment.Error != null) EditorGUILayout.HelpBox(_environment.Error.Message + "\n" + _environment.Error.Hint, MessageType.Error);
            if (_environment.Made.Length > 0) EditorGUILayout.HelpBox("Ready: " + _environment.Made, MessageType.Info);
            using var scroll = new EditorGUILayout.ScrollViewScope(_scroll);
            _scroll = scroll.scrollPosition;
            foreach (var line in _environment.Log) EditorGUILayout.SelectableLabel(line, GUILayout.Height(16));
        }
    }
}
