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
        [SerializeField] private string _base = "";
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
            using (new EditorGUILayout.HorizontalScope())
            {
                _base = EditorGUILayout.TextField(new GUIContent("Base Python", "A Python 3.11 or newer of which the environment is made. Empty: one is looked for, on PATH and in the usual folders."), _base);
                if (GUILayout.Button("Browse", GUILayout.Width(60)))
                {
                    var chosen = EditorUtility.OpenFilePanel("Base Python", "", Application.platform == RuntimePlatform.WindowsEditor ? "exe" : "");
                    if (chosen.Length > 0) _base = chosen;
                }
            }
            _source = EditorGUILayout.TextField(new GUIContent("Source", "What pip installs: the folder of a checkout, or git+https://…; the extra [cpu] is added."), _source);
            using (new EditorGUI.DisabledScope(_environment.Doing.Length > 0 || _source.Length == 0))
            {
                if (GUILayout.Button("Make"))
                {
                    _environment.Begin(_folder, _source, _base);
                    // What there is to draw has changed: this event ends here.
                    GUIUtility.ExitGUI();
                }
            }
            if (_source.Length == 0) EditorGUILayout.LabelField("Source is empty: name a checkout of Dreambridge, such as ../dreambridge.");
            if (_environment.Doing.Length > 0)
            {
                EditorGUI.ProgressBar(GUILayoutUtility.GetRect(18, 18), _environment.Progress, _environment.Doing + " …");
                if (GUILayout.Button("Cancel"))
                {
                    _environment.Cancel();
                    GUIUtility.ExitGUI();
                }
            }
            if (_environment.Error != null) EditorGUILayout.HelpBox(_environment.Error.Message + "\n" + _environment.Error.Hint, MessageType.Error);
            if (_environment.Made.Length > 0) EditorGUILayout.HelpBox("Ready, and a stream opens: " + _environment.Made, MessageType.Info);
            using var scroll = new EditorGUILayout.ScrollViewScope(_scroll);
            _scroll = scroll.scrollPosition;
            foreach (var line in _environment.Log) EditorGUILayout.SelectableLabel(line, GUILayout.Height(16));
        }
    }
}
