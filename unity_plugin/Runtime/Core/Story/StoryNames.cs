#nullable enable

using System;
using System.Collections.Generic;
using System.Text;

namespace Dreambridge
{
    /// <summary>The name that was probably meant: the same one as in each other language (protocol/vectors/script.json).</summary>
    public static class StoryNames
    {
        const int MaxWord = 64;

        /// <summary>The first of the nearest names, if at most a third of its letters (at least one) differ; null: none is near.</summary>
        public static string? Near(string word, IEnumerable<string> names)
        {
            var from = Letters(Head(word, MaxWord).ToLowerInvariant());
            string? found = null;
            var best = MaxWord;
            foreach (var name in names)
            {
                var to = Letters(Head(name.ToLowerInvariant(), MaxWord));
                var away = Distance(from, to);
                var most = Math.Max(1, Math.Max(from.Length, Letters(name).Length) / 3);
                if (away <= most && away < best)
                    (found, best) = (name, away);
            }
            return found;
        }

        /// <summary>"Did you mean 'storm'? Known: …"</summary>
        public static string DidYouMean(string word, IReadOnlyCollection<string> names)
        {
            var found = Near(word, names);
            return (found == null ? "" : $"Did you mean {Quoted(found)}? ") + $"Known: {(names.Count > 0 ? string.Join(", ", names) : "none")}.";
        }

        /// <summary>A name as messages show it.</summary>
        public static string Quoted(string word) => $"'{Head(word, 80)}'";

        /// <summary>The first so many code points.</summary>
        internal static string Head(string text, int count)
        {
            if (text.Length <= count)
                return text;
            var letters = Letters(text);
            return Text(letters, 0, Math.Min(count, letters.Length));
        }

        /// <summary>The code points; half of a pair counts as one.</summary>
        internal static int[] Letters(string text)
        {
            var letters = new List<int>(text.Length);
            for (var i = 0; i < text.Length; i++)
            {
                var pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
                letters.Add(pair ? char.ConvertToUtf32(text[i], text[++i]) : text[i]);
            }
            return letters.ToArray();
        }

        internal static string Text(int[] letters, int begin, int end)
        {
            var text = new StringBuilder(end - begin);
            for (var i = begin; i < end; i++)
                Append(text, letters[i]);
            return text.ToString();
        }

        internal static void Append(StringBuilder text, int letter)
        {
            if (letter <= char.MaxValue)
                text.Append((char)letter);
            else
                text.Append(char.ConvertFromUtf32(letter));
        }

        /// <summary>Letters to insert, delete, replace or swap with their neighbour to make one of the other.</summary>
        static int Distance(int[] a, int[] b)
        {
            int[] last, before = Array.Empty<int>(), row = new int[b.Length + 1];
            for (var j = 0; j <= b.Length; j++)
                row[j] = j;
            for (var i = 0; i < a.Length; i++)
            {
                (last, before, row) = (before, row, new int[b.Length + 1]);
                row[0] = i + 1;
                for (var j = 0; j < b.Length; j++)
                {
                    var best = Math.Min(Math.Min(before[j + 1] + 1, row[j] + 1), before[j] + (a[i] != b[j] ? 1 : 0));
                    if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
                        best = Math.Min(best, last[j - 1] + 1);
                    row[j + 1] = best;
                }
            }
            return row[b.Length];
        }
    }
}
