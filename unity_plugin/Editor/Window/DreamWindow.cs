#nullable enable
using System.Linq;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Window > Dreambridge: the daemon, its bundles, the streams of the open scenes, and what they cost.</summary>
    internal sealed class DreamWindow : EditorWindow
    {
        [SerializeField] private string _daemon = "default";
        private readonly DaemonControl _control = new DaemonControl();
        private readonly DreamCatalog _catalog = new DreamCatalog();
        private DreamStats? _stats;
        // As of the last look: a drawing has several events, and all of them must see the same.
        private ConnectionFile? _running;
        private DreamStream[] _streams = System.Array.Empty<DreamStream>();
        private string[] _log = System.Array.Empty<string>();
        private double _asked;
        private Vector2 _scroll;

        [MenuItem("Window/Dreambridge")]
        internal static void Open() => GetWindow<DreamWindow>("Dreambridge").Show();

        private void OnEnable()
        {
            EditorApplication.update += Watch;
            Look();
        }

        private void Look()
        {
            _running = DaemonControl.Of(_daemon);
            _streams = DreamStream.all.ToArray();
            _log = _control.Log.ToArray();
        }

        private void OnDisable()
        {
            EditorApplication.update -= Watch;
            _catalog.Dispose();
            _control.Dispose();
        }

        private void Watch()
        {
            _control.Poll();
            _catalog.Poll(_daemon);
            if (EditorApplication.timeSinceStartup - _asked < 0.5) return;
            _asked = EditorApplication.timeSinceStartup;
            Look();
            DreamStream.all.FirstOrDefault()?.Stats((s, _) => _stats = s);
            Repaint();
        }

        private void OnGUI()
        {
            Daemon();
            EditorGUILayout.Space();
            Streams();
            EditorGUILayout.Space();
            using var scroll = new EditorGUILayout.ScrollViewScope(_scroll);
            _scroll = scroll.scrollPosition;
            EditorGUILayout.LabelField("Log");
            if (_log.Length == 0) EditorGUILayout.LabelField("A daemon that is started here writes here; after a reload of the scripts its lines are lost, the daemon is not.");
            foreach (var line in _log) EditorGUILayout.SelectableLabel(line, GUILayout.Height(16));
        }

        private void Daemon()
        {
            _daemon = EditorGUILayout.DelayedTextField(new GUIContent("Daemon", "Name of its connection file."), _daemon);
            var running = _running;
            if (running == null)
            {
                EditorGUILayout.LabelField("State", "not running");
                if (GUILayout.Button("Start"))
                {
                    _control.Start(_daemon, DreamSettings.Python);
                    // What there is to draw has changed: this event ends here.
                    GUIUtility.ExitGUI();
                }
                if (DreamSettings.Python.Length == 0)
                {
                    EditorGUILayout.HelpBox("No Python with dreambridge is set on this machine.", MessageType.Info);
                    if (GUILayout.Button("Make a Python environment")) PythonWizard.Open();
                }
            }
            else
            {
                EditorGUILayout.LabelField("State", "running: dreambridge " + running.Version + ", protocol " + running.Protocol + ", process " + running.Pid);
                EditorGUILayout.LabelField("Bundles", _catalog.Known ? string.Join(", ", _catalog.Names) : "asking …");
                using (new EditorGUI.DisabledScope(!DaemonControl.IsOurs(running)))
                {
                    if (GUILayout.Button("Stop"))
                    {
                        _control.Stop(_daemon);
                        GUIUtility.ExitGUI();
                    }
                }
                if (!DaemonControl.IsOurs(running)) EditorGUILayout.LabelField("It was not started by this editor: stop it where it was started.");
            }
            if (_control.Error != null) EditorGUILayout.HelpBox(_control.Error.Message + "\n" + _control.Error.Hint, MessageType.Error);
            if (GUILayout.Button("Settings")) SettingsService.OpenProjectSettings(DreamSettingsProvider.Path);
        }

        private void Streams()
        {
            if (_streams.Length == 0)
            {
                EditorGUILayout.HelpBox("No DreamStream in the open scenes: GameObject > Add Component > Dreambridge > Dream Stream.", MessageType.Info);
                return;
            }
            foreach (var s in _streams)
            {
                if (!s) continue;
                EditorGUILayout.LabelField(s.name, s.bundle + ", " + s.state + (s.reason.Length > 0 ? " (" + s.reason + ")" : ""));
                if (!EditorApplication.isPlaying)
                {
                    EditorGUI.BeginChangeCheck();
                    var on = EditorGUILayout.ToggleLeft(new GUIContent("Preview " + s.name, "Stream while the scene is edited."), s.isOpen);
                    if (EditorGUI.EndChangeCheck())
                    {
                        if (on) s.Open();
                        else s.Close();
                        GUIUtility.ExitGUI();
                    }
                }
                if (s.texture && s.info != null)
                    EditorGUI.DrawPreviewTexture(GUILayoutUtility.GetAspectRect((float)s.info.Width / s.info.Height), s.texture!);
            }
            if (_stats != null)
                EditorGUILayout.LabelField("Figures", _stats.Fps.ToString("0.0") + " frames/s, step " + _stats.StepMsP50.ToString("0.0") + " ms (p50) " + _stats.StepMsP99.ToString("0.0")
                    + " ms (p99), " + _stats.Missed + " missed, " + _stats.Dropped + " dropped");
        }
    }
}
