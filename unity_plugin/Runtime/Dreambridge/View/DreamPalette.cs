#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Which label an object has: that of its <see cref="DreamLabel"/>, else of the rule for its tag, else of the rule for its layer, else what
    /// its nearest ancestor has.
    /// </summary>
    internal sealed class DreamPalette
    {
        /// <summary>What is left out of the view.</summary>
        internal const string None = "none";

        /// <summary>What grass and other details of terrains are, unless the view says otherwise.</summary>
        internal const string Plants = "grass/plant/leaves";

        /// <summary>Of what is drawn with its colour alone.</summary>
        internal static readonly ViewLabel NoLabel = new ViewLabel("", new DreamMap());

        private readonly ViewInfo _view;
        private readonly IReadOnlyList<DreamLabelRule> _rules;
        private readonly HashSet<string> _told = new HashSet<string>();
        private readonly Action<string, string> _misspelt;
        private readonly string _details;
        private readonly bool _colours;

        /// <param name="view">What the bundle takes.</param>
        /// <param name="colours">Does the view have colours? What has no label is then drawn with its colour alone.</param>
        /// <param name="rules">Labels of tags and layers.</param>
        /// <param name="details">The label of grass and other details of terrains.</param>
        /// <param name="misspelt">Called once for each label that the palette lacks, with the name of the object.</param>
        internal DreamPalette(ViewInfo view, bool colours, IReadOnlyList<DreamLabelRule> rules, string details, Action<string, string> misspelt)
        {
            _view = view;
            _colours = colours;
            _rules = rules;
            _details = details;
            _misspelt = misspelt;
        }

        /// <summary>The label of that name, of which the first that the palette has counts; null: none.</summary>
        internal ViewLabel? Find(string label, string of)
        {
            foreach (var one in label.Split('/'))
            foreach (var known in _view.Palette)
                if (known.Name == one.Trim()) return known;
            if (label.Length > 0 && label != None && _told.Add(label)) _misspelt(label, of);
            return null;
        }

        /// <summary>The first of these labels that the palette has; null: it has none.</summary>
        internal ViewLabel? First(IEnumerable<string> names) => names.Select(n => _view.Palette.FirstOrDefault(l => l.Name == n)).FirstOrDefault(l => l != null);

        /// <summary>The label of grass and other details of terrains; null: they are not in the view.</summary>
        internal ViewLabel? Details => _details == None ? null : OrColour(_details == Plants ? First(Plants.Split('/')) : Find(_details, "the property Details"));

        /// <summary>That label; what has none is drawn with its colour alone, where the view has colours; null: it is not in the view.</summary>
        internal ViewLabel? OrColour(ViewLabel? label) => label ?? (_colours ? NoLabel : null);

        /// <summary>The label of an object, or of one material of it; null: it is not in the view.</summary>
        internal ViewLabel? Of(Transform start, Material? material, string unlabelled)
        {
            string? found = null;
            for (Transform? at = start; at != null; at = at.parent)
            {
                if (at.TryGetComponent<DreamLabel>(out var own) && own.isActiveAndEnabled)
                {
                    var special = material == null ? null : own.materials.FirstOrDefault(m => m.material == material);
                    if (special != null) return Named(special.label, own.name);
                    found ??= own.label;
                }
                // A material's label may be said by an ancestor of the object that says the object's.
                if (found == null) found = ByRule(at.gameObject);
            }
            return found == null ? OrColour(Find(unlabelled, start.name)) : Named(found, start.name);
        }

        /// <summary>The label of that name, for an object that has it; null: it is not in the view.</summary>
        internal ViewLabel? Named(string label, string of) => label == None ? null : OrColour(Find(label, of));

        /// <summary>The names of all labels, for messages.</summary>
        internal string Names => string.Join(", ", _view.Palette.Select(l => l.Name));

        private string? ByRule(GameObject thing)
        {
            foreach (var rule in _rules)
                // Not CompareTag, which throws for a tag that was removed from the project.
                if (rule.tag.Length > 0 && thing.tag == rule.tag) return rule.label;
            foreach (var rule in _rules)
                if (rule.tag.Length == 0 && rule.layer == thing.layer) return rule.label;
            return null;
        }
    }
}
