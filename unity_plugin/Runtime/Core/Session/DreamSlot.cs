#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>The text of a save slot, read (protocol/SAVE.md).</summary>
    sealed class DreamSlot
    {
        const int MaxLength = 64 * 1024 * 1024;
        const string BytesKey = "$bytes";
        /// <summary>A value that is refused so is left out; another error ends the loading.</summary>
        internal static readonly string[] Refusals = { ErrorCodes.BadValue, ErrorCodes.UnknownCondition, ErrorCodes.MissingPackage };

        internal readonly DreamMap Values = new DreamMap();
        internal byte[] Snapshot = Array.Empty<byte>();
        internal string Bundle = "", Version = "", Digest = "";
        internal long Seed;
        internal string? Document;
        internal string? Shot;
        internal DreamMap Variables = new DreamMap();

        /// <summary>Null: it is none; <paramref name="wrong"/> says why.</summary>
        internal static DreamSlot? Read(string text, out string wrong)
        {
            wrong = "The save is damaged: ";
            if (text.Length > MaxLength)
            {
                wrong += "it is too long.";
                return null;
            }
            try
            {
                if (!(DreamJson.Parse(text).AsMap() is { } map))
                {
                    wrong += "it is not a JSON object.";
                    return null;
                }
                if (int.TryParse(map["format"].AsText().Split('.')[0], out var major) && major > 1)
                {
                    wrong = $"The save has format {map["format"].AsText()}; this release reads 1.x.";
                    return null;
                }
                foreach (var field in new[] { "bundle", "version", "digest", "snapshot" })
                {
                    if (map[field].Kind != DreamKind.Text)
                    {
                        wrong += $"{field} is not a text.";
                        return null;
                    }
                }
                if (!map["seed"].IsNumber || !(map["directions"].AsArray() is { } directions))
                {
                    wrong += "the seed or the directions are missing.";
                    return null;
                }
                var slot = new DreamSlot
                {
                    Bundle = map["bundle"].AsText(), Version = map["version"].AsText(), Digest = map["digest"].AsText(), Seed = map["seed"].AsInt(),
                    Snapshot = Convert.FromBase64String(map["snapshot"].AsText()),
                };
                foreach (var direction in directions)
                {
                    if (!(direction.AsMap()?["values"].AsMap() is { } values))
                    {
                        wrong += "a direction has no values.";
                        return null;
                    }
                    slot.Values.Merge(Unpacked(values).AsMap()!);
                }
                return slot.TakeCutscene(map["cutscene"], ref wrong) ? slot : null;
            }
            catch (FormatException e)
            {
                wrong += e.Message;
                return null;
            }
        }

        bool TakeCutscene(in DreamValue playing, ref string wrong)
        {
            if (playing.IsNil)
                return true;
            var map = playing.AsMap();
            if (map == null || map["document"].Kind != DreamKind.Text)
            {
                wrong += "the cutscene has no document.";
                return false;
            }
            Document = map["document"].AsText();
            Shot = map["shot"].AsText().Length > 0 ? map["shot"].AsText() : null;
            Variables = map["variables"].AsMap() ?? Variables;
            return true;
        }

        /// <summary>Why the snapshot does not fit this stream; null: it does.</summary>
        internal string? Misfit(StreamInfo info)
        {
            if (Digest == info.Digest)
                return null;
            var (made, runs) = ($"'{Bundle}' {Version}", $"'{info.Bundle}' {info.Version}");
            return $"The save was made with the bundle {made}; this stream runs {runs}{(made == runs ? " with other files" : "")}.";
        }

        /// <summary>As JSON holds it.</summary>
        internal static DreamValue Packed(in DreamValue value)
        {
            switch (value.Kind)
            {
                case DreamKind.Bytes:
                    return new DreamMap { [BytesKey] = Convert.ToBase64String(value.AsBytes()!) };
                case DreamKind.Floats:
                    var floats = value.AsFloats()!;
                    var bytes = new byte[floats.Length * 4];
                    Buffer.BlockCopy(floats, 0, bytes, 0, bytes.Length);
                    return new DreamMap { [BytesKey] = Convert.ToBase64String(bytes) };
                case DreamKind.Array:
                    return Array.ConvertAll(value.AsArray()!, v => Packed(v));
                case DreamKind.Map:
                    var map = new DreamMap();
                    foreach (var name in value.AsMap()!.Names())
                        map[name] = Packed(value.AsMap()![name]);
                    return map;
                default:
                    return value;
            }
        }

        static DreamValue Unpacked(in DreamValue value)
        {
            if (value.Kind == DreamKind.Array)
                return Array.ConvertAll(value.AsArray()!, v => Unpacked(v));
            if (!(value.AsMap() is { } given))
                return value;
            if (given.Count == 1 && given.KeyAt(0) == BytesKey)
                return Convert.FromBase64String(given.ValueAt(0).AsText());
            var map = new DreamMap();
            foreach (var name in given.Names())
                map[name] = Unpacked(given[name]);
            return map;
        }
    }
}
