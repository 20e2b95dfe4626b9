#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>The layers of a view, and how normals and motion are packed into the bytes of a pixel (PROTOCOL.md, part 4). Depth is in <see cref="DreamDepth"/>.</summary>
    public static class ViewLayers
    {
        public const string Label = "label", Colour = "colour", Depth = "depth", Normal = "normal", Motion = "motion";

        /// <summary>The bytes r, g, b of no normal.</summary>
        public const int NoNormal = Zero << 16 | Zero << 8 | Zero;

        /// <summary>The bytes r, g, b of a motion that is unknown.</summary>
        public const int UnknownMotion = 0;

        const int Zero = 128, Scale = 127, Middle = 2048, PerPixel = 16;
        const double MaxMotion = 2047.0 / PerPixel;

        /// <summary>All layers, in their order in a slot of the ring.</summary>
        public static IReadOnlyList<string> All { get; } = new[] { Label, Colour, Depth, Normal, Motion };

        /// <summary>r, g, b (r is the highest byte) of a normal of any length: x to the right, y up, z towards the camera. 0, 0, 0 or NaN: none.</summary>
        public static int PackNormal(double x, double y, double z)
        {
            var length = Math.Sqrt(x * x + y * y + z * z);
            if (!(length > 0) || double.IsInfinity(length))
                return NoNormal;
            int Byte(double v) => (int)Math.Floor(Zero + Scale * (v / length) + 0.5);
            return Byte(x) << 16 | Byte(y) << 8 | Byte(z);
        }

        /// <summary>Each number of a normal, -1 to 1; all 0: none.</summary>
        public static (double X, double Y, double Z) UnpackNormal(int packed)
        {
            double Number(int shift) => Math.Max(-1, ((packed >> shift & 255) - Zero) / (double)Scale);
            return (Number(16), Number(8), Number(0));
        }

        /// <summary>r, g, b (r is the highest byte) of a motion in pixels, to the right and down, of at most 127.9375; NaN or infinite: unknown.</summary>
        public static int PackMotion(double right, double down)
        {
            if (double.IsNaN(right - down) || double.IsInfinity(right - down))
                return UnknownMotion;
            int Number(double v) => (int)Math.Floor(Math.Min(Math.Max(v, -MaxMotion), MaxMotion) * PerPixel + 0.5) + Middle;
            // 12 bits each: the upper four of the second number share a byte with the lower four of the first one.
            return Number(right) << 12 | Number(down);
        }

        /// <summary>Pixels to the right and down; NaN: unknown.</summary>
        public static (double Right, double Down) UnpackMotion(int packed)
        {
            packed &= 0xffffff;
            return packed == UnknownMotion ? (double.NaN, double.NaN) : (((packed >> 12) - Middle) / (double)PerPixel, ((packed & 4095) - Middle) / (double)PerPixel);
        }
    }
}
