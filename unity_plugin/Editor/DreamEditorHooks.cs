#nullable enable
using System.Linq;
using UnityEditor;
using UnityEditor.SceneManagement;

namespace Dreambridge.Editors
{
    /// <summary>What the editor does to streams: keeps previews moving, says when a reload is under way, closes previews before play.</summary>
    [InitializeOnLoad]
    internal static class DreamEditorHooks
    {
        private const string LifelinesKey = "Dreambridge.Lifelines";

        static DreamEditorHooks()
        {
            DreamReload.Underway = false;
            AssemblyReloadEvents.beforeAssemblyReload += () => DreamReload.Underway = true;
            EditorApplication.playModeStateChanged += OnPlayMode;
            EditorApplication.update += OnUpdate;
            DreamStream.EditorPython = () => DreamSettings.Python;
            Lifeline.Memory = (() => SessionState.GetString(LifelinesKey, ""), text => SessionState.SetString(LifelinesKey, text));
            EditorApplication.quitting += Lifeline.CloseLasting;
            EditorSceneManager.sceneSaving += (_, __) => Release();
            EditorSceneManager.sceneSaved += _ => Show();
            PrefabStage.prefabSaving += _ => Release();
            PrefabStage.prefabSaved += _ => Show();
        }

        private static void Release() { foreach (var s in DreamStream.all) s.ReleaseOutputs(); }

        private static void Show() { foreach (var s in DreamStream.all) s.ShowOutputs(); }

        private static void OnUpdate()
        {
            // In edit mode nothing is updated unless somebody asks for it.
            if (!EditorApplication.isPlaying && DreamStream.all.Any(s => s.isOpen)) EditorApplication.QueuePlayerLoopUpdate();
        }

        private static void OnPlayMode(PlayModeStateChange change)
        {
            // When it is left, these streams' components are about to be replaced by those of the other mode: nobody will take them back.
            var leaves = change == PlayModeStateChange.ExitingEditMode || change == PlayModeStateChange.ExitingPlayMode;
            foreach (var s in DreamStream.all.ToArray())
            {
                if (leaves)
                {
                    s.Close();
                    // The editor now writes the scene down: what is shown would be saved into it.
                    s.ReleaseOutputs();
                }
                else s.FollowMode();
            }
        }
    }
}
