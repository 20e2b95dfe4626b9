using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using FakeUnity;
using UnityEngine;
using Object = UnityEngine.Object;

namespace UnityEditor
{
    [AttributeUsage(AttributeTargets.Class)]
    public class CustomEditor : Attribute { public CustomEditor(Type inspectedType) => Inspected = inspectedType; public CustomEditor(Type inspectedType, bool editorForChildClasses) => Inspected = inspectedType; public Type Inspected { get; } }
    [AttributeUsage(AttributeTargets.Class)] public class CanEditMultipleObjects : Attribute { }
    [AttributeUsage(AttributeTargets.Class)] public class InitializeOnLoadAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    public sealed class MenuItem : Attribute
    {
        public MenuItem(string itemName) : this(itemName, false, 1000) { }
        public MenuItem(string itemName, bool isValidateFunction) : this(itemName, isValidateFunction, 1000) { }
        public MenuItem(string itemName, bool isValidateFunction, int priority) => menuItem = itemName;
        public string menuItem;
    }

    public sealed class MenuCommand { public MenuCommand(Object? context) => this.context = context; public Object? context; }

    public sealed class GameObjectUtility
    {
        public static void SetParentAndAlign(GameObject child, GameObject? parent) { Engine.Use(child, "SetParentAndAlign"); if (parent) child.transform.SetParent(parent!.transform, false); }
    }

    public sealed class EditorGUIUtility { public static string systemCopyBuffer = ""; }

    public sealed class Selection { public static GameObject? activeGameObject; }

    public class Editor : ScriptableObject
    {
        private SerializedObject? _serialized;
        public Object[] targets { get; internal set; } = Array.Empty<Object>();
        public Object target => targets[0];
        public SerializedObject serializedObject => _serialized ??= new SerializedObject(targets);
        public virtual void OnInspectorGUI() { }
        public virtual bool RequiresConstantRepaint() => false;
        public void Repaint() => Engine.Check("Repaint");

        public static T Open<T>(params Object[] targets) where T : Editor, new()
        {
            var e = new T();
            e.targets = targets;
            Messages.Send(e, "OnEnable");
            return e;
        }

        public void Draw() => Gui.Events(OnInspectorGUI);
    }

    public sealed class SerializedObject
    {
        internal readonly Object[] Targets;
        internal readonly List<(FieldInfo field, object? value)> Changes = new List<(FieldInfo, object?)>();
        public SerializedObject(Object[] objs) => Targets = objs;
        public void Update() => Changes.Clear();

        public bool ApplyModifiedProperties()
        {
            if (Changes.Count == 0) return false;
            Undo.RecordObjects(Targets, "Inspector");
            foreach (var (field, value) in Changes)
                foreach (var t in Targets) field.SetValue(t, value);
            Changes.Clear();
            return true;
        }

        public SerializedProperty? FindProperty(string propertyPath)
        {
            Engine.Check("FindProperty");
            FieldInfo? field = null;
            for (Type? t = Targets[0].GetType(); t != null && field == null; t = t.BaseType)
                field = t.GetField(propertyPath, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
            if (field == null || !SceneFile.Saved(field)) return null;
            return new SerializedProperty(this, field);
        }
    }

    public sealed class SerializedProperty
    {
        private readonly SerializedObject _owner;
        private readonly FieldInfo _field;
        internal SerializedProperty(SerializedObject owner, FieldInfo field) { _owner = owner; _field = field; }
        public bool hasMultipleDifferentValues => _owner.Targets.Select(t => _field.GetValue(t)).Distinct().Count() > 1;
        public string stringValue { get => (string)_field.GetValue(_owner.Targets[0])!; set => _owner.Changes.Add((_field, value)); }
        public Object? objectReferenceValue => _field.GetValue(_owner.Targets[0]) as Object;

        internal void Draw()
        {
            var before = _field.GetValue(_owner.Targets[0]);
            EditorGUI.showMixedValue = hasMultipleDifferentValues;
            var after = Gui.Control<object?>(_field.Name, before);
            EditorGUI.showMixedValue = false;
            if (!Equals(before, after)) _owner.Changes.Add((_field, after));
        }
    }

    public sealed class Undo
    {
        private static readonly Stack<List<(Object target, Dictionary<FieldInfo, object?> fields)>> s_steps = new Stack<List<(Object, Dictionary<FieldInfo, object?>)>>();
        public static event UndoRedoCallback? undoRedoPerformed;
        public delegate void UndoRedoCallback();

        public static readonly List<Object> Created = new List<Object>();
        public static void RegisterCreatedObjectUndo(Object objectToUndo, string name) { Engine.Use(objectToUndo, "RegisterCreatedObjectUndo"); Created.Add(objectToUndo); }
        public static void RecordObjects(Object[] objectsToUndo, string name)
        {
            Engine.Check("Undo.RecordObjects");
            s_steps.Push(objectsToUndo.Select(o => (o, SceneFile.Copy(o))).ToList());
        }

        public static void PerformUndo()
        {
            foreach (var (target, fields) in s_steps.Pop())
                foreach (var f in fields) f.Key.SetValue(target, f.Value);
            undoRedoPerformed?.Invoke();
        }
    }

    public sealed class PrefabUtility
    {
        public static void RecordPrefabInstancePropertyModifications(Object targetObject) => Engine.Use(targetObject, "RecordPrefabInstancePropertyModifications");
    }

    public class EditorUserBuildSettings
    {
        public static BuildTarget activeBuildTarget { get { Engine.Check("activeBuildTarget"); return BuildTarget.StandaloneLinux64; } }
    }

    /// <summary>The assets that the test owns, each found by its name and type; a file of the project that has a path is one of Paths.</summary>
    public class AssetDatabase
    {
        public static readonly Dictionary<Object, string> Paths = new Dictionary<Object, string>();
        public static int Refreshed;
        public static string[] FindAssets(string filter) =>
            Paths.Keys.Where(o => !o.Dead && filter == "t:" + o.GetType().Name).Select(o => "guid of " + Paths[o]).ToArray();
        public static string GUIDToAssetPath(string guid) => guid.Substring("guid of ".Length);
        public static T? LoadAssetAtPath<T>(string assetPath) where T : Object => Paths.Where(e => e.Value == assetPath).Select(e => e.Key).OfType<T>().FirstOrDefault();
        public static string GetAssetPath(Object assetObject) => Paths.TryGetValue(assetObject, out var path) ? path : "";
        public static void Refresh() { Engine.Check("AssetDatabase.Refresh"); Refreshed++; }
    }

    public class EditorUtility
    {
        public static readonly HashSet<Object> Dirty = new HashSet<Object>();
        public static void SetDirty(Object target) { Engine.Use(target, "SetDirty"); Dirty.Add(target); }
        public static string OpenFolderPanel(string title, string folder, string defaultName) => "";
        /// <summary>What the user chooses.</summary>
        public static string Chosen = "";
        public static string OpenFilePanel(string title, string directory, string extension) { Engine.Check("OpenFilePanel"); return Chosen; }
        public static bool DisplayDialog(string title, string message, string ok, string cancel) => true;
        public static void DisplayProgressBar(string title, string info, float progress) => Engine.Check("DisplayProgressBar");
        /// <summary>The answer of the user.</summary>
        public static bool Cancels;
        public static bool DisplayCancelableProgressBar(string title, string info, float progress) { Engine.Check("DisplayCancelableProgressBar"); return Cancels; }
        public static void ClearProgressBar() => Engine.Check("ClearProgressBar");
        public static void RevealInFinder(string path) => Engine.Check("RevealInFinder");
    }

    public class EditorWindow : ScriptableObject
    {
        public GUIContent titleContent { get; set; } = new GUIContent("");
        public Vector2 minSize { get; set; }
        public static T GetWindow<T>(string title) where T : EditorWindow, new()
        {
            var w = ScriptableObject.CreateInstance<T>();
            w.titleContent = new GUIContent(title);
            return w;
        }
        public void Show() => Engine.Check("Show");
        public void Repaint() => Engine.Check("Repaint");
        public void Close() { Messages.Send(this, "OnDisable"); Engine.Destroy(this, true); }
        public void Draw() => Gui.Events(() => Messages.Send(this, "OnGUI"));
    }

    public enum PlayModeStateChange { EnteredEditMode, ExitingEditMode, EnteredPlayMode, ExitingPlayMode }

    public sealed class EditorApplication
    {
        public delegate void CallbackFunction();
        public static CallbackFunction? update;
        public static CallbackFunction? delayCall;
        public static event Action<PlayModeStateChange>? playModeStateChanged;
        public static event Action? quitting;
        public static int QueuedLoops;
        public static double timeSinceStartup { get { Engine.Check("timeSinceStartup"); return Engine.RealTime; } }
        public static bool isPlayingOrWillChangePlaymode => Engine.Playing;
        public static bool isPlaying { get => Engine.Playing; set => throw new NotSupportedException(); }
        public static void QueuePlayerLoopUpdate() { Engine.Check("QueuePlayerLoopUpdate"); QueuedLoops++; }
        public static void Said(PlayModeStateChange change) => playModeStateChanged?.Invoke(change);
        public static void Quit() => quitting?.Invoke();
        /// <summary>The editor's own turn: its update, and the player loop only when somebody queued it (edit mode).</summary>
        public static void Turn() { update?.Invoke(); if (Engine.Playing || QueuedLoops > 0) Engine.Tick(); QueuedLoops = 0; }
    }

    public static class AssemblyReloadEvents
    {
        public delegate void AssemblyReloadCallback();
        public static event AssemblyReloadCallback? beforeAssemblyReload;
        public static event AssemblyReloadCallback? afterAssemblyReload;
        public static void Before() => beforeAssemblyReload?.Invoke();
        public static void After() => afterAssemblyReload?.Invoke();
    }

    public static class SessionState
    {
        public static readonly Dictionary<string, string> Kept = new Dictionary<string, string>();
        public static void SetInt(string key, int value) => Kept[key] = value.ToString();
        public static int GetInt(string key, int defaultValue) => Kept.TryGetValue(key, out var v) ? int.Parse(v) : defaultValue;
        public static void SetString(string key, string value) => Kept[key] = value;
        public static string GetString(string key, string defaultValue) => Kept.TryGetValue(key, out var v) ? v : defaultValue;
        public static void EraseInt(string key) => Kept.Remove(key);
        public static void EraseString(string key) => Kept.Remove(key);
    }

    public enum SettingsScope { User, Project }

    public class SettingsProvider
    {
        public SettingsProvider(string path, SettingsScope scopes, IEnumerable<string>? keywords = null) => settingsPath = path;
        public string settingsPath { get; }
        public string label { get; set; } = "";
        public Action<string>? guiHandler { get; set; }
        public IEnumerable<string>? keywords { get; set; }
    }

    [AttributeUsage(AttributeTargets.Method)] public class SettingsProviderAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Class)]
    public class FilePathAttribute : Attribute
    {
        public enum Location { PreferencesFolder, ProjectFolder }
        public FilePathAttribute(string relativePath, Location location) { }
    }

    public class ScriptableSingleton<T> : ScriptableObject where T : ScriptableObject, new()
    {
        private static T? s_instance;
        public static T instance => s_instance ? s_instance! : s_instance = ScriptableObject.CreateInstance<T>();
        protected virtual void Save(bool saveAsText) => Engine.Check("Save");
    }

    public enum BuildTargetGroup { Unknown, Standalone = 1, iOS = 4, Android = 7, WebGL = 13 }
    public enum ScriptingImplementation { Mono2x = 0, IL2CPP = 1 }

    public class BuildPipeline
    {
        public static BuildTargetGroup GetBuildTargetGroup(BuildTarget platform) =>
            platform == BuildTarget.iOS ? BuildTargetGroup.iOS : platform == BuildTarget.Android ? BuildTargetGroup.Android : platform == BuildTarget.WebGL ? BuildTargetGroup.WebGL : BuildTargetGroup.Standalone;
    }

    public sealed class PlayerSettings
    {
        public static ScriptingImplementation Backend;
        public static ScriptingImplementation GetScriptingBackend(Build.NamedBuildTarget buildTarget) { Engine.Check("GetScriptingBackend"); return Backend; }
    }

    public enum BuildTarget { StandaloneOSX = 2, StandaloneWindows = 5, iOS = 9, Android = 13, StandaloneWindows64 = 19, WebGL = 20, StandaloneLinux64 = 24 }

    public static class SettingsService
    {
        public static EditorWindow? OpenProjectSettings(string settingsPath) { Engine.Check("OpenProjectSettings"); return null; }
    }
}

namespace UnityEditor.SceneManagement
{
    public sealed class PrefabStage
    {
        public static event Action<UnityEngine.GameObject>? prefabSaving;
        public static event Action<UnityEngine.GameObject>? prefabSaved;

        /// <summary>The user saves the prefab that is open: what its parts hold now is written into the asset.</summary>
        public static string Save(UnityEngine.GameObject root)
        {
            prefabSaving?.Invoke(root);
            var text = SceneFile.Write(false);
            prefabSaved?.Invoke(root);
            return text;
        }
    }

    public sealed class EditorSceneManager
    {
        public delegate void SceneSavingCallback(UnityEngine.SceneManagement.Scene scene, string path);
        public delegate void SceneSavedCallback(UnityEngine.SceneManagement.Scene scene);
        public static event SceneSavingCallback? sceneSaving;
        public static event SceneSavedCallback? sceneSaved;

        public static string Save()
        {
            sceneSaving?.Invoke(default, "");
            var text = SceneFile.Write(false);
            sceneSaved?.Invoke(default);
            return text;
        }
    }
}


namespace UnityEditor.Build
{
    public readonly struct NamedBuildTarget
    {
        private NamedBuildTarget(string name) => TargetName = name;
        public string TargetName { get; }
        public static NamedBuildTarget FromBuildTargetGroup(BuildTargetGroup buildTargetGroup) => buildTargetGroup == BuildTargetGroup.Unknown ? throw new ArgumentException("There is no a valid NamedBuildTarget for BuildTargetGroup Unknown") : new NamedBuildTarget(buildTargetGroup.ToString());
    }

    public class BuildFailedException : Exception { public BuildFailedException(string message) : base(message) { } }
    public interface IOrderedCallback { int callbackOrder { get; } }
    public interface IPreprocessBuildWithReport : IOrderedCallback { void OnPreprocessBuild(Reporting.BuildReport report); }
    public interface IPostprocessBuildWithReport : IOrderedCallback { void OnPostprocessBuild(Reporting.BuildReport report); }
}

namespace UnityEditor.Build.Reporting
{
    public sealed class BuildReport : UnityEngine.Object
    {
        public BuildSummary summary { get; set; }
    }

    public struct BuildSummary
    {
        public BuildTarget platform { get; set; }
        public string outputPath { get; set; }
    }
}

namespace UnityEditor
{
    public class EditorPrefs
    {
        public static readonly Dictionary<string, string> Kept = new Dictionary<string, string>();
        public static string GetString(string key, string defaultValue) => Kept.TryGetValue(key, out var v) ? v : defaultValue;
        public static void SetString(string key, string value) => Kept[key] = value;
    }
}
