#nullable enable

using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>Tells the port of this process's lifeline, and waits to be killed.</summary>
    static class LifelineJob
    {
        internal static DreamMap Run(string[] words)
        {
            Out.Line(new DreamMap { ["port"] = Lifeline.Port, ["again"] = Lifeline.Port });
            Thread.Sleep(Timeout.Infinite);
            return new DreamMap();
        }
    }
}
