#nullable enable

using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Dreambridge
{
    /// <summary>
    /// Words as one command line of Windows, by the rules of CommandLineToArgvW: backslashes mean themselves, except before a quotation mark.
    /// </summary>
    static class WindowsLine
    {
        internal static string Of(IEnumerable<string> words) => string.Join(" ", words.Select(Quoted));

        static string Quoted(string word)
        {
            if (word.Length > 0 && word.IndexOfAny(new[] { ' ', '\t', '\n', '\v', '"' }) < 0)
                return word;
            var line = new StringBuilder("\"");
            var backslashes = 0;
            foreach (var c in word)
            {
                if (c == '"')
                    line.Append('\\', backslashes + 1);
                backslashes = c == '\\' ? backslashes + 1 : 0;
                line.Append(c);
            }
            return line.Append('\\', backslashes).Append('"').ToString();
        }
    }
}
