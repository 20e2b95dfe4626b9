#nullable enable

namespace Dreambridge
{
    /// <summary>Is a file a ring that can be read? Looked at once, at opening.</summary>
    static unsafe class RingHeader
    {
        const long MaxPixels = 1L << 28;

        /// <summary>
        /// What is wrong with its first page and its <paramref name="size"/>, as the end of a sentence; empty when nothing is.
        /// </summary>
        internal static string Check(byte* page, long size)
        {
            if (!System.BitConverter.IsLittleEndian)
                return "cannot be read by a big-endian processor";
            for (var i = 0; i < RingLayout.Magic.Length; i++)
            {
                if (page[i] != RingLayout.Magic[i])
                    return "is not a ring";
            }
            if (Int32(page, RingLayout.LayoutVersion) != RingLayout.Version)
                return $"has layout version {Int32(page, RingLayout.LayoutVersion)}; this package knows {RingLayout.Version}";
            if ((uint)Int32(page, RingLayout.Crc) != Crc32(page + RingLayout.LayoutVersion, RingLayout.Crc - RingLayout.LayoutVersion))
                return "has a damaged header: its CRC differs";
            long width = Int32(page, RingLayout.Width), height = Int32(page, RingLayout.Height), frames = Int32(page, RingLayout.FramesPerSlot);
            long slots = Int32(page, RingLayout.SlotCount), stride = Int64(page, RingLayout.SlotStride);
            if (width < 1 || height < 1 || frames < 1 || width > 65536 || height > 65536 || width * height * 4 * frames > MaxPixels * 4)
                return $"has frames of {width} x {height}, {frames} in a slot";
            if (slots < 4 || slots > 1 << 16 || stride % 4096 != 0 || stride < RingLayout.SlotHeader + width * height * 4 * frames)
                return $"has {slots} slots of {stride} bytes";
            if (stride > size || size < RingLayout.Header + slots * stride)
                return $"has {size} bytes where {RingLayout.Header + slots * stride} should be";
            return Int32(page, RingLayout.PixelFormat) == 1 && Int32(page, RingLayout.RowStride) == width * 4 && Int32(page, RingLayout.RowOrder) == 1
                ? ""
                : "has another pixel format than RGBA with the top row first";
        }

        internal static int Int32(byte* at, long offset) => *(int*)(at + offset);

        internal static long Int64(byte* at, long offset) => *(long*)(at + offset);

        internal static double Number(byte* at, long offset) => *(double*)(at + offset);

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
