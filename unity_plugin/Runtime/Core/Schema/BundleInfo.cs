#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>What a bundle is: as the daemon lists it, or as its bundle.json says.</summary>
    public sealed class BundleInfo
    {
        BundleInfo(DreamMap map, DreamMap frame)
        {
            Name = map["name"].AsText();
            Version = map["version"].AsText();
            Description = map["description"].AsText();
            Width = (int)frame["width"].AsInt();
            Height = (int)frame["height"].AsInt();
            Fps = frame["fps"].AsNumber();
            Conditions = DreamSchema.From(map["conditions"].AsMap(), Written(map));
            View = ViewInfo.From(map["view"].AsMap());
            if (map["error"].AsMap() is { } error)
                Error = new DreamError(error["code"].AsText(), error["message"].AsText(), error["hint"].AsText());
        }

        /// <summary>In the daemon's list: what <c>open</c> takes.</summary>
        public string Name { get; }

        public string Version { get; }

        public string Description { get; }

        public int Width { get; }

        public int Height { get; }

        /// <summary>Its own frames a second.</summary>
        public double Fps { get; }

        public DreamSchema Conditions { get; }

        /// <summary>Can it paint over the game's own picture?</summary>
        public bool TakesView => View != null;

        /// <summary>What it takes of the game's own picture; null when it takes none. From a bundle.json only the palette is known.</summary>
        public ViewInfo? View { get; }

        /// <summary>Why the daemon cannot open it; null when it can. Of a broken bundle only this and the name are known.</summary>
        public DreamError? Error { get; }

        /// <summary>From one entry of the reply to "bundles".</summary>
        public static BundleInfo From(DreamMap map) => new BundleInfo(map, map);

        /// <summary>All of the reply to "bundles", the broken ones too.</summary>
        public static BundleInfo[] ListOf(DreamMap reply) =>
            Array.ConvertAll(reply["bundles"].AsArray() ?? Array.Empty<DreamValue>(), b => From(b.AsMap() ?? new DreamMap()));

        /// <summary>From the text of a bundle.json. FormatException when it is none.</summary>
        public static BundleInfo FromJson(string text)
        {
            var map = DreamJson.Parse(text).AsMap();
            if (map == null || map["name"].Kind != DreamKind.Text || !(map["frame"].AsMap() is { } frame))
                throw new FormatException("this is not a bundle.json: name or frame is missing");
            return new BundleInfo(map, frame);
        }

        /// <summary>Names of the conditions that the bundle's own encoders write: nobody directs them. The daemon leaves them out of its lists.</summary>
        static HashSet<string> Written(DreamMap map)
        {
            var names = new HashSet<string>();
            foreach (var encoder in map["encoders"].AsArray() ?? Array.Empty<DreamValue>())
            {
                var outputs = encoder.AsMap()?["outputs"].AsMap();
                for (var i = 0; i < outputs?.Count; i++)
                {
                    if (outputs!.ValueAt(i).AsMap()?["condition"].AsText() is { Length: > 0 } name)
                        names.Add(name);
                }
            }
            return names;
        }
    }
}
