#nullable enable

using System;
using System.Globalization;
using System.Text;

namespace Dreambridge.Tests
{
    /// <summary>Values as JSON lines on the standard output.</summary>
    static class Out
    {
        internal static void Line(DreamMap map)
        {
            var text = new StringBuilder();
            Put(text, map);
            lock (Console.Out)
            {
                Console.Out.WriteLine(text.ToString());
                Console.Out.Flush();
            }
        }

        internal static string Hex(byte[] data, int count)
        {
            var text = new StringBuilder();
            for (var i = 0; i < count; i++)
                text.Append(data[i].ToString("x2"));
            return text.ToString();
        }

        internal static byte[] Unhex(string hex)
        {
            var data = new byte[hex.Length / 2];
            for (var i = 0; i < data.Length; i++)
                data[i] = byte.Parse(hex.Substring(2 * i, 2), NumberStyles.HexNumber);
            return data;
        }

        static void Put(StringBuilder text, in DreamValue value)
        {
            switch (value.Kind)
            {
                case DreamKind.Nil:
                    text.Append("null");
                    break;
                case DreamKind.Float when double.IsNaN(value.AsNumber()) || double.IsInfinity(value.AsNumber()):
                    text.Append("null");
                    break;
                case DreamKind.Text:
                    Put(text, value.AsText());
                    break;
                case DreamKind.Array:
                    var items = value.AsArray()!;
                    for (var i = 0; i < items.Length; i++)
                    {
                        text.Append(i == 0 ? '[' : ',');
                        Put(text, items[i]);
                    }
                    text.Append(items.Length == 0 ? "[]" : "]");
                    break;
                case DreamKind.Map:
                    var map = value.AsMap()!;
                    text.Append('{');
                    for (var i = 0; i < map.Count; i++)
                    {
                        Put(text, i == 0 ? "" : ",", map.KeyAt(i));
                        Put(text, map.ValueAt(i));
                    }
                    text.Append('}');
                    break;
                default:
                    text.Append(value.ToString());
                    break;
            }
        }

        static void Put(StringBuilder text, string before, string key)
        {
            text.Append(before);
            Put(text, key);
            text.Append(':');
        }

        static void Put(StringBuilder text, string value)
        {
            text.Append('"');
            foreach (var c in value)
            {
                if (c == '"' || c == '\\')
                    text.Append('\\').Append(c);
                else if (c < ' ')
                    text.Append("\\u").Append(((int)c).ToString("x4"));
                else
                    text.Append(c);
            }
            text.Append('"');
        }
    }
}
