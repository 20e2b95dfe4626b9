using System;
using System.Collections;
using System.Collections.Generic;
using FakeUnity;

namespace UnityEngine
{
    [Flags]
    public enum HideFlags { None = 0, HideInHierarchy = 1, HideInInspector = 2, DontSaveInEditor = 4, NotEditable = 8, DontSaveInBuild = 16, DontUnloadUnusedAsset = 32, DontSave = 52, HideAndDontSave = 61 }

    public class MissingReferenceException : Exception { public MissingReferenceException(string message) : base(message) { } }

    public class Object
    {
        internal bool Dead;
        internal readonly int Id;
        private string _name = "";
        private HideFlags _flags;

        public Object() { Engine.Check(GetType().Name + "()"); Id = Engine.Register(this); }

        /// <summary>A component has its GameObject's name.</summary>
        public string name
        {
            get { Engine.Use(this, nameof(name)); return this is Component c && c.Owner is { } owner ? owner._name : _name; }
            set { Engine.Use(this, nameof(name)); if (this is Component c && c.Owner is { } owner) owner._name = value; else _name = value; }
        }
        public HideFlags hideFlags { get { Engine.Use(this, nameof(hideFlags)); return _flags; } set { Engine.Use(this, nameof(hideFlags)); _flags = value; } }

        public static void Destroy(Object? obj) => Engine.Destroy(obj, false);
        public static void DestroyImmediate(Object? obj) => Engine.Destroy(obj, true);
        public static void DestroyImmediate(Object? obj, bool allowDestroyingAssets) => Engine.Destroy(obj, true);
        public static T Instantiate<T>(T original) where T : Object => throw new NotSupportedException("the fake engine clones nothing");

        public static T[] FindObjectsOfType<T>() where T : Object => (T[])(object)FindAll(typeof(T));
        public static T[] FindObjectsByType<T>(FindObjectsSortMode sortMode) where T : Object => (T[])(object)FindAll(typeof(T));
        /// <summary>How often all objects were searched for some of a type.</summary>
        internal static int Searches;
        public static void DontDestroyOnLoad(Object target)
        {
            if (!Engine.Playing) throw new InvalidOperationException("The following game object is invoking the DontDestroyOnLoad method: it can only be used in play mode");
            var owner = target as GameObject ?? ((Component)target).gameObject;
            if (owner.transform.parent != null) throw new EngineError("DontDestroyOnLoad only works for root GameObjects");
            owner.Kept = true;
        }
        private static Array FindAll(Type type)
        {
            Engine.Check("FindObjectsOfType");
            Searches++;
            var found = new List<Object>();
            foreach (var g in Engine.Scene) if (g.activeInHierarchy) foreach (var p in g.Parts) if (type.IsInstanceOfType(p) && !p.Dead) found.Add(p);
            var all = Array.CreateInstance(type, found.Count);
            for (var i = 0; i < found.Count; i++) all.SetValue(found[i], i);
            return all;
        }

        public static implicit operator bool(Object? exists) => !(exists is null) && !exists.Dead;
        public static bool operator ==(Object? x, Object? y) => Same(x, y);
        public static bool operator !=(Object? x, Object? y) => !Same(x, y);
        public override bool Equals(object? other) => other is Object o ? Same(this, o) : other is null && Dead;
        public override int GetHashCode() => Id;
        public override string ToString() => _name + " (" + GetType().Name + ")";

        private static bool Same(Object? x, Object? y)
        {
            var xNull = x is null || x.Dead;
            var yNull = y is null || y.Dead;
            return xNull || yNull ? xNull && yNull : ReferenceEquals(x, y);
        }
    }

    public enum FindObjectsSortMode { None, InstanceID }

    public class ScriptableObject : Object
    {
        public static T CreateInstance<T>() where T : ScriptableObject, new()
        {
            var made = new T();
            Messages.Send(made, "OnEnable");
            return made;
        }
    }

    public enum PrimitiveType { Sphere, Capsule, Cylinder, Cube, Plane, Quad }

    public sealed class GameObject : Object
    {
        public static GameObject CreatePrimitive(PrimitiveType type)
        {
            var made = new GameObject(type.ToString());
            made.AddComponent<MeshFilter>().sharedMesh = Mesh.Primitive(type);
            made.AddComponent<MeshRenderer>().sharedMaterial = Engine.DefaultMaterial();
            return made;
        }

        internal readonly List<Component> Parts = new List<Component>();
        /// <summary>It was opened for editing as a prefab (Engine.PrefabStage at its birth).</summary>
        internal readonly bool InPrefabStage = Engine.PrefabStage;
        private bool _active = true;

        public GameObject() : this("GameObject") { }
        public GameObject(string name) : this(name, Type.EmptyTypes) { }
        public GameObject(string name, params Type[] components)
        {
            this.name = name;
            transform = (Transform)Attach(Array.IndexOf(components, typeof(RectTransform)) >= 0 || Array.Exists(components, c => c.Name == "Canvas") ? new RectTransform() : new Transform());
            Engine.Scene.Add(this);
            foreach (var c in components) if (!typeof(Transform).IsAssignableFrom(c)) AddComponent(c);
        }


        internal bool Kept;
        public UnityEngine.SceneManagement.Scene scene { get { Engine.Use(this, nameof(scene)); return UnityEngine.SceneManagement.SceneManager.Of(this); } }
        public Transform transform { get; }
        private string _tag = "Untagged";
        /// <summary>The tags that the project has.</summary>
        internal static readonly HashSet<string> Tags = new HashSet<string> { "Untagged", "MainCamera", "Player" };
        public string tag { get => _tag; set => _tag = Tags.Contains(value) ? value : throw new UnityException("Tag: " + value + " is not defined."); }
        public bool CompareTag(string tag) { Engine.Use(this, nameof(CompareTag)); return Tags.Contains(tag) ? tag == _tag : throw new UnityException("Tag: " + tag + " is not defined."); }
        private int _layer;
        public int layer { get => _layer; set => _layer = value < 0 || value > 31 ? throw new EngineError("A game object can only be in one layer. The layer needs to be in the range [0...31]") : value; }
        public bool activeSelf => _active;
        public bool activeInHierarchy { get { Engine.Use(this, nameof(activeInHierarchy)); return _active; } }
        public void SetActive(bool value) { Engine.Use(this, nameof(SetActive)); if (value == _active) return; _active = value; Messages.Refresh(this); }
        public T AddComponent<T>() where T : Component => (T)AddComponent(typeof(T));
        public Component AddComponent(Type type)
        {
            Engine.Use(this, nameof(AddComponent));
            foreach (RequireComponent needed in type.GetCustomAttributes(typeof(RequireComponent), true))
                foreach (var other in needed.Types) if (!Parts.Exists(other.IsInstanceOfType)) AddComponent(other);
            var part = Attach((Component)Activator.CreateInstance(type)!);
            Messages.Born(part);
            return part;
        }

        public T? GetComponentInParent<T>() => transform.GetComponentInParent<T>();
        public bool TryGetComponent<T>(out T component) { var got = GetComponent<T>(); component = got!; return got != null; }
        public T? GetComponentInChildren<T>(bool includeInactive = false)
        {
            if (!activeInHierarchy && !includeInactive) return default;
            if (GetComponent<T>() is { } own) return own;
            foreach (var child in transform.Children) if (!child.Dead && child.GetComponentInChildren<T>(includeInactive) is { } found) return found;
            return default;
        }
        public T? GetComponent<T>() { Engine.Use(this, nameof(GetComponent)); foreach (var p in Parts) if (p is T t && !p.Dead) return t; return default; }

        internal Component Attach(Component part) { part.Owner = this; Parts.Add(part); return part; }
    }

    public class Component : Object
    {
        internal GameObject? Owner;
        public GameObject gameObject { get { Engine.Use(this, nameof(gameObject)); return Owner!; } }
        public Transform transform { get { Engine.Use(this, nameof(transform)); return Owner!.transform; } }
        public T? GetComponent<T>() => gameObject.GetComponent<T>();
        public void GetComponents<T>(List<T> results)
        {
            Engine.Use(this, nameof(GetComponents));
            results.Clear();
            foreach (var p in Owner!.Parts) if (p is T t && !p.Dead) results.Add(t);
        }
        public void GetComponentsInChildren<T>(List<T> results)
        {
            Engine.Use(this, nameof(GetComponentsInChildren));
            results.Clear();
            void Add(GameObject g)
            {
                if (!g.activeInHierarchy) return;
                foreach (var p in g.Parts) if (p is T t && !p.Dead) results.Add(t);
                foreach (var child in g.transform.Children) if (!child.Dead) Add(child);
            }
            Add(Owner!);
        }
        public T? GetComponentInChildren<T>(bool includeInactive = false) => gameObject.GetComponentInChildren<T>(includeInactive);
        public T? GetComponentInParent<T>()
        {
            for (Transform? at = transform; at != null; at = at.parent) if (at.GetComponent<T>() is { } found) return found;
            return default;
        }
        public bool TryGetComponent<T>(out T component) { var got = GetComponent<T>(); component = got!; return got != null; }
    }

    public class Behaviour : Component
    {
        internal bool On = true;
        public bool enabled { get { Engine.Use(this, nameof(enabled)); return On; } set { Engine.Use(this, nameof(enabled)); if (On == value) return; On = value; Messages.Refresh(Owner!); } }
        public bool isActiveAndEnabled { get { Engine.Use(this, nameof(isActiveAndEnabled)); return On && Owner!.activeInHierarchy; } }
    }

    public class MonoBehaviour : Behaviour
    {
        internal bool Awoken, Begun, Live;
        internal readonly List<IEnumerator> Routines = new List<IEnumerator>();
        public void StopAllCoroutines() { Engine.Use(this, nameof(StopAllCoroutines)); Routines.Clear(); }
        public Coroutine StartCoroutine(IEnumerator routine) { Engine.Use(this, nameof(StartCoroutine)); Routines.Add(new Nested(routine)); return new Coroutine(); }
    }

    /// <summary>A coroutine that yields another one goes on when that has ended.</summary>
    internal sealed class Nested : IEnumerator
    {
        private readonly Stack<IEnumerator> _stack = new Stack<IEnumerator>();
        internal Nested(IEnumerator first) => _stack.Push(first);
        public object? Current => _stack.Count > 0 ? _stack.Peek().Current : null;
        public void Reset() { }

        public bool MoveNext()
        {
            while (_stack.Count > 0)
            {
                var top = _stack.Peek();
                if (!top.MoveNext()) { _stack.Pop(); continue; }
                if (!(top.Current is IEnumerator inner) || inner is CustomYieldInstruction) return true;
                _stack.Push(inner);
            }
            return false;
        }
    }

    public class YieldInstruction { }
    public sealed class Coroutine : YieldInstruction { }

    public abstract class CustomYieldInstruction : IEnumerator
    {
        public abstract bool keepWaiting { get; }
        public object? Current => null;
        public bool MoveNext() => keepWaiting;
        public virtual void Reset() { }
    }

    public interface ISerializationCallbackReceiver
    {
        void OnBeforeSerialize();
        void OnAfterDeserialize();
    }

    public sealed class RectTransform : Transform
    {
        public Vector2 anchorMin { get; set; } = new Vector2(0.5f, 0.5f);
        public Vector2 anchorMax { get; set; } = new Vector2(0.5f, 0.5f);
        public Vector2 offsetMin { get; set; }
        public Vector2 offsetMax { get; set; }
    }

    public enum RenderMode { ScreenSpaceOverlay, ScreenSpaceCamera, WorldSpace }

    public sealed class Canvas : Behaviour { public RenderMode renderMode { get; set; } = RenderMode.WorldSpace; }

    public class Transform : Component
    {
        private Vector3 _position;
        private Quaternion _rotation = Quaternion.identity;
        public Vector3 position { get { Engine.Use(this, nameof(position)); return _position; } set { Engine.Use(this, nameof(position)); _position = value; } }
        public Quaternion rotation { get { Engine.Use(this, nameof(rotation)); return _rotation; } set { Engine.Use(this, nameof(rotation)); _rotation = value; } }
        public Vector3 localPosition { get { Engine.Use(this, nameof(localPosition)); return _position; } set { Engine.Use(this, nameof(localPosition)); _position = value; } }
        public Quaternion localRotation { get { Engine.Use(this, nameof(localRotation)); return _rotation; } set { Engine.Use(this, nameof(localRotation)); _rotation = value; } }
        public Vector3 localScale { get; set; } = new Vector3(1, 1, 1);
        public Transform? parent { get; private set; }
        public void SetParent(Transform parent, bool worldPositionStays)
        {
            Engine.Use(this, nameof(SetParent));
            this.parent?.Children.Remove(Owner!);
            this.parent = parent;
            parent.Children.Add(Owner!);
        }
        public int childCount { get { Engine.Use(this, nameof(childCount)); Children.RemoveAll(c => c.Dead); return Children.Count; } }
        public Transform GetChild(int index)
        {
            if (index < 0 || index >= childCount) throw new UnityException("Transform child out of bounds");
            return Children[index].transform;
        }
        internal readonly List<GameObject> Children = new List<GameObject>();
        public Vector3 eulerAngles { get { Engine.Use(this, nameof(eulerAngles)); return _rotation.eulerAngles; } }
        public Matrix4x4 localToWorldMatrix { get { Engine.Use(this, nameof(localToWorldMatrix)); return Matrix4x4.TRS(_position, _rotation, localScale); } }
        public Vector3 InverseTransformPoint(Vector3 position) { Engine.Use(this, nameof(InverseTransformPoint)); return Quaternion.Inverse(_rotation) * (position - _position); }
    }
}

namespace UnityEngine.SceneManagement
{
    /// <summary>The fake engine has one loaded scene, that of a prefab that is being edited, and in play mode that of what is kept.</summary>
    public struct Scene
    {
        internal int Number;
        public bool IsValid() => Number > 0;
        public bool isLoaded => Number > 0 && (Number != 2 || Engine.Playing);
        public void GetRootGameObjects(List<GameObject> rootGameObjects)
        {
            Engine.Check("GetRootGameObjects");
            if (!isLoaded) throw new ArgumentException("The scene is not loaded.");
            rootGameObjects.Clear();
            foreach (var g in Engine.Scene)
                if (g.transform.parent == null && SceneManager.Of(g).Number == Number) rootGameObjects.Add(g);
        }
        public static bool operator ==(Scene lhs, Scene rhs) => lhs.Number == rhs.Number;
        public static bool operator !=(Scene lhs, Scene rhs) => lhs.Number != rhs.Number;
        public override bool Equals(object? other) => other is Scene s && s.Number == Number;
        public override int GetHashCode() => Number;
    }

    public class SceneManager
    {
        public static int sceneCount => 1;
        public static Scene GetSceneAt(int index) => index == 0 ? new Scene { Number = 1 } : throw new ArgumentException("Scene index \"" + index + "\" is out of range.");
        internal static Scene Of(GameObject thing)
        {
            var root = thing.transform;
            while (root.parent is { } above) root = above;
            return new Scene { Number = root.gameObject.Kept ? 2 : root.gameObject.InPrefabStage ? 3 : 1 };
        }
    }
}
