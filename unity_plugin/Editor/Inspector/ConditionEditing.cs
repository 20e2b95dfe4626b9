#nullable enable
using System.Collections.Generic;
using System.Linq;
using UnityEditor;

namespace Dreambridge.Editors
{
    /// <summary>What has conditions that can be edited: a stream, which may run, or a clip or marker of a Timeline.</summary>
    internal readonly struct ConditionHolder
    {
        internal readonly UnityEngine.Object Owner;
        internal readonly IList<DreamSetting> Settings;
        private readonly DreamStream? _stream;

        internal ConditionHolder(UnityEngine.Object owner, IList<DreamSetting> settings)
        {
            Owner = owner;
            Settings = settings;
            _stream = owner as DreamStream;
        }

        internal ConditionHolder(DreamStream stream) : this(stream, stream.conditions)
        {
        }

        internal bool Runs => _stream is { } s && (s.state == StreamState.Playing || s.state == StreamState.Slowed);

        internal void Direct(string name, DreamValue value)
        {
            if (Runs) _stream!.Direct(name, value);
        }
    }

    /// <summary>One condition of one or more holders, as the inspector edits it: with undo, prefabs, and the running stream following.</summary>
    internal sealed class ConditionEditing
    {
        private readonly ConditionHolder[] _holders;

        internal ConditionEditing(string name, IEnumerable<DreamStream> streams) : this(name, streams.Select(s => new ConditionHolder(s)))
        {
        }

        internal ConditionEditing(string name, IEnumerable<ConditionHolder> holders)
        {
            Name = name;
            _holders = holders.ToArray();
        }

        internal string Name { get; }

        /// <summary>Do all of them set it?</summary>
        internal bool Set => _holders.All(h => Of(h) != null);

        /// <summary>Do they differ, in whether it is set or in the value?</summary>
        internal bool Mixed => _holders.Select(h => Of(h)?.ToText() ?? "").Distinct().Count() > 1;

        /// <summary>The first one's value; null when it is not set there.</summary>
        internal DreamSetting? First => Of(_holders[0]);

        /// <summary>Does any of the streams run?</summary>
        internal bool Running => _holders.Any(h => h.Runs);

        /// <summary>Direct it in the streams that run, without saving it.</summary>
        internal void Trigger(DreamValue value)
        {
            foreach (var h in _holders) h.Direct(Name, value);
        }

        /// <summary>Set it in all of them.</summary>
        internal void Write(DreamSetting value)
        {
            Change("Set " + Name, h =>
            {
                Remove(h);
                h.Settings.Add(value.Copy());
                h.Direct(Name, value.Value);
            });
        }

        /// <summary>Leave it to the bundle's default in all of them.</summary>
        internal void Unset()
        {
            Change("Unset " + Name, h =>
            {
                Remove(h);
                h.Direct(Name, DreamValue.Nil);
            });
        }

        private DreamSetting? Of(ConditionHolder holder) => holder.Settings.FirstOrDefault(c => c.name == Name);

        private void Remove(ConditionHolder holder)
        {
            for (var i = holder.Settings.Count - 1; i >= 0; i--)
                if (holder.Settings[i].name == Name) holder.Settings.RemoveAt(i);
        }

        private void Change(string title, System.Action<ConditionHolder> edit)
        {
            Undo.RecordObjects(_holders.Select(h => h.Owner).ToArray(), title);
            foreach (var h in _holders)
            {
                edit(h);
                EditorUtility.SetDirty(h.Owner);
                if (h.Owner is UnityEngine.Component) PrefabUtility.RecordPrefabInstancePropertyModifications(h.Owner);
            }
        }
    }
}
