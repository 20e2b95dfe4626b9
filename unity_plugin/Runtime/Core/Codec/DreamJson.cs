#nullable enable

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Dreambridge
{
    /// <summary>
    /// Reads JSON into <see cref="DreamValue"/>s: the connection file, bundle.json, what <c>dreambridge … --json</c> prints. Whole
    /// numbers stay whole. Throws <see cref="FormatException"/>, which names the place. <see cref="Write"/> makes JSON of them.
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

        /// <summary>A value as JSON; bytes, floats and numbers that are not finite have no JSON, and become null.</summary>
        public static string Write(in DreamValue value)
        {
            var text = new StringBuilder();
            Put(text, value);
            return text.ToString();
        }

        static void Put(StringBuilder text, in DreamValue value)
        {
            switch (value.Kind)
            {
                case DreamKind.Bool:
                case DreamKind.Int:
                case DreamKind.Float when !double.IsNaN(value.AsNumber()) && !double.IsInfinity(value.AsNumber()):
                    text.Append(value.ToString());
                    break;
                case DreamKind.Text:
                    Put(text, value.AsText());
                    break;
                case DreamKind.Array:
                    text.Append('[');
                    var items = value.AsArray()!;
                    for (var i = 0; i < items.Length; i++)
                    {
                        text.Append(i > 0 ? "," : "");
                        Put(text, items[i]);
                    }
                    text.Append(']');
                    break;
                case DreamKind.Map:
                    text.Append('{');
                    var map = value.AsMap()!;
                    for (var i = 0; i < map.Count; i++)
                    {
                        text.Append(i > 0 ? "," : "");
                        Put(text, map.KeyAt(i));
                        text.Append(':');
                        Put(text, map.ValueAt(i));
                    }
                    text.Append('}');
                    break;
                default:
                    text.Append("null");
                    break;
            }
        }

        static void Put(StringBuilder text, string said)
        {
            text.Append('"');
            foreach (var c in said)
            {
                if (c == '"' || c == '\\')
                    text.Append('\\').Append(c);
                else if (c < ' ' || char.IsSurrogate(c))
                    text.Append("\\u").Append(((int)c).ToString("x4"));
                else
                    text.Append(c);
            }
            text.Append('"');
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
