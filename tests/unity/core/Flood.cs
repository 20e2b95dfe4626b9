#nullable enable

using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>The daemon (first word) sends so many (second word) numbered messages at once. What the main thread handles of them in each Poll.</summary>
    static class Flood
    {
        internal static DreamMap Run(string[] words)
        {
            var count = int.Parse(words[1]);
            using (var channel = new DreamChannel())
            {
                int handled = 0, most = 0;
                var inOrder = true;
                channel.Arrived += m =>
                {
                    if (m.Kind == IncomingKind.Live)
                        return;
                    inOrder &= m.Int("number") == handled;
                    handled++;
                };
                channel.Start(words[0]);
                // As long as a level loads, the thread reads on; until no more comes.
                var before = -1;
                while (channel.Waiting == 0 || channel.Waiting != before)
                {
                    before = channel.Waiting;
                    Thread.Sleep(500);
                }
                var budget = channel.Budget;
                channel.Budget = 0;
                channel.Poll(); // the welcome
                var withoutTime = "";
                for (var i = 0; i < 3; i++)
                {
                    var start = handled;
                    channel.Poll();
                    withoutTime += handled - start;
                }
                channel.Budget = budget;
                while (handled < count)
                {
                    var start = handled;
                    channel.Poll();
                    most = System.Math.Max(most, handled - start);
                    if (handled == start)
                        Thread.Sleep(1);
                }
                return new DreamMap
                {
                    ["handled"] = handled, ["most_in_a_tick"] = most, ["in_order"] = inOrder, ["waiting"] = before, ["without_time"] = withoutTime,
                };
            }
        }
    }
}
