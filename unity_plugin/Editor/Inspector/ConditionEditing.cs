#nullable enable
using System.Collections.Generic;
using System.Linq;
using UnityEditor;

namespace Dreambridge.Editors
{
    /// <summary>One condition of one or more streams, as the inspector edits it: with undo, prefabs, and the running stream following.</summary>
    internal sealed class ConditionEditing
    {
        private readonly DreamStream[] _streams;

        internal ConditionEditing(string name, IEnumerable<DreamStream> streams)
        {
            Name = name;
            _streams = streams.ToArray();
        }

        internal string Name { get; }

        /// <summary>Do all of the streams set it?</summary>
        internal bool Set => _streams.All(s => Of(s) != null);

        /// <summary>Do the streams differ, in whether it is set or in the value?</summary>
        internal bool Mixed => _streams.Select(s => Of(s)?.ToText() ?? "").Distinct().Count() > 1;

        /// <summary>The first stream's value; null when it is not set there.</summary>
        internal DreamSetting? First => Of(_streams[0]);

        /// <summary>Does any of the streams run?</summary>
        internal bool Running => _streams.Any(Runs);

        /// <summary>Direct it in the streams that run, without saving it.</summary>
        internal void Trigger(DreamValue value)
        {
            foreach (var s in _streams) if (Runs(s)) s.Direct(Name, value);
        }

        /// <summary>Set it in all streams.</summary>
        internal void Write(DreamSetting value)
        {
            Change("Set " + Name, s =>
            {
                Remove(s);
                s.conditions.Add(value.Copy());
                if (Runs(s)) s.Direct(Name, value.Value);
            });
        }

        /// <summary>Leave it to the bundle's default in all streams.</summary>
        internal void Unset()
        {
            Change("Unset " + Name, s =>
            {
                Remove(s);
                if (Runs(s)) s.Direct(Name, DreamValue.Nil);
            });
        }

        private static bool Runs(DreamStream s) => s.state == StreamState.Playing || s.state == StreamState.Slowed;

        private DreamSetting? Of(DreamStream stream) => stream.conditions.FirstOrDefault(c => c.name == Name);

        private void Remove(DreamStream stream)
        {
            for (var i = stream.conditions.Count - 1; i >= 0; i--)
                if (stream.conditions[i].name == Name) stream.conditions.RemoveAt(i);
        }

        private void Change(string title, System.Action<DreamStream> edit)
        {
            Undo.RecordObjects(_streams.ToArray<UnityEngine.Object>(), title);
            foreach (var s in _streams)
            {
                edit(s);
                EditorUtility.SetDirty(s);
                PrefabUtility.RecordPrefabInstancePropertyModifications(s);
            }
        }
    }
}
