using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text;
using UnityEngine;
using Object = UnityEngine.Object;

namespace FakeUnity
{
    /// <summary>
    /// The scene as text, as it goes to disk (what is saved) or through a domain reload (also private fields of plain types that carry
    /// no [SerializeField], by the manual's "hot reloading"). References go to assets and to other parts of the scene, by name.
    /// </summary>
    public static class SceneFile
    {
        private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        public static bool Saved(FieldInfo f) => !f.IsInitOnly && !f.IsDefined(typeof(NonSerializedAttribute), false)
            && (f.IsPublic || f.IsDefined(typeof(SerializeField), false)) && Plain(f.FieldType);

        private static bool Carried(FieldInfo f) => !f.IsInitOnly && !f.IsDefined(typeof(NonSerializedAttribute), false) && Plain(f.FieldType);

        private static bool Plain(Type t) => t.IsPrimitive || t.IsEnum || t == typeof(string) || typeof(Object).IsAssignableFrom(t)
            || (t.IsArray && Plain(t.GetElementType()!)) || (t.IsGenericType && t.GetGenericTypeDefinition() == typeof(List<>) && Plain(t.GetGenericArguments()[0]))
            || (!t.IsGenericType && !t.IsAbstract && t.IsDefined(typeof(SerializableAttribute), false) && !typeof(Delegate).IsAssignableFrom(t));

        private static IEnumerable<FieldInfo> Fields(Type type, Func<FieldInfo, bool> wanted)
        {
            for (var t = type; t != null && t != typeof(MonoBehaviour) && t != typeof(ScriptableObject) && t != typeof(object); t = t.BaseType)
                foreach (var f in t.GetFields(Any)) if (wanted(f)) yield return f;
        }

        /// <summary>The saved fields, deeply copied, for undo.</summary>
        public static Dictionary<FieldInfo, object?> Copy(Object o) =>
            Fields(o.GetType(), Saved).ToDictionary(f => f, f => Parse(f.FieldType, Text(f.GetValue(o), Saved).GetEnumerator(), Saved));

        public static string Write(bool reload)
        {
            var out_ = new StringBuilder();
            var wanted = reload ? (Func<FieldInfo, bool>)Carried : Saved;
            foreach (var g in Engine.Scene)
            {
                out_.Append("object\t").Append(g.name).Append('\n');
                foreach (var p in g.Parts.Where(p => !(p is Transform)))
                {
                    out_.Append("part\t").Append(p.GetType().AssemblyQualifiedName).Append('\n');
                    if (p is Behaviour b) out_.Append("enabled\t").Append(b.On).Append('\n');
                    if (p is ISerializationCallbackReceiver r) r.OnBeforeSerialize();
                    foreach (var f in Fields(p.GetType(), p is MonoBehaviour && Own(p) ? wanted : _ => false))
                        out_.Append("field\t").Append(f.Name).Append('\t').Append(string.Join("\t", Text(f.GetValue(p), wanted))).Append('\n');
                }
            }
            return out_.ToString();
        }

        private static bool Own(Component p) => p.GetType().Assembly != typeof(Engine).Assembly;

        public static void Read(string text, bool reload)
        {
            GameObject? g = null;
            var parts = new List<(GameObject owner, Component part, bool on, List<string[]> fields)>();
            foreach (var line in text.Split('\n').Where(l => l.Length > 0))
            {
                var w = line.Split('\t');
                if (w[0] == "object") g = new GameObject(w[1]);
                else if (w[0] == "part") parts.Add((g!, g!.Attach((Component)Activator.CreateInstance(Type.GetType(w[1], true)!)!), true, new List<string[]>()));
                else if (w[0] == "enabled") ((Behaviour)parts[parts.Count - 1].part).On = bool.Parse(w[1]);
                else parts[parts.Count - 1].fields.Add(w);
            }
            foreach (var (_, part, _, fields) in parts)
            {
                foreach (var w in fields)
                {
                    var f = Fields(part.GetType(), x => x.Name == w[1]).FirstOrDefault();
                    if (f != null) f.SetValue(part, Parse(f.FieldType, w.Skip(2).GetEnumerator(), reload ? (Func<FieldInfo, bool>)Carried : Saved));
                }
                if (part is ISerializationCallbackReceiver r) r.OnAfterDeserialize();
            }
            foreach (var (_, part, _, _) in parts)
                if (part is MonoBehaviour m) { m.Awoken = m.Begun = reload; Messages.Refresh(m); }
        }

        private static IEnumerable<string> Text(object? v, Func<FieldInfo, bool> wanted)
        {
            switch (v)
            {
                case null: yield return "-"; break;
                case Object o: yield return o ? Reference(o) : "-"; break;
                case string s: yield return "s" + Convert.ToBase64String(Encoding.UTF8.GetBytes(s)); break;
                case Enum e: yield return Convert.ToInt64(e).ToString(); break;
                case IList list:
                    yield return list.Count.ToString();
                    foreach (var item in list) foreach (var w in Text(item, wanted)) yield return w;
                    break;
                case IConvertible c: yield return c is double d ? d.ToString("R", CultureInfo.InvariantCulture) : c is float x ? x.ToString("R", CultureInfo.InvariantCulture) : c.ToString(CultureInfo.InvariantCulture); break;
                default: yield return "{"; foreach (var f in Fields(v.GetType(), wanted)) foreach (var w in Text(f.GetValue(v), wanted)) yield return w; break;
            }
        }

        private static string Reference(Object o) => o is Component c ? "c" + c.Owner!.name + "/" + c.GetType().Name : o is GameObject g ? "g" + g.name : (o.hideFlags & HideFlags.DontSave) != 0 ? "-" : "a" + o.name;

        private static object? Parse(Type t, IEnumerator<string> w, Func<FieldInfo, bool> wanted)
        {
            w.MoveNext();
            var s = w.Current;
            if (typeof(Object).IsAssignableFrom(t)) return s == "-" ? null : Resolve(s);
            if (t == typeof(string)) return s == "-" ? null : Encoding.UTF8.GetString(Convert.FromBase64String(s.Substring(1)));
            if (t.IsEnum) return Enum.ToObject(t, long.Parse(s));
            if (t.IsArray || t.IsGenericType)
            {
                if (s == "-") return null;
                var item = t.IsArray ? t.GetElementType()! : t.GetGenericArguments()[0];
                var items = Enumerable.Range(0, int.Parse(s)).Select(_ => Parse(item, w, wanted)).ToList();
                var list = t.IsArray ? (IList)Array.CreateInstance(item, items.Count) : (IList)Activator.CreateInstance(t)!;
                for (var i = 0; i < items.Count; i++) { if (t.IsArray) list[i] = items[i]; else list.Add(items[i]); }
                return list;
            }
            if (t.IsPrimitive) return Convert.ChangeType(s, t, CultureInfo.InvariantCulture);
            if (s == "-") return null;
            var made = Activator.CreateInstance(t)!;
            foreach (var f in Fields(t, wanted)) f.SetValue(made, Parse(f.FieldType, w, wanted));
            return made;
        }

        private static Object? Resolve(string s)
        {
            if (s[0] == 'a') return Engine.AssetNamed(s.Substring(1));
            var path = s.Substring(1).Split('/');
            var owner = Engine.Scene.First(g => g.name == path[0]);
            return s[0] == 'g' ? owner : (Object)owner.Parts.First(p => p.GetType().Name == path[1]);
        }
    }
}
