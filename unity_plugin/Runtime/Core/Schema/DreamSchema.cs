#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>The conditions of a bundle, in the bundle's order.</summary>
    public sealed class DreamSchema
    {
        public static readonly DreamSchema Empty = new DreamSchema(null);

        readonly DreamCondition[] _conditions;

        DreamSchema(DreamMap? map)
        {
            var found = new List<DreamCondition>();
            for (var i = 0; i < map?.Count; i++)
            {
                if (map!.ValueAt(i).AsMap() is { } condition)
                    found.Add(new DreamCondition(map.KeyAt(i), condition));
            }
            _conditions = found.ToArray();
        }

        public int Count => _conditions.Length;

        public DreamCondition this[int index] => _conditions[index];

        /// <summary>From the map that <c>opened</c>, <c>bundles</c> and bundle.json carry; null gives an empty one.</summary>
        public static DreamSchema From(DreamMap? conditions) => conditions == null ? Empty : new DreamSchema(conditions);

        public DreamCondition? Find(string name) => Array.Find(_conditions, c => c.Name == name);

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

        /// <summary>The error of a name that the bundle has not.</summary>
        public DreamError Unknown(string name)
        {
            var names = string.Join(", ", Array.ConvertAll(_conditions, c => c.Name));
            return new DreamError(ErrorCodes.UnknownCondition, $"The bundle has no condition '{name}'.", $"It has: {(names.Length > 0 ? names : "none")}.");
        }
    }
}
