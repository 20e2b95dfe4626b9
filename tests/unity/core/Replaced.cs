#nullable enable

using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>Reads the ring (first word), says so, waits until another took its place and reads that one too. Tells of its heartbeat in between.</summary>
    static class Replaced
    {
        internal static DreamMap Run(string[] words)
        {
            var into = Marshal.AllocHGlobal(1 << 20);
            using (var reader = new RingReader())
            {
                var opened = reader.Open(words[0]);
                var out_ = new DreamMap { ["first"] = opened && reader.TryRead(into, 1 << 20), ["width"] = reader.Width, ["alive"] = reader.Alive() };
                Out.Line(new DreamMap { ["read"] = true });
                var early = false;
                var alive = true;
                for (var i = 0; i < 2000 && (reader.State != RingState.Superseded || alive); i++)
                {
                    Thread.Sleep(10);
                    alive = reader.Alive(300);
                }
                early = reader.Reopen();
                out_["state"] = reader.State.ToString();
                out_["still_alive"] = alive;
                Out.Line(new DreamMap { ["superseded"] = true });
                for (var i = 0; i < 2000 && !reader.Reopen(); i++)
                    Thread.Sleep(10);
                out_["early"] = early;
                var second = reader.TryRead(into, 1 << 20);
                for (var i = 0; i < 2000 && !second; i++)
                {
                    Thread.Sleep(1);
                    second = reader.TryRead(into, 1 << 20);
                }
                out_["second"] = second;
                out_["new_width"] = reader.Width;
                try
                {
                    reader.TryRead(into, 16);
                    out_["small"] = "";
                }
                catch (ArgumentException e)
                {
                    out_["small"] = e.Message;
                }
                return out_;
            }
        }
    }
}
