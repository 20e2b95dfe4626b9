#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>What a bundle takes of the game's own picture.</summary>
    public sealed class ViewInfo
    {
        ViewInfo(DreamMap map)
        {
            Width = (int)map["width"].AsInt();
            Height = (int)map["height"].AsInt();
            Layers = Texts(map["layers"]);
            Required = Texts(map["required"]);
            var palette = map["palette"].AsMap() ?? new DreamMap();
            Palette = new ViewLabel[palette.Count];
            for (var i = 0; i < palette.Count; i++)
                Palette[i] = new ViewLabel(palette.KeyAt(i), palette.ValueAt(i).AsMap() ?? new DreamMap());
        }

        public int Width { get; }

        public int Height { get; }

        /// <summary>The layers that the bundle takes, of label, colour, depth, normal and motion, or others that a newer daemon knows.</summary>
        public string[] Layers { get; }

        /// <summary>The layers that each picture must have; empty: it must have the label or the colour.</summary>
        public string[] Required { get; }

        public bool TakesDepth => Takes("depth");

        public ViewLabel[] Palette { get; }

        public bool Takes(string layer) => Array.IndexOf(Layers, layer) >= 0;

        static string[] Texts(DreamValue list) => Array.ConvertAll(list.AsArray() ?? Array.Empty<DreamValue>(), l => l.AsText());

        /// <summary>Null when the bundle takes none.</summary>
        internal static ViewInfo? From(DreamMap? map) => map == null ? null : new ViewInfo(map);
    }

    /// <summary>One label of a view's palette: the flat colour by which the game draws it.</summary>
    public sealed class ViewLabel
    {
        internal ViewLabel(string name, DreamMap map)
        {
            Name = name;
            var colour = map["colour"].AsArray() ?? Array.Empty<DreamValue>();
            byte Part(int i) => i < colour.Length ? (byte)Math.Min(Math.Max(colour[i].AsInt(), 0), 255) : (byte)0;
            Red = Part(0);
            Green = Part(1);
            Blue = Part(2);
            Depth = map["depth"].AsNumber();
            Description = map["description"].AsText();
        }

        public string Name { get; }

        /// <summary>sRGB bytes.</summary>
        public byte Red { get; }

        public byte Green { get; }

        public byte Blue { get; }

        /// <summary>Its depth where the game gives none, 0 near to 1 far.</summary>
        public double Depth { get; }

        public string Description { get; }
    }
}
