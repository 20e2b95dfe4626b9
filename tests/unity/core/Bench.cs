#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Times of the main thread's work. "read RING ROUNDS": a line "next" on the standard output asks for a frame and a line on the
    /// standard input tells that it is there; read and bare copy take turns. "write RING ROUNDS" publishes pictures of a view, in turns with a
    /// bare copy into a map. "poll DAEMON N" and "direct DAEMON N" play a stream.
    /// </summary>
    static class Bench
    {
        internal static DreamMap Run(string[] words)
        {
            var n = int.Parse(words[2]);
            return words[0] == "read" ? Read(words[1], n) : words[0] == "write" ? Write(words[1], n) : words[0] == "poll" ? Poll(words[1], n) : Direct(words[1], n);
        }

        /// <summary>Where the pixels of the latest publication lie.</summary>
        internal static unsafe IntPtr LatestPixels(RingMap map) =>
            (IntPtr)map.At(RingLayout.Header + (map.Word(RingLayout.Latest) - 1) % map.Int32(RingLayout.SlotCount) * map.Int64(RingLayout.SlotStride)
                + RingLayout.SlotHeader);

        static double Micro(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

        static unsafe DreamMap Read(string ring, int rounds)
        {
            using (var reader = new RingReader())
            using (var map = new RingMap(ring))
            {
                if (!reader.Open(ring))
                    throw new InvalidOperationException(reader.Error);
                var into = Marshal.AllocHGlobal(reader.FrameBytes + 4096);
                // As engines give it: aligned, at no special place in its page.
                var at = (IntPtr)(((long)into + 63) & ~63L);
                var (reads, copies) = (new List<DreamValue>(), new List<DreamValue>());
                for (var i = 0; i < 2 * (rounds + 10); i++)
                {
                    Console.Out.WriteLine("next");
                    Console.Out.Flush();
                    Console.In.ReadLine();
                    long begun, ended;
                    if (i % 2 == 0)
                    {
                        begun = Stopwatch.GetTimestamp();
                        var got = reader.TryRead(at, reader.FrameBytes);
                        ended = Stopwatch.GetTimestamp();
                        if (!got)
                            throw new InvalidOperationException("there is no new frame");
                    }
                    else
                    {
                        var from = LatestPixels(map);
                        begun = Stopwatch.GetTimestamp();
                        Buffer.MemoryCopy((void*)from, (void*)at, reader.FrameBytes, reader.FrameBytes);
                        ended = Stopwatch.GetTimestamp();
                    }
                    if (i >= 20)
                        (i % 2 == 0 ? reads : copies).Add(Micro(ended - begun));
                }
                Marshal.FreeHGlobal(into);
                return new DreamMap { ["read_us"] = reads.ToArray(), ["copy_us"] = copies.ToArray(), ["torn"] = reader.Torn };
            }
        }

        static unsafe DreamMap Write(string ring, int rounds)
        {
            using (var view = new ViewWriter())
            using (var map = new RingMap(ring, true))
            {
                if (!view.Open(ring))
                    throw new InvalidOperationException(view.Error);
                var size = view.LayerBytes * view.Layers;
                var from = (byte*)Marshal.AllocHGlobal(size);
                for (var i = 0; i < size; i++)
                    from[i] = (byte)i;
                var (writes, copies) = (new List<DreamValue>(), new List<DreamValue>());
                for (var i = 0; i < 2 * (rounds + 10); i++)
                {
                    // The picture is another one, and so in no cache.
                    for (var k = 0; k < size; k += 64)
                        from[k] = (byte)(i + k);
                    var begun = Stopwatch.GetTimestamp();
                    if (i % 2 == 0)
                        view.Publish((IntPtr)from, view.Layers > 1 ? (IntPtr)(from + view.LayerBytes) : IntPtr.Zero, i, i);
                    else
                        Buffer.MemoryCopy(from, (void*)LatestPixels(map), size, size);
                    var ended = Stopwatch.GetTimestamp();
                    if (i >= 20)
                        (i % 2 == 0 ? writes : copies).Add(Micro(ended - begun));
                }
                Marshal.FreeHGlobal((IntPtr)from);
                return new DreamMap { ["write_us"] = writes.ToArray(), ["copy_us"] = copies.ToArray(), ["published"] = view.Published };
            }
        }

        static DreamMap Poll(string daemon, int n)
        {
            using (var bed = new Bed())
            {
                bed.Session.Start(daemon, new OpenRequest { Bundle = "testcard" });
                bed.Must("opens", bed.Until(() => bed.Frames > 5));
                bed.Must("pauses", bed.Session.Pause() && bed.Until(() => bed.Session.State == StreamState.Paused));
                bed.Until(() => false, 0.2);
                for (var i = 0; i < 20000; i++)
                    bed.Tick();
                bed.Frames = 0;
                var times = new double[50];
                var (bytes, _, collections) = Steady.Measured(() =>
                {
                    for (var k = 0; k < times.Length; k++)
                    {
                        var begun = Stopwatch.GetTimestamp();
                        for (var i = 0; i < n; i++)
                            bed.Tick();
                        times[k] = Micro(Stopwatch.GetTimestamp() - begun) / n;
                    }
                });
                return new DreamMap
                {
                    ["poll_us"] = Array.ConvertAll(times, t => (DreamValue)t), ["bytes"] = bytes, ["collections"] = collections, ["frames"] = bed.Frames,
                };
            }
        }

        static DreamMap Direct(string daemon, int n)
        {
            using (var bed = new Bed())
            {
                bed.Session.Start(daemon, new OpenRequest { Bundle = "testcard" });
                bed.Must("opens", bed.Until(() => bed.Frames > 5));
                var times = new double[n];
                var flushes = new double[n];
                long allocated = 0;
                void Play(int count, double[] into)
                {
                    for (var i = 0; i < count; i++)
                    {
                        bed.Tick();
                        var begun = Stopwatch.GetTimestamp();
                        var had = Steady.Bytes;
                        bed.Session.Direct("level", i % 100 / 100.0, 0.1);
                        allocated += Steady.Bytes - had;
                        var done = Stopwatch.GetTimestamp();
                        into[i % into.Length] = Micro(done - begun);
                        bed.Session.Flush();
                        flushes[i % into.Length] = Micro(Stopwatch.GetTimestamp() - done);
                        Thread.Sleep(1);
                    }
                }
                Play(DirectionLog.Kept + 200, times);
                allocated = 0;
                var (_, _, collections) = Steady.Measured(() => Play(n, times));
                return new DreamMap
                {
                    ["direct_us"] = Array.ConvertAll(times, t => (DreamValue)t), ["flush_us"] = Array.ConvertAll(flushes, t => (DreamValue)t), ["bytes"] = allocated, ["collections"] = collections, ["errors"] = bed.Errors.Count,
                };
            }
        }
    }
}
