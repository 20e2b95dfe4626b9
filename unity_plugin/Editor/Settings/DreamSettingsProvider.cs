#nullable enable
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Project Settings > Dreambridge.</summary>
    internal static class DreamSettingsProvider
    {
        internal const string Path = "Project/Dreambridge";

        [SettingsProvider]
        internal static SettingsProvider Make() => new SettingsProvider(Path, SettingsScope.Project, new[] { "Dreambridge", "Python", "daemon", "bundle" })
        {
            label = "Dreambridge",
            guiHandler = _ => Draw(),
        };

        internal static void Draw()
        {
            EditorGUILayout.LabelField("On this machine");
            EditorGUI.BeginChangeCheck();
            var python = EditorGUILayout.DelayedTextField(new GUIContent("Python", "A Python 3.11 or newer with dreambridge."), DreamSettings.Python);
            if (EditorGUI.EndChangeCheck()) DreamSettings.Python = python;
            if (GUILayout.Button("Make a Python environment")) PythonWizard.Open();
            EditorGUILayout.Space();
            EditorGUILayout.LabelField("In builds");
            var settings = DreamSettings.instance;
            EditorGUI.BeginChangeCheck();
            var with = EditorGUILayout.ToggleLeft(new GUIContent("Ship the daemon with the player", "Runs `dreambridge package` after a build, and puts the folder next to the player (Linux)."), settings.PackageWithBuild);
            if (EditorGUI.EndChangeCheck()) settings.PackageWithBuild = with;
            EditorGUI.BeginChangeCheck();
            var bundle = EditorGUILayout.DelayedTextField(new GUIContent("Bundle", "Name of a bundle, or the path of its folder."), settings.PackageBundle);
            if (EditorGUI.EndChangeCheck()) settings.PackageBundle = bundle;
        }
    }
}
