#nullable enable

using System;
using System.Runtime.InteropServices;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Reads the ring (first word) without a rest, or writes it as a view ("write" as second word). Another program cuts it short in the middle of that.
    /// </summary>
    static class Cut
    {
        internal static DreamMap Run(string[] words)
        {
            if (words.Length > 1)
                return Write(words[0]);
            using (var reader = new RingReader())
            {
                if (!reader.Open(words[0]))
                    throw new InvalidOperationException(reader.Error);
                var into = Marshal.AllocHGlobal(reader.FrameBytes);
                long before = 0, after = 0;
                for (var told = false; reader.State != RingState.Superseded; told = true)
                {
                    if (!told)
                        Out.Line(new DreamMap { ["reading"] = true });
                    // State looks at the file five thousand times a second at most: nearly all reads come without a look before.
                    for (var i = 0; i < 1000; i++)
                    {
                        reader.Forget();
                        before += reader.TryRead(into, reader.FrameBytes) ? 1 : 0;
                    }
                }
                for (var i = 0; i < 1000; i++)
                {
                    reader.Forget();
                    after += reader.TryRead(into, reader.FrameBytes) ? 1 : 0;
                }
                Marshal.FreeHGlobal(into);
                return new DreamMap { ["before"] = before, ["after"] = after, ["alive"] = reader.Alive() };
            }
        }

        static DreamMap Write(string ring)
        {
            using (var view = new ViewWriter())
            {
                if (!view.Open(ring))
                    throw new InvalidOperationException(view.Error);
                var from = Marshal.AllocHGlobal(view.LayerBytes);
                for (var told = false; !view.IsCut; told = true)
                {
                    if (!told)
                        Out.Line(new DreamMap { ["writing"] = true });
                    for (var i = 0; i < 1000; i++)
                        view.Publish(from, IntPtr.Zero, i, i);
                }
                var before = view.Published;
                view.Publish(from, IntPtr.Zero, 0, 0);
                Marshal.FreeHGlobal(from);
                return new DreamMap { ["before"] = before, ["state"] = view.State.ToString(), ["open"] = view.IsOpen };
            }
        }
    }
}
