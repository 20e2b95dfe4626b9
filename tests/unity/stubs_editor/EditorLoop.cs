using System;
using System.Linq;
using System.Reflection;
using FakeUnity;
using UnityEngine;

namespace UnityEditor
{
    /// <summary>The fake editor: entering and leaving play mode, and what comes before and after a domain reload.</summary>
    public static class EditorLoop
    {
        private static string s_edited = "";

        /// <summary>Play, with domain reload switched off; without scene reload the objects of edit mode live on, and nobody tells them.</summary>
        public static void EnterPlay(bool sceneReload = true)
        {
            EditorApplication.Said(PlayModeStateChange.ExitingEditMode);
            s_edited = sceneReload ? SceneFile.Write(false) : "";
            if (sceneReload) Engine.Clear();
            Engine.Playing = true;
            foreach (var m in AppDomain.CurrentDomain.GetAssemblies().Where(a => a.GetName().Name!.StartsWith("Dreambridge", StringComparison.Ordinal)).SelectMany(a => a.GetTypes())
                .Where(t => t.Assembly.GetReferencedAssemblies().Any(r => r.Name == "UnityEngine")).SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)))
                if (Mine(m) && m.GetCustomAttribute<RuntimeInitializeOnLoadMethodAttribute>() is { } when && when.loadType == RuntimeInitializeLoadType.SubsystemRegistration) m.Invoke(null, null);
            if (sceneReload) SceneFile.Read(s_edited, false);
            EditorApplication.Said(PlayModeStateChange.EnteredPlayMode);
        }

        public static void ExitPlay()
        {
            EditorApplication.Said(PlayModeStateChange.ExitingPlayMode);
            if (s_edited.Length > 0) Engine.Clear();
            Engine.Playing = false;
            if (s_edited.Length > 0) SceneFile.Read(s_edited, false);
            EditorApplication.Said(PlayModeStateChange.EnteredEditMode);
        }

        /// <summary>Everybody is disabled, everything that can be is written down; then the domain may go.</summary>
        public static string BeforeReload()
        {
            AssemblyReloadEvents.Before();
            foreach (var m in Engine.All<MonoBehaviour>()) if (m.Live) { m.Live = false; Messages.Send(m, "OnDisable"); }
            var text = SceneFile.Write(true);
            Engine.EndOfFrame();
            Engine.NoErrors();
            Engine.NoLeaks("by a domain reload");
            return Engine.Playing + "\n" + string.Join("\t", SessionState.Kept.Select(e => e.Key + "=" + e.Value)) + "\n" + text;
        }

        public static void AfterReload(string text)
        {
            var lines = text.Split(new[] { '\n' }, 3);
            Engine.Playing = bool.Parse(lines[0]);
            foreach (var e in lines[1].Split('\t').Where(x => x.Length > 0)) SessionState.Kept[e.Split('=')[0]] = e.Split('=')[1];
            SceneFile.Read(lines[2], true);
            AssemblyReloadEvents.After();
        }

        // On .NET one process holds the assemblies of several domains at once.
        private static bool Mine(MethodInfo m) => m.CustomAttributes.Any(a => a.AttributeType == typeof(RuntimeInitializeOnLoadMethodAttribute));
    }
}
