#nullable enable

namespace Dreambridge
{
    /// <summary>Is a mapped file a ring that can be read? Looked at once, at opening.</summary>
    static unsafe class RingHeader
    {
        const long MaxPixels = 1L << 28;

        /// <summary>What is wrong with it, as the end of a sentence; empty when nothing is.</summary>
        internal static string Check(RingMap map)
        {
            if (!System.BitConverter.IsLittleEndian)
                return "cannot be read by a big-endian processor";
            for (var i = 0; i < RingLayout.Magic.Length; i++)
            {
                if (*map.At(i) != RingLayout.Magic[i])
                    return "is not a ring";
            }
            if (map.Int32(RingLayout.LayoutVersion) != RingLayout.Version)
                return $"has layout version {map.Int32(RingLayout.LayoutVersion)}; this package knows {RingLayout.Version}";
            if ((uint)map.Int32(RingLayout.Crc) != Crc32(map.At(RingLayout.LayoutVersion), RingLayout.Crc - RingLayout.LayoutVersion))
                return "has a damaged header: its CRC differs";
            long width = map.Int32(RingLayout.Width), height = map.Int32(RingLayout.Height), frames = map.Int32(RingLayout.FramesPerSlot);
            long slots = map.Int32(RingLayout.SlotCount), stride = map.Int64(RingLayout.SlotStride);
            if (width < 1 || height < 1 || frames < 1 || width > 65536 || height > 65536 || width * height * 4 * frames > MaxPixels * 4)
                return $"has frames of {width} x {height}, {frames} in a slot";
            if (slots < 4 || slots > 1 << 16 || stride % 4096 != 0 || stride < RingLayout.SlotHeader + width * height * 4 * frames)
                return $"has {slots} slots of {stride} bytes";
            // Beyond the end of a file that is too short, a read would kill the process.
            if (stride > map.Size || map.Size < RingLayout.Header + slots * stride)
                return $"has {map.Size} bytes where {RingLayout.Header + slots * stride} should be";
            return map.Int32(RingLayout.PixelFormat) == 1 && map.Int32(RingLayout.RowStride) == width * 4 && map.Int32(RingLayout.RowOrder) == 1
                ? ""
                : "has another pixel format than RGBA with the top row first";
        }

        /// <summary>CRC-32 as zlib has it (polynomial 0xEDB88320).</summary>
        internal static uint Crc32(byte* bytes, int count)
        {
            var crc = 0xFFFFFFFF;
            for (var i = 0; i < count; i++)
            {
                crc ^= bytes[i];
                for (var k = 0; k < 8; k++)
                    crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
            }
            return crc ^ 0xFFFFFFFF;
        }
    }
}
