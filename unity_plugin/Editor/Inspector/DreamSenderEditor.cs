#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Inspector of all senders: the condition from a list of those that the stream's bundle has, and a DreamState's member from a list too.</summary>
    [CustomEditor(typeof(DreamSender), true)]
    internal sealed class DreamSenderEditor : Editor
    {
        private static readonly string[] s_common = { "_stream", "_condition", "_rate", "_deadBand", "_over" };
        private DreamCatalog? _catalog;
        private DreamSchema? _schema;
        private string[] _members = Array.Empty<string>();
        private DreamError? _error;

        private DreamSender Sender => (DreamSender)targets[0];

        private void OnEnable() => EditorApplication.update += Watch;

        private void OnDisable()
        {
            EditorApplication.update -= Watch;
            _catalog?.Dispose();
            _catalog = null;
        }

        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            serializedObject.Update();
            foreach (var name in s_common)
            {
                if (!(serializedObject.FindProperty(name) is { } property)) continue;
                if (name == "_condition" && _schema != null) Choose(property, "Condition", Enumerable.Range(0, _schema.Count).Select(i => _schema[i].Name).ToArray());
                else EditorGUILayout.PropertyField(property);
            }
            foreach (var field in Own(Sender.GetType()))
            {
                if (!(serializedObject.FindProperty(field) is { } property)) continue;
                if (field == "_member" && _members.Length > 0) Choose(property, "Member", _members);
                else EditorGUILayout.PropertyField(property);
            }
            serializedObject.ApplyModifiedProperties();
            if (_error != null) EditorGUILayout.HelpBox(_error.Message + "\n" + _error.Hint, MessageType.Warning);
            EditorGUILayout.LabelField("Sent", Sender.sent + " directions");
        }

        private static void Choose(SerializedProperty property, string title, string[] offered)
        {
            var now = property.stringValue;
            var all = offered.Contains(now) ? offered : offered.Append(now).ToArray();
            EditorGUI.BeginChangeCheck();
            var chosen = EditorGUILayout.Popup(new GUIContent(title), Array.IndexOf(all, now), all);
            if (EditorGUI.EndChangeCheck() && chosen >= 0) property.stringValue = all[chosen];
        }

        private void Watch()
        {
            var sender = Sender;
            if (!sender) return;
            _error = sender.lastError;
            _members = sender is DreamState state && state.target ? MembersOf(state.target!.GetType()) : Array.Empty<string>();
            var stream = sender.stream ? sender.stream : sender.GetComponent<DreamStream>();
            if (!stream) return;
            _catalog ??= new DreamCatalog();
            _catalog.Poll(stream!.DaemonNow);
            _schema = stream.info?.Conditions ?? _catalog.Find(stream.bundle)?.Conditions ?? _schema;
        }

        private static IEnumerable<string> Own(Type type)
        {
            for (Type? t = type; t != null && t != typeof(DreamSender); t = t.BaseType)
                foreach (var f in t.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                    if (f.IsPublic || f.IsDefined(typeof(SerializeField), false)) yield return f.Name;
        }

        /// <summary>Public fields and properties, and saved fields, of the kinds that a DreamState can send; the component's own first.</summary>
        internal static string[] MembersOf(Type type)
        {
            var names = new List<string>();
            for (Type? t = type; t != null && t != typeof(MonoBehaviour) && t != typeof(Component); t = t.BaseType)
            {
                foreach (var f in t.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                    if ((f.IsPublic || f.IsDefined(typeof(SerializeField), false)) && Sends(f.FieldType)) names.Add(f.Name);
                foreach (var p in t.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
                    if (p.CanRead && p.GetIndexParameters().Length == 0 && Sends(p.PropertyType)) names.Add(p.Name);
            }
            return names.Distinct().ToArray();
        }

        private static bool Sends(Type type) =>
            type == typeof(string) || type == typeof(Vector2) || type == typeof(Vector3) || type.IsEnum || (type.IsPrimitive && type != typeof(char));
    }
}
