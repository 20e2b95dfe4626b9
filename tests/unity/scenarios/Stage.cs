using System;
using System.IO;
using FakeUnity;
using UnityEngine;
using UnityEngine.UI;

namespace Dreambridge.EngineScenarios
{
    /// <summary>A scene with a stream of the test card in it, and eyes that compare what is shown with the card's known pixels.</summary>
    internal static class Stage
    {
        internal const int Size = 256;
        // Bytes of python/dreambridge/commands/testcard.py: a mark in each corner, a white F, and patches of 32 pixels from row 64 on.
        private static readonly (int x, int y, int r, int g, int b, int a)[] s_known =
        {
            (4, 4, 255, 0, 0, 255), (250, 4, 0, 255, 0, 255), (4, 202, 0, 0, 255, 255), (250, 202, 255, 255, 0, 255),
            (106, 40, 255, 255, 255, 255), (130, 12, 255, 255, 255, 255), (140, 50, 40, 44, 52, 255),
            (16, 112, 16, 16, 16, 255), (48, 112, 48, 48, 48, 255), (112, 112, 128, 128, 128, 255), (176, 112, 188, 188, 188, 255),
            (16, 144, 200, 120, 80, 255), (48, 144, 80, 120, 200, 255), (208, 144, 1, 2, 3, 255), (240, 144, 252, 253, 254, 255),
            (48, 176, 255, 0, 0, 64), (80, 176, 0, 255, 0, 128), (208, 176, 200, 120, 80, 254),
        };

        internal static DreamStream Stream(string name = "stream", Action<DreamStream>? before = null)
        {
            var go = new GameObject(name);
            go.SetActive(false);
            var s = go.AddComponent<DreamStream>();
            s.bundle = "testcard";
            s.daemon = Environment.GetEnvironmentVariable("DREAM_NAME") ?? "default";
            before?.Invoke(s);
            go.SetActive(true);
            return s;
        }

        internal static RawImage Image(string name = "image") => new GameObject(name).AddComponent<RawImage>();

        internal static MeshRenderer Renderer(string property)
        {
            var r = new GameObject("wall").AddComponent<MeshRenderer>();
            var m = Engine.Asset(new Material(Engine.Asset(new Shader("Test/Lit"))));
            m.SetTexture(Shader.PropertyToID(property), Texture2D.whiteTexture);
            r.sharedMaterial = m;
            return r;
        }

        internal static void UntilShown(DreamStream s, int frames = 1) => Engine.Until(() => s.framesShown >= frames, "frame " + frames + " of " + s.name);

        /// <summary>Where a seen picture (top row first) differs from the card by more than the tolerance; empty when it is right.</summary>
        internal static string Wrong(byte[] seen, int tolerance = 0)
        {
            foreach (var (x, y, r, g, b, a) in s_known)
            {
                var at = (y * Size + x) * 4;
                var want = new[] { r, g, b, a };
                for (var i = 0; i < 4; i++)
                    if (Math.Abs(seen[at + i] - want[i]) > tolerance)
                        return "at " + x + ", " + y + " are " + seen[at] + " " + seen[at + 1] + " " + seen[at + 2] + " " + seen[at + 3] + ", not " + string.Join(" ", want);
            }
            return "";
        }

        internal static byte[] Seen(Texture t) => GpuImage.Look(t, new Rect(0, 0, 1, 1), Size, Size);

        /// <summary>The number that the card's bars at that row show.</summary>
        internal static long Bars(byte[] seen, int row)
        {
            long n = 0;
            for (var k = 0; k < 32; k++)
                if (seen[((row + 4) * Size + 4 + 8 * k) * 4] > 127) n |= 1L << k;
            return n;
        }

        internal static void Require(bool holds, string what) { if (!holds) throw new EngineError(what); }

        internal static void Require(string wrong, string what) { if (wrong.Length > 0) throw new EngineError(what + ": " + wrong); }

        internal static void Throws<T>(Action act, string what) where T : Exception
        {
            try { act(); }
            catch (T) { return; }
            throw new EngineError("was let pass: " + what);
        }

        internal static string Folder() => Path.Combine(Path.GetTempPath(), "dream ö " + Guid.NewGuid().ToString("N"));
    }
}
