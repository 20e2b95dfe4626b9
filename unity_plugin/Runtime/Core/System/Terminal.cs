#nullable enable

using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;

namespace Dreambridge
{
    /// <summary>Command lines for messages, which can be pasted into a terminal as they are.</summary>
    static class Terminal
    {
        const string Plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

        static bool Windows => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

        /// <summary>The words as one line; what has a space or a special character in it is quoted.</summary>
        internal static string Line(IEnumerable<string> words) => string.Join(" ", words.Select(Quoted));

        /// <summary>The line that starts the daemon of that name with that program; null: the command on PATH.</summary>
        internal static string Serve(string daemon, IEnumerable<string>? program = null)
        {
            var words = new List<string>(program ?? new[] { "dreambridge" }) { "serve" };
            if (daemon != "default")
                words.AddRange(new[] { "--name", daemon });
            return Line(words);
        }

        /// <summary>The line that ends a process that does not listen.</summary>
        internal static string End(int pid) => Windows ? "taskkill /F /PID " + pid : "kill -9 " + pid;

        static string Quoted(string word)
        {
            if (word.Length > 0 && word.All(c => Plain.IndexOf(c) >= 0 || (Windows && c == '\\')))
                return word;
            return Windows ? "\"" + word.Replace("\"", "\\\"") + "\"" : "'" + word.Replace("'", "'\"'\"'") + "'";
        }
    }
}
