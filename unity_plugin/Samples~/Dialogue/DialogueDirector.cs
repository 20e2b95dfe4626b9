#nullable enable
using System;
using System.Collections.Generic;
using System.Globalization;
using UnityEngine;

namespace Dreambridge.Samples
{
    /// <summary>
    /// Turns a line's tags into directions: <c>dream: weather=storm over=3 prompt="a storm over the coast"</c>. Values are numbers, words,
    /// or texts in quotes; <c>-</c> unsets; <c>cut</c> alone makes it a cut.
    /// </summary>
    public sealed class DialogueDirector : MonoBehaviour
    {
        private const string Prefix = "dream:";
        [SerializeField] private DreamStream? _stream = null;

        /// <summary>The stream that the dialogue directs; when null, the one on the same GameObject.</summary>
        public DreamStream? stream { get => _stream; set => _stream = value; }

        /// <summary>Direct what a line's tags say; other tags are passed by.</summary>
        public void Tell(IEnumerable<string> tags)
        {
            foreach (var tag in tags)
            {
                var text = tag.Trim().TrimStart('#').TrimStart();
                if (text.StartsWith(Prefix, StringComparison.Ordinal)) Direct(text.Substring(Prefix.Length));
            }
        }

        /// <summary>Direct what stands behind the prefix. The ticket for <see cref="DreamStream.IsShown"/>; 0 when there is nothing to direct.</summary>
        public int Direct(string text)
        {
            var s = _stream ? _stream : GetComponent<DreamStream>();
            if (!s) return 0;
            var (values, over, cut) = Read(text);
            return cut ? s!.Cut(values) : values.Count > 0 ? s!.Direct(values, over) : 0;
        }

        /// <summary>The values, the seconds (below 0: each condition's own), and whether it is a cut.</summary>
        /// <exception cref="FormatException">A word is neither name=value nor cut; the message names it.</exception>
        public static (DreamMap values, double over, bool cut) Read(string text)
        {
            var values = new DreamMap();
            double over = -1;
            var cut = false;
            foreach (var word in Words(text))
            {
                var at = word.IndexOf('=');
                if (word == "cut") cut = true;
                else if (at <= 0) throw new FormatException("\"" + word + "\" is not name=value: write for example weather=storm.");
                else if (word.Substring(0, at) == "over") over = double.Parse(word.Substring(at + 1), CultureInfo.InvariantCulture);
                else values[word.Substring(0, at)] = Value(word.Substring(at + 1));
            }
            return (values, over, cut);
        }

        private static DreamValue Value(string text) => text == "-" ? DreamValue.Nil
            : text.Length > 1 && text[0] == '"' ? text.Trim('"')
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : (DreamValue)text;

        private static IEnumerable<string> Words(string text)
        {
            var begun = -1;
            var quoted = false;
            for (var i = 0; i <= text.Length; i++)
            {
                var end = i == text.Length || (!quoted && char.IsWhiteSpace(text[i]));
                if (i < text.Length && text[i] == '"') quoted = !quoted;
                if (!end && begun < 0) begun = i;
                if (!end || begun < 0) continue;
                yield return text.Substring(begun, i - begun);
                begun = -1;
            }
        }
    }
}
