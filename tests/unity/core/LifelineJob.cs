#nullable enable

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
    }
}
