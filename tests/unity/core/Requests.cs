#nullable enable

using System.Collections.Generic;

namespace Dreambridge.Tests
{
    /// <summary>Every request that the core writes, as hexadecimal: Python decodes them with its own strict types.</summary>
    static class Requests
    {
        internal static DreamMap Run(string[] words)
        {
            var made = new List<DreamValue>();
            void Keep(MsgpackWriter w) => made.Add(Out.Hex(w.Data, w.Length));
            foreach (var fps in new[] { 0.0, -1, 12 })
            {
                var w = new MsgpackWriter();
                var request = new OpenRequest { Bundle = "vista", Seed = 3, Fps = fps, Threads = 2, Priority = "idle", MaxCpu = 0.5, Level = "light", Paused = true, LessFlashing = true, Slots = 8 };
                w.MapHead(request.Fields + 2);
                w.Text("type");
                w.Text(Messages.Open);
                w.Text("id");
                w.Int(2);
                request.Write(w, new DreamMap { ["weather"] = "storm", ["pose"] = new float[51] });
                Keep(w);
            }
            return new DreamMap { ["requests"] = made.ToArray() };
        }
    }
}
