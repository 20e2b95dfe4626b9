using System;
using System.IO;
using System.Linq;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    public static partial class Labelling
    {
        /// <summary>The view that the frame was painted over: its labels as the daemon's test card shows them, and all its layers as they lie in the ring.</summary>
        private sealed class Seen
        {
            private readonly byte[] _card;
            private readonly byte[] _slot;
            private readonly string[] _layers;
            internal Seen(DreamStream s, DreamView v, long number = 0)
            {
                _card = Stage.Seen(s.texture!);
                _layers = v.layers.ToArray();
                _slot = new byte[_layers.Length * s.View.LayerBytes];
                using var file = new FileStream(s.View.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                // PROTOCOL.md, part 3: the header has a page, the stride of its four slots is at 48, and each has a header of 128 bytes.
                var stride = new byte[8];
                file.Position = 48;
                file.Read(stride, 0, 8);
                file.Position = 4096 + ((number > 0 ? number : s.frame.View) - 1) % 4 * BitConverter.ToInt64(stride, 0) + 128;
                for (var done = 0; done < _slot.Length;) done += file.Read(_slot, done, _slot.Length - done);
            }

            // The card shows the upper seven eighths of the labels at half their size, on the left.
            private Color32 OnCard(double x, double y)
            {
                var at = ((int)(y * 128) * Stage.Size + (int)(x * 128)) * 4;
                return new Color32 { r = _card[at], g = _card[at + 1], b = _card[at + 2], a = 255 };
            }

            internal Color32 Of(string layer, double x, double y)
            {
                var at = ((Array.IndexOf(_layers, layer) * Stage.Size + (int)(y * Stage.Size)) * Stage.Size + (int)(x * Stage.Size)) * 4;
                return new Color32(_slot[at], _slot[at + 1], _slot[at + 2], _slot[at + 3]);
            }

            internal void Is(double x, double y, ViewLabel label, double depth, string what)
            {
                var l = OnCard(x, y);
                Stage.Require(l.r == label.Red && l.g == label.Green && l.b == label.Blue, what + " at " + x + ", " + y + ": " + l + " is not " + label.Name);
                if (depth < 0) return;
                var d = Of("depth", x, y);
                var has = DreamDepth.Unpack(d.r << 16 | d.g << 8 | d.b);
                Stage.Require(Math.Abs(has - depth) < 2e-3, what + " at " + x + ", " + y + ": depth " + has + ", not " + depth);
            }
        }
    }
}
