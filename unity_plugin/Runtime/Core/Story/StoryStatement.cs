#nullable enable

using System;
using System.Text.RegularExpressions;

namespace Dreambridge
{
    /// <summary>What is wrong with the text of a direction (<c>bad_script</c>), and where.</summary>
    public sealed class StoryError : Exception
    {
        internal StoryError(int column, string message, string hint)
            : base(message)
        {
            Column = column;
            Hint = hint;
        }

        /// <summary>In code points of the direction's text, from 1.</summary>
        public int Column { get; }

        public string Hint { get; }
    }

    /// <summary>One direction of a story, parsed: <c>weather=storm over=2</c>, <c>"a prompt"</c>, <c>play arrival</c> (protocol/SCRIPT.md).</summary>
    public sealed class StoryStatement
    {
        static readonly Regex Tag = new Regex(@"\A\s*dream\s*:", RegexOptions.CultureInvariant);

        internal StoryStatement(string verb) => Do = verb;

        /// <summary>direct, cut, play, stop, signal, choose, set, release, keep, rewind or wait.</summary>
        public string Do { get; }

        /// <summary>Of direct, cut and set: condition or variable to value. Not for writing into.</summary>
        public DreamMap Values { get; internal set; } = new DreamMap();

        /// <summary>Of a cutscene, signal, option, place, shot or mark; empty: none.</summary>
        public string Name { get; internal set; } = "";

        /// <summary>Of release: the conditions; none: all.</summary>
        public string[] Names { get; internal set; } = Array.Empty<string>();

        /// <summary>Of play: the shot to begin at; empty: the first. Of a signal or a choice that is sent again: the shot in which it was meant.</summary>
        public string Shot { get; internal set; } = "";

        /// <summary>Of wait: shown, ended, shot or mark.</summary>
        public string Moment { get; internal set; } = "";

        /// <summary>Seconds of a transition; null: each condition's own.</summary>
        public double? Over { get; internal set; }

        public string Easing { get; internal set; } = "";

        public long? Seed { get; internal set; }

        /// <summary>Of rewind.</summary>
        public double? Seconds { get; internal set; }

        /// <summary>Of wait: seconds that it lasts at most; null: as long as the director says.</summary>
        public double? Limit { get; internal set; }

        /// <summary>The direction that a text states.</summary>
        /// <exception cref="StoryError">It states none; with the column, and what was probably meant.</exception>
        public static StoryStatement Parse(string text) => new StoryParser(StoryWords.Split(text)).Statement();

        /// <summary>What follows <c>dream:</c> in a tag; null for another tag.</summary>
        public static string? DirectionIn(string tag)
        {
            var found = Tag.Match(tag);
            return found.Success ? tag.Substring(found.Length) : null;
        }

        /// <summary>The same signal or choice, meant for that shot.</summary>
        internal StoryStatement In(string shot) => new StoryStatement(Do) { Name = Name, Shot = shot };

        /// <summary>With <c>do</c> and the fields that are set, as in protocol/vectors/script.json.</summary>
        public DreamMap AsMap()
        {
            var map = new DreamMap { ["do"] = Do };
            if (Name.Length > 0)
                map["name"] = Name;
            if (Shot.Length > 0)
                map["shot"] = Shot;
            if (Moment.Length > 0)
                map["moment"] = Moment;
            if (Over is double over)
                map["over"] = over;
            if (Easing.Length > 0)
                map["easing"] = Easing;
            if (Seed is long seed)
                map["seed"] = seed;
            if (Seconds is double seconds)
                map["seconds"] = seconds;
            if (Limit is double limit)
                map["limit"] = limit;
            if (Do == "direct" || Do == "cut" || Do == "set")
                map["values"] = Values;
            if (Do == "release")
                map["names"] = Array.ConvertAll(Names, n => (DreamValue)n);
            return map;
        }

        internal StoryStatement With(DreamMap values, long? seed) => new StoryStatement(Do) { Values = values, Over = Over, Easing = Easing, Seed = seed };

        internal DreamEasing EasingValue => Easing == "linear" ? DreamEasing.Linear : Easing == "smooth" ? DreamEasing.Smooth
            : Easing == "in" ? DreamEasing.In : Easing == "out" ? DreamEasing.Out : DreamEasing.Default;
    }
}
