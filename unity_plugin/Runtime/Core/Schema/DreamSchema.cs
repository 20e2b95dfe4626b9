#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>The conditions of a bundle, in the bundle's order.</summary>
    public sealed class DreamSchema
    {
        public static readonly DreamSchema Empty = new DreamSchema(null, null);

        readonly DreamCondition[] _conditions;

        DreamSchema(DreamMap? map, HashSet<string>? without)
        {
            var found = new List<DreamCondition>();
            for (var i = 0; i < map?.Count; i++)
            {
                if (map!.ValueAt(i).AsMap() is { } condition && without?.Contains(map.KeyAt(i)) != true)
                    found.Add(new DreamCondition(map.KeyAt(i), condition));
            }
            _conditions = found.ToArray();
        }

        public int Count => _conditions.Length;

        public DreamCondition this[int index] => _conditions[index];

        /// <summary>From the map that <c>opened</c>, <c>bundles</c> and bundle.json carry; null gives an empty one.</summary>
        public static DreamSchema From(DreamMap? conditions) => From(conditions, null);

        internal static DreamSchema From(DreamMap? conditions, HashSet<string>? without) => conditions == null ? Empty : new DreamSchema(conditions, without);

        public DreamCondition? Find(string name) => At(name) is var at && at >= 0 ? _conditions[at] : null;

        /// <summary>Is it over by itself, as an event is?</summary>
        internal bool IsMomentary(string name) => At(name) is var at && at >= 0 && _conditions[at].IsMomentary;

        /// <summary>
        /// What the daemon would say to a direction: null, or the first thing that is wrong (<c>unknown_condition</c>, <c>bad_value</c>).
        /// </summary>
        public DreamError? Check(DreamMap values)
        {
            for (var i = 0; i < values.Count; i++)
            {
                var condition = Find(values.KeyAt(i));
                if (condition == null)
                    return Unknown(values.KeyAt(i));
                if (condition.Check(values.ValueAt(i)) is { } error)
                    return error;
            }
            return null;
        }

        int At(string name)
        {
            for (var i = 0; i < _conditions.Length; i++)
            {
                if (_conditions[i].Name == name)
                    return i;
            }
            return -1;
        }

        /// <summary>The error of a name that the bundle has not.</summary>
        public DreamError Unknown(string name)
        {
            var names = string.Join(", ", Array.ConvertAll(_conditions, c => c.Name));
            return new DreamError(ErrorCodes.UnknownCondition, $"The bundle has no condition '{name}'.", $"It has: {(names.Length > 0 ? names : "none")}.");
        }
    }
}
