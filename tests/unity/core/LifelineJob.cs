#nullable enable

using System;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>Tells ports of this process's lifelines, two of one daemon and one of another, and waits to be killed.</summary>
    static class LifelineJob
    {
        internal static DreamMap Run(string[] words)
        {
            Out.Line(new DreamMap { ["last"] = Lifeline.NewPort("a"), ["port"] = Lifeline.NewPort("a"), ["other"] = Lifeline.NewPort("b") });
            Thread.Sleep(Timeout.Infinite);
            return new DreamMap();
        }

        /// <summary>
        /// As in the editor: each port is opened in a domain of its own, which is unloaded, and what is known of the ports is one text. With the word
        /// "quits" all are closed in one more domain. Also tells how many files of this process the system holds: one for each port that is open.
        /// </summary>
        internal static DreamMap Reloaded(string[] words)
        {
            var text = "";
            int Port(string daemon)
            {
                var said = Domains.Inside(typeof(EditorsLifeline), daemon + "\n" + text).Split('\n');
                text = said[1];
                return int.Parse(said[0]);
            }
            // The runtime makes its own helpers at the first one.
            Port("a");
            var before = Domains.Handles();
            var told = new DreamMap { ["last"] = Port("a"), ["port"] = Port("a"), ["other"] = Port("ü;:") };
            told["handles"] = Domains.Handles() - before;
            if (words.Length > 0)
                Port("");
            Out.Line(told);
            Thread.Sleep(Timeout.Infinite);
            return told;
        }
    }

    /// <summary>What the editor does with a lifeline, in a domain of its own.</summary>
    public static class EditorsLifeline
    {
        /// <summary>The name of a daemon (empty: the editor quits), and what is known of the ports; a port, and what is known now.</summary>
        public static string Visit(string given)
        {
            var words = given.Split('\n');
            var text = words[1];
            Lifeline.Memory = (() => text, now => text = now);
            var port = 0;
            if (words[0].Length > 0)
                port = Lifeline.NewPort(words[0]);
            else
                Lifeline.CloseLasting();
            GC.Collect();
            return port + "\n" + text;
        }
    }
}
