#nullable enable

using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;

namespace Dreambridge.Tests
{
    /// <summary>
    /// What it would cost to read a ring (first word) by calls and not by a map: microseconds, p50 of so many rounds (second word), of a
    /// frame copied out of the map, read by one call into the engine's memory, read by way of an array, of one word by a call, and of the file's length.
    /// </summary>
    static class Calls
    {
        internal static unsafe DreamMap Run(string[] words)
        {
            var rounds = int.Parse(words[1]);
            using (var reader = new RingReader())
            using (var map = new RingMap(words[0]))
            using (var file = new FileStream(words[0], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1))
            {
                if (!reader.Open(words[0]))
                    throw new InvalidOperationException(reader.Error);
                var size = reader.FrameBytes;
                var into = (byte*)Marshal.AllocHGlobal(size);
                var array = new byte[size];
                var word = new byte[8];
                var from = (byte*)Bench.LatestPixels(map);
                var kept = 0L;
                var at = RingLayout.Header + RingLayout.SlotHeader;
                void Whole(long offset, Span<byte> to)
                {
                    file.Seek(offset, SeekOrigin.Begin);
                    while (to.Length > 0)
                        to = to.Slice(file.Read(to));
                }
                void Array()
                {
                    file.Seek(at, SeekOrigin.Begin);
                    for (var done = 0; done < size;)
                        done += file.Read(array, done, size - done);
                    Marshal.Copy(array, 0, (IntPtr)into, size);
                }
                var said = new DreamMap
                {
                    ["bytes"] = size,
                    ["map"] = P50(rounds, () => Buffer.MemoryCopy(from, into, size, size)),
                    ["call"] = P50(rounds, () => Whole(at, new Span<byte>(into, size))),
                    ["call_and_copy"] = P50(rounds, Array),
                    ["word"] = P50(rounds, () =>
                    {
                        file.Seek(RingLayout.Latest, SeekOrigin.Begin);
                        file.Read(word, 0, 8);
                    }),
                };
                said["length"] = P50(rounds, () => kept += file.Length);
                var (bytes, _, collections) = Steady.Measured(() => P50(rounds, () => Whole(at, new Span<byte>(into, size))));
                said["call_bytes"] = bytes / rounds;
                said["call_collections"] = collections;
                Marshal.FreeHGlobal((IntPtr)into);
                return said;
            }
        }

        static double P50(int rounds, Action action)
        {
            var times = new double[rounds];
            for (var i = -20; i < rounds; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                action();
                if (i >= 0)
                    times[i] = (Stopwatch.GetTimestamp() - begun) * 1e6 / Stopwatch.Frequency;
            }
            Array.Sort(times);
            return times[rounds / 2];
        }
    }
}
