#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>Depth as three bytes: d = (65536 r + 256 g + b) / 16777215, 0 near to 1 far, linear (PROTOCOL.md, part 4).</summary>
    public static class DreamDepth
    {
        const int MaxPacked = (1 << 24) - 1;

        /// <summary>The 24 bits of a depth (r is the highest byte); what is beyond 0-1 is cut off, NaN is far.</summary>
        public static int Pack(double depth) =>
            double.IsNaN(depth) ? MaxPacked : (int)Math.Floor(Math.Min(Math.Max(depth, 0), 1) * MaxPacked + 0.5);

        public static double Unpack(int packed) => (packed & MaxPacked) / (double)MaxPacked;

        /// <summary>Depths as pixels r, g, b, 255 into <paramref name="pixels"/>, which has room for four bytes each.</summary>
        public static void Pack(float[] depths, byte[] pixels)
        {
            if (pixels.Length < 4 * depths.Length)
                throw new ArgumentException($"{depths.Length} depths need {4 * depths.Length} bytes, not {pixels.Length}", nameof(pixels));
            for (var i = 0; i < depths.Length; i++)
            {
                var n = Pack(depths[i]);
                pixels[4 * i] = (byte)(n >> 16);
                pixels[4 * i + 1] = (byte)(n >> 8);
                pixels[4 * i + 2] = (byte)n;
                pixels[4 * i + 3] = 255;
            }
        }
    }
}
