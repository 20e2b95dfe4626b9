#nullable enable

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Dreambridge
{
    /// <summary>The grammar of directions (protocol/SCRIPT.md); the tests run protocol/vectors/script.json.</summary>
    sealed class StoryParser
    {
        internal const long MaxSeed = 9007199254740991; // what every engine's numbers hold exactly
        static readonly string[] Verbs = { "cut", "play", "stop", "signal", "choose", "set", "release", "keep", "rewind", "wait" };
        static readonly string[] Moments = { "shown", "shot", "mark", "ended" };
        static readonly string[] Easings = { "linear", "smooth", "in", "out" };
        static readonly string[] None = Array.Empty<string>();
        const string Example = "Write for example: weather=storm over=2, \"a prompt\", cut, play arrival.";
        const string AtOnce = "A cut applies at once: leave it out, or leave out `cut`.";
        static readonly Dictionary<string, string> Belongs = new Dictionary<string, string>
        {
            ["over"] = AtOnce, ["easing"] = AtOnce, ["seed"] = "Only a cut has a new seed: write cut seed=7.", ["limit"] = "Only `wait` has a limit.",
        };
        static readonly Regex NumberForm = new Regex(@"\A[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant);

        readonly List<StoryWord> _words;
        int _at;

        internal StoryParser(List<StoryWord> words) => _words = words;

        /// <summary>A word as a number; infinite when it is too large; null: it is none.</summary>
        static double? Number(string text)
        {
            if (!NumberForm.IsMatch(text))
                return null;
            // mono takes what is too large for no number.
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
                : text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        }

        static bool IsWhole(double value) => value == Math.Floor(value) && Math.Abs(value) <= MaxSeed;

        StoryWord Word => _words[_at];

        StoryWord Take() => Word.Kind == StoryWordKind.End ? Word : _words[_at++];

        bool Mark(string what)
        {
            var found = Word.Kind == StoryWordKind.Mark && Word.Text == what;
            _at += found ? 1 : 0;
            return found;
        }

        bool Assigns(string? name = null)
        {
            var after = _words[Math.Min(_at + 1, _words.Count - 1)];
            return Word.Kind == StoryWordKind.Word && after.Kind == StoryWordKind.Mark && after.Text == "=" && (name == null || name == Word.Text);
        }

        bool Ends => Word.Kind == StoryWordKind.End;

        static StoryError Bad(StoryWord word, string message, string hint) => new StoryError(word.Column, message, hint);

        static string Quoted(string word) => StoryNames.Quoted(word);

        internal StoryStatement Statement()
        {
            var first = Word;
            if (Ends)
                throw Bad(first, "The direction is empty.", Example);
            if (first.Kind == StoryWordKind.Mark)
                throw Bad(first, $"A direction cannot begin with {Quoted(first.Text)}.", Example);
            if (first.Kind == StoryWordKind.Text || Assigns())
                return Changes("direct", new[] { "over", "easing" });
            if (Array.IndexOf(Verbs, first.Text) < 0)
            {
                var hint = StoryNames.Letters(first.Text).Length > 2 ? StoryNames.DidYouMean(first.Text, Verbs) : Example;
                throw Bad(first, $"{Quoted(first.Text)} is not a direction.", hint + " To change a condition, write name=value.");
            }
            Take();
            switch (first.Text)
            {
                case "cut": return Changes("cut", new[] { "seed" });
                case "play": return Play();
                case "signal": return End(new StoryStatement("signal") { Name = One("signal", "a name") });
                case "choose": return End(new StoryStatement("choose") { Name = One("choose", "the id of an option") });
                case "keep": return End(new StoryStatement("keep") { Name = One("keep", "a name") });
                case "set": return Set();
                case "release": return Release();
                case "rewind": return Rewind();
                case "wait": return Wait();
                default: return End(new StoryStatement("stop"));
            }
        }

        /// <summary>name=value and prompts, in any order; <paramref name="own"/> are the names that belong to the direction itself.</summary>
        StoryStatement Changes(string verb, string[] own)
        {
            var made = new StoryStatement(verb);
            var given = new HashSet<string>();
            while (!Ends)
            {
                if (Word.Kind == StoryWordKind.Text)
                {
                    Once("prompt", Word, made.Values.Has("prompt"));
                    made.Values["prompt"] = Take().Text;
                    continue;
                }
                var name = Assigned(own);
                if (Array.IndexOf(own, name.Text) >= 0)
                {
                    Once(name.Text, name, !given.Add(name.Text));
                    Option(made, name.Text);
                }
                else if (Belongs.TryGetValue(name.Text, out var hint))
                    throw Bad(name, $"{Quoted(name.Text)} does not belong here.", hint);
                else
                {
                    Once(name.Text, name, made.Values.Has(name.Text));
                    made.Values[name.Text] = Value(name.Text);
                }
            }
            if (verb == "direct" && made.Values.Count == 0)
                throw new StoryError(1, "The direction changes no condition.", Example);
            return made;
        }

        StoryWord Assigned(string[] own)
        {
            var name = Take();
            if (name.Kind != StoryWordKind.Word || !Mark("="))
            {
                var also = own.Length > 0 ? $", or {string.Join(" or ", own)}" : "";
                throw Bad(name, $"{Quoted(name.Text)} is not name=value{also}.", "A text of several words needs quotation marks.");
            }
            return name;
        }

        static void Once(string name, StoryWord word, bool taken)
        {
            if (taken)
                throw Bad(word, $"{Quoted(name)} is given twice.", "Give it once.");
        }

        StoryStatement End(StoryStatement statement) => Ends ? statement
            : throw Bad(Word, $"{Quoted(Word.Text)} is too much after `{statement.Do}`.", "Give each direction a tag of its own.");

        string One(string verb, string what)
        {
            var word = Take();
            if (!word.Names || word.Text.Length == 0)
                throw Bad(word, $"`{verb}` needs {what}.", $"Write for example: {verb} {(verb == "rewind" ? "3" : "harbour")}.");
            return word.Text;
        }

        StoryStatement Play()
        {
            var made = new StoryStatement("play") { Name = One("play", "the name of a cutscene") };
            if (Assigns("from"))
            {
                _at += 2;
                var word = Take();
                if (!word.Names)
                    throw Bad(word, "`from` needs the name of a shot.", "Write for example: play arrival from=dawn.");
                made.Shot = word.Text;
            }
            return End(made);
        }

        StoryStatement Rewind()
        {
            if (Word.Kind == StoryWordKind.Word && Number(Word.Text) != null)
                return End(new StoryStatement("rewind") { Seconds = Single("rewind", 600) });
            return End(new StoryStatement("rewind") { Name = One("rewind", "seconds, or a name that `keep` gave") });
        }

        StoryStatement Set()
        {
            if (Ends)
                throw Bad(Word, "`set` needs name=value.", "Write for example: set coins=3.");
            var made = new StoryStatement("set");
            while (!Ends)
            {
                var name = Assigned(None);
                Once(name.Text, name, made.Values.Has(name.Text));
                var word = Word;
                var value = Value(name.Text);
                if (word.Kind == StoryWordKind.Word && (value.AsText() == "true" || value.AsText() == "false"))
                    value = value.AsText() == "true";
                if (value.IsNil || value.Kind == DreamKind.Array || value.Kind == DreamKind.Map)
                    throw Bad(word, $"{StoryNames.Head(name.Text, 80)} is one number, text, true or false.", "Write for example: set coins=3.");
                made.Values[name.Text] = value;
            }
            return made;
        }

        StoryStatement Release()
        {
            var made = new StoryStatement("release");
            var names = new List<string>();
            while (!Ends)
            {
                if (Assigns("over"))
                {
                    _at += 2;
                    made.Over = Single("over", 3600);
                    continue;
                }
                var word = Take();
                if (word.Kind != StoryWordKind.Word)
                    throw Bad(word, "`release` takes names of conditions.", "Write for example: release weather over=2.");
                names.Add(word.Text);
            }
            made.Names = names.ToArray();
            return made;
        }

        StoryStatement Wait()
        {
            var word = Take();
            if (word.Kind == StoryWordKind.End)
                throw Bad(word, "`wait` needs a moment.", $"Write one of: {string.Join(", ", Moments)}.");
            if (word.Kind != StoryWordKind.Word || Array.IndexOf(Moments, word.Text) < 0)
                throw Bad(word, $"`wait` cannot wait for {Quoted(word.Text)}.", StoryNames.DidYouMean(word.Text, Moments));
            var made = new StoryStatement("wait") { Moment = word.Text };
            if (word.Text == "shot" || word.Text == "mark")
                made.Name = One($"wait {word.Text}", $"the name of a {word.Text}");
            if (Assigns("limit"))
            {
                _at += 2;
                made.Limit = Single("limit", 86400);
            }
            return End(made);
        }

        void Option(StoryStatement made, string name)
        {
            if (name == "seed")
                made.Seed = (long)Single("seed", MaxSeed, true);
            else if (name == "over")
                made.Over = Single("over", 3600);
            else if (!Word.Names || Array.IndexOf(Easings, Word.Text) < 0)
                throw Bad(Word, $"easing = {Quoted(Word.Text)} is unknown.", StoryNames.DidYouMean(Word.Text, Easings));
            else
                made.Easing = Take().Text;
        }

        /// <summary>A number without a list after it, for those who write decimals with a comma.</summary>
        double Single(string name, double high, bool whole = false)
        {
            var value = Measure(name, high, whole);
            if (Word.Kind == StoryWordKind.Mark && Word.Text == ",")
                throw Bad(Word, $"{name} is one number.", "Write decimals with a point, such as 2.5.");
            return value;
        }

        double Measure(string name, double high, bool whole = false)
        {
            var word = Take();
            var number = word.Kind == StoryWordKind.Word ? Number(word.Text) : null;
            var kind = whole ? "a whole number" : "a number";
            var hint = $"{name} is {kind} from 0 to {((long)high).ToString(CultureInfo.InvariantCulture)}.";
            if (!(number is double value) || (whole && !IsWhole(value)))
                throw Bad(word, $"{name} = {Quoted(word.Text)} is not {kind}.", hint);
            if (!(value >= 0 && value <= high))
                throw Bad(word, $"{name} = {StoryNames.Head(word.Text, 80)} is out of range.", hint);
            return value;
        }

        /// <summary>A number, a word, a text, <c>-</c>, a list of them, or a map of words to weights.</summary>
        DreamValue Value(string name)
        {
            var first = Word;
            var values = new List<DreamValue>();
            var weights = new List<double?>();
            do
                Item(name, values, weights);
            while (Mark(","));
            var weighted = weights.Exists(w => w != null);
            if (values.Count == 1 && !weighted)
                return values[0];
            var words = values.TrueForAll(v => v.Kind == DreamKind.Text);
            if (weighted && words)
            {
                var map = new DreamMap();
                for (var i = 0; i < values.Count; i++)
                {
                    if (map.Has(values[i].AsText()))
                        throw Bad(first, $"{name} names the same option twice.", "Give each option once.");
                    map[values[i].AsText()] = Plain(weights[i] ?? 1);
                }
                return map;
            }
            if (weighted || !(words || values.TrueForAll(v => v.IsNumber)))
                throw Bad(first, $"{name} mixes numbers and words.", "Write 0.1,0.2 or rain:0.7,fog:0.3 or lightning,birds.");
            return values.ToArray();
        }

        void Item(string name, List<DreamValue> values, List<double?> weights)
        {
            var word = Take();
            if (!word.Names)
                throw Bad(word, $"{name} has no value.", $"Write for example {name}=0.5; {name}=- unsets it.");
            DreamValue value = word.Text;
            if (word.Kind == StoryWordKind.Word)
            {
                var number = Number(word.Text);
                if (number is double n && double.IsInfinity(n))
                    throw Bad(word, $"{name} = {StoryNames.Head(word.Text, 80)} is not a finite number.", "Write a smaller one.");
                value = word.Text == "-" ? DreamValue.Nil : number is double found ? Plain(found) : word.Text;
            }
            values.Add(value);
            weights.Add(Mark(":") ? Measure($"the weight of {StoryNames.Head(word.Text, 80)}", 1_000_000) : (double?)null);
        }

        /// <summary>Whole numbers stay whole.</summary>
        static DreamValue Plain(double value) => IsWhole(value) ? (DreamValue)(long)value : value;
    }
}
