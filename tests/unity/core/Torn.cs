#nullable enable

using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Reads the ring (first word) so many times (second) while another process writes it without a rest, the same 8 bytes at the
    /// begin and at three quarters of each frame (a copy may read the two ends at once); counts frames in which they differ. Third word "unverified": the control, without the second look.
    /// </summary>
    static class Torn
    {
        internal static unsafe DreamMap Run(string[] words)
        {
            var wanted = int.Parse(words[1]);
            using (var reader = new RingReader { Verify = words.Length < 3 })
            {
                if (!reader.Open(words[0]))
                    throw new InvalidOperationException(reader.Error);
                var size = reader.FrameBytes;
                var into = Marshal.AllocHGlobal(size);
                long taken = 0, torn = 0, publications = 0, last = 0, none = 0;
                var clock = Stopwatch.StartNew();
                while (taken < wanted && clock.Elapsed.TotalSeconds < 150)
                {
                    reader.Forget();
                    if (!reader.TryRead(into, size))
                    {
                        none++;
                        continue;
                    }
                    taken++;
                    if (*(long*)into != *((long*)into + size / 8 / 4 * 3))
                        torn++;
                    if (reader.Shown != last)
                        publications++;
                    last = reader.Shown;
                }
                Marshal.FreeHGlobal(into);
                return new DreamMap
                {
                    ["taken"] = taken, ["torn"] = torn, ["publications"] = publications, ["thrown_away"] = reader.Torn, ["none"] = none,
                    ["seconds"] = clock.Elapsed.TotalSeconds,
                };
            }
        }
    }
}
