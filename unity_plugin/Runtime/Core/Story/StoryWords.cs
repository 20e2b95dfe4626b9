#nullable enable

using System.Collections.Generic;
using System.Text;

namespace Dreambridge
{
    enum StoryWordKind
    {
        Word,
        /// <summary>In quotation marks.</summary>
        Text,
        /// <summary>One of <c>= , :</c></summary>
        Mark,
        End,
    }

    readonly struct StoryWord
    {
        internal readonly StoryWordKind Kind;
        internal readonly string Text;
        /// <summary>In code points, from 1.</summary>
        internal readonly int Column;

        internal StoryWord(StoryWordKind kind, string text, int column)
        {
            Kind = kind;
            Text = text;
            Column = column;
        }

        /// <summary>Can it be a name: a word, or a text in quotation marks?</summary>
        internal bool Names => Kind == StoryWordKind.Word || Kind == StoryWordKind.Text;
    }

    /// <summary>Splits the text of a direction into words, quoted texts and marks (protocol/SCRIPT.md).</summary>
    static class StoryWords
    {
        internal const int MaxLength = 10_000;
        const string Marks = "=,:";
        const string Space = " \t\r\n\u00a0\u3000";
        // Marks of writing direction, joiners of nothing, and the byte order mark: an editor puts them in, and nobody sees them.
        const string Invisible = "\u061c\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";
        const string Opening = "\"'“„«";
        static readonly string[] Closing = { "\"", "'", "”", "“”", "»" };

        /// <exception cref="StoryError">The text is too long, or a quotation mark is not closed.</exception>
        internal static List<StoryWord> Split(string text)
        {
            var letters = StoryNames.Letters(text);
            if (letters.Length > MaxLength)
                throw new StoryError(1, $"The direction has {letters.Length} characters; the limit is {MaxLength}.", "Is a quotation mark missing?");
            var words = new List<StoryWord>();
            for (var at = 0; at < letters.Length;)
            {
                if (Is(Space, letters[at]) || Is(Invisible, letters[at]))
                    at++;
                else if (Is(Marks, letters[at]))
                    words.Add(new StoryWord(StoryWordKind.Mark, ((char)letters[at]).ToString(), ++at));
                else if (Is(Opening, letters[at]))
                    at = Quoted(letters, at, words);
                else
                    at = Bare(letters, at, words);
            }
            words.Add(new StoryWord(StoryWordKind.End, "", letters.Length + 1));
            return words;
        }

        static int Quoted(int[] letters, int begin, List<StoryWord> words)
        {
            var closing = Closing[Opening.IndexOf((char)letters[begin])];
            var said = new StringBuilder();
            var at = begin + 1;
            for (; at < letters.Length && !Is(closing, letters[at]); at++)
            {
                if (letters[at] == '\\' && at + 1 < letters.Length && (letters[at + 1] == '\\' || Is(closing, letters[at + 1])))
                    at++;
                StoryNames.Append(said, letters[at]);
            }
            if (at >= letters.Length)
            {
                var head = StoryNames.Text(letters, begin, System.Math.Min(begin + 20, letters.Length));
                throw new StoryError(begin + 1, $"A quotation mark is not closed: {head}", $"Close it with {closing[closing.Length - 1]}.");
            }
            words.Add(new StoryWord(StoryWordKind.Text, said.ToString(), begin + 1));
            return at + 1;
        }

        static int Bare(int[] letters, int begin, List<StoryWord> words)
        {
            var said = new StringBuilder();
            var at = begin;
            for (; at < letters.Length && !Is(Space, letters[at]) && !Is(Marks, letters[at]); at++)
            {
                if (!Is(Invisible, letters[at]))
                    StoryNames.Append(said, letters[at]);
            }
            words.Add(new StoryWord(StoryWordKind.Word, said.ToString(), begin + 1));
            return at;
        }

        static bool Is(string group, int letter) => letter <= char.MaxValue && group.IndexOf((char)letter) >= 0;
    }
}
