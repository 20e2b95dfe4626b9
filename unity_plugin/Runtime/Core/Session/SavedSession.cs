#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>What a stream needs to be taken back after a domain reload, as one line of text. It holds a secret.</summary>
    sealed class SavedSession
    {
        internal string Daemon = "";
        internal string ClientKey = "";
        internal long Epoch;
        internal long Session;
        internal string Bundle = "";
        internal long Seed;
        internal bool Paused;
        internal bool LessFlashing;
        internal DreamMap Effective = new DreamMap();

        internal string ToText()
        {
            var map = new DreamMap
            {
                ["daemon"] = Daemon, ["client_key"] = ClientKey, ["epoch"] = Epoch, ["session"] = Session, ["bundle"] = Bundle, ["seed"] = Seed,
                ["paused"] = Paused, ["less_flashing"] = LessFlashing, ["effective"] = Effective,
            };
            var writer = new MsgpackWriter();
            writer.Map(map);
            return Convert.ToBase64String(writer.Data, 0, writer.Length);
        }

        /// <summary>Null when the text is none, for example of an older package.</summary>
        internal static SavedSession? From(string? text)
        {
            if (string.IsNullOrEmpty(text))
                return null;
            try
            {
                if (!(MsgpackReader.Decode(Convert.FromBase64String(text!)).AsMap() is { } map))
                    return null;
                return new SavedSession
                {
                    Daemon = map["daemon"].AsText(), ClientKey = map["client_key"].AsText(), Epoch = map["epoch"].AsInt(),
                    Session = map["session"].AsInt(-1), Bundle = map["bundle"].AsText(), Seed = map["seed"].AsInt(), Paused = map["paused"].AsBool(),
                    LessFlashing = map["less_flashing"].AsBool(),
                    Effective = map["effective"].AsMap() ?? new DreamMap(),
                };
            }
            catch (FormatException)
            {
                return null;
            }
        }
    }
}
