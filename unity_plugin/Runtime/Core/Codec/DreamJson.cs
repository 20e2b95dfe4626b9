#nullable enable

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Dreambridge
{
    /// <summary>
    /// Reads JSON into <see cref="DreamValue"/>s: the connection file, bundle.json, what <c>dreambridge … --json</c> prints. Whole
    /// numbers stay whole. Throws <see cref="FormatException"/>, which names the place.
    /// </summary>
    public static class DreamJson
    {
        public static DreamValue Parse(string text)
        {
            var at = 0;
            var value = Read(text, ref at, 0);
            Space(text, ref at);
            return at == text.Length ? value : throw Wrong(at, "something follows the value");
        }

        static DreamValue Read(string text, ref int at, int depth)
        {
            if (depth > Messages.MaxDepth)
                throw Wrong(at, $"nested deeper than {Messages.MaxDepth}");
            switch (Next(text, ref at))
            {
                case '{':
                    return Object(text, ref at, depth);
                case '[':
                    return List(text, ref at, depth);
                case '"':
                    return Text(text, ref at);
                case 't':
                    return Word(text, ref at, "true", true);
                case 'f':
                    return Word(text, ref at, "false", false);
                case 'n':
                    return Word(text, ref at, "null", DreamValue.Nil);
                default:
                    return Number(text, ref at);
            }
        }

        static DreamValue Object(string text, ref int at, int depth)
        {
            var map = new DreamMap();
            at++;
            while (Next(text, ref at) != '}')
            {
                if (map.Count > 0)
                    Expect(text, ref at, ',');
                if (Next(text, ref at) != '"')
                    throw Wrong(at, "a name should stand here");
                var name = Text(text, ref at);
                Expect(text, ref at, ':');
                map[name] = Read(text, ref at, depth + 1);
            }
            at++;
            return map;
        }

        static DreamValue List(string text, ref int at, int depth)
        {
            var items = new List<DreamValue>();
            at++;
            while (Next(text, ref at) != ']')
            {
                if (items.Count > 0)
                    Expect(text, ref at, ',');
                items.Add(Read(text, ref at, depth + 1));
            }
            at++;
            return items.ToArray();
        }

        static string Text(string text, ref int at)
        {
            var begun = at++;
            var made = new StringBuilder();
            while (true)
            {
                if (at >= text.Length)
                    throw Wrong(begun, "the text does not end");
                var c = text[at++];
                if (c == '"')
                    return made.ToString();
                if (c < ' ')
                    throw Wrong(at - 1, "a control character in a text");
                if (c != '\\')
                {
                    made.Append(c);
                    continue;
                }
                var escape = at < text.Length ? text[at++] : ' ';
                var plain = "\"\\/bfnrt".IndexOf(escape);
                if (plain >= 0)
                    made.Append("\"\\/\b\f\n\r\t"[plain]);
                else if (escape == 'u' && at + 4 <= text.Length
                    && ushort.TryParse(text.Substring(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                {
                    made.Append((char)code);
                    at += 4;
                }
                else
                    throw Wrong(at - 1, "no such escape");
            }
        }

        static DreamValue Number(string text, ref int at)
        {
            var begun = at;
            while (at < text.Length && "+-.0123456789eE".IndexOf(text[at]) >= 0)
                at++;
            var word = text.Substring(begun, at - begun);
            if (long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                return whole;
            if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                return number;
            throw Wrong(begun, "no value begins here");
        }

        static DreamValue Word(string text, ref int at, string word, DreamValue value)
        {
            if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0)
                throw Wrong(at, "no value begins here");
            at += word.Length;
            return value;
        }

        static void Expect(string text, ref int at, char wanted)
        {
            if (Next(text, ref at) != wanted)
                throw Wrong(at, $"'{wanted}' should stand here");
            at++;
        }

        /// <summary>The next character that is no space; '\0' at the end, which begins nothing.</summary>
        static char Next(string text, ref int at)
        {
            Space(text, ref at);
            return at < text.Length ? text[at] : '\0';
        }

        static void Space(string text, ref int at)
        {
            while (at < text.Length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t'))
                at++;
        }

        static FormatException Wrong(int at, string what) => new FormatException($"JSON, character {at}: {what}");
    }
}
