using System;
using FakeUnity;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>The game's own picture, read back and sent; the test card shows a view's own bytes.</summary>
    public static class Viewing
    {
        private static unsafe Texture2D Picture(Func<int, int, Color32> at, bool linear = false)
        {
            var t = Engine.Asset(new Texture2D(Stage.Size, Stage.Size, TextureFormat.RGBA32, false, linear));
            var p = (byte*)t.GetRawTextureData<byte>().GetUnsafePtr();
            for (var row = 0; row < Stage.Size; row++) // from the top, as it is seen
            for (var x = 0; x < Stage.Size; x++)
            {
                var c = at(x, row);
                var to = p + ((Stage.Size - 1 - row) * Stage.Size + x) * 4;
                to[0] = c.r;
                to[1] = c.g;
                to[2] = c.b;
                to[3] = c.a;
            }
            t.Apply(false);
            return t;
        }

        private static DreamView View(DreamStream s, Texture? labels, Texture? depth)
        {
            var go = new GameObject("view");
            go.SetActive(false);
            var v = go.AddComponent<DreamView>();
            v.stream = s;
            v.labels = labels;
            v.depth = depth;
            v.rate = 60;
            go.SetActive(true);
            return v;
        }

        public static string ViewArrivesUprightAndExact(string input)
        {
            Engine.Playing = true;
            // No two places are alike.
            Color32 Label(int x, int row) => new Color32((byte)x, (byte)row, (byte)(x ^ row), 255);
            Color32 Deep(int x, int row) => new Color32((byte)row, (byte)(255 - x), 7, 255);
            foreach (var space in new[] { ColorSpace.Linear, ColorSpace.Gamma })
            foreach (var top in new[] { true, false })
            foreach (var deep in new[] { false, true })
            {
                Engine.ColorSpace = space;
                Engine.UvStartsAtTop = top;
                var what = space + ", " + (top ? "top" : "bottom") + (deep ? ", with depth" : "");
                var labels = Picture(Label);
                var depth = deep ? Picture(Deep, true) : null;
                var s = Stage.Stream();
                Stage.UntilShown(s);
                var v = View(s, labels, depth);
                Engine.Until(() => v.published > 0 && s.frame.View > 0, "a frame painted over the view, " + what);
                Engine.Tick();
                var seen = Stage.Seen(s.texture!);
                foreach (var (x, row) in new[] { (0, 0), (100, 3), (20, 90), (127, 111) })
                {
                    Same(seen, x, row, Label(2 * x, 2 * row), "label, " + what);
                    if (deep) Same(seen, 128 + x, row, Deep(2 * x, 2 * row), "depth, " + what);
                }
                Stage.Require(v.lastError == null, "it complains: " + v.lastError);

                // Away: the stream goes on with the bundle's own picture.
                v.enabled = false;
                Engine.Until(() => Stage.Wrong(Stage.Seen(s.texture!), 1).Length == 0, "the test card comes back, " + what);
                Engine.Clear();
                UnityEngine.Object.DestroyImmediate(labels);
                if (depth) UnityEngine.Object.DestroyImmediate(depth);
                Engine.NoLeaks(what);
            }
            return "8 cases";
        }

        /// <summary>
        /// A game whose ticks take so long that a readback comes after more than a second: its picture is sent with its own time, and not with that
        /// of the next one, for which it would be taken if it were given up.
        /// </summary>
        public static string ViewOfASlowGame(string input)
        {
            Engine.Playing = true;
            var colour = new Color32(40, 80, 160, 255);
            var labels = Picture((x, row) => colour);
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var v = View(s, labels, null);
            Engine.Until(() => s.View.IsOpen, "attached");
            for (var tick = 0; tick < 12 && v.published == 0; tick++)
            {
                System.Threading.Thread.Sleep(450);
                Engine.Tick();
            }
            Stage.Require(v.published > 0, "nothing was sent in twelve ticks of 0.45 s each");
            // From its tick the readback takes two more, and it is written in the third.
            Stage.Require(v.travelMs > 3 * 440, "it came in its third tick after " + v.travelMs + " ms, which is another picture's time");
            Engine.Until(() => s.frame.View > 0, "a frame painted over it");
            UnityEngine.Object.DestroyImmediate(labels);
            return "sent";
        }

        /// <summary>A picture that stands is sent once; few changed pixels inside the dead band are none.</summary>
        public static unsafe string ViewWithDeadBand(string input)
        {
            Engine.Playing = true;
            var labels = Picture((x, row) => new Color32(112, 176, 255, 255));
            void Paint(int pixels)
            {
                var p = (byte*)labels.GetRawTextureData<byte>().GetUnsafePtr();
                for (var i = 0; i < pixels; i++) p[4 * i]++;
                labels.Apply(false);
            }
            void Ticks() { for (var i = 0; i < 60; i++) { Engine.Tick(); System.Threading.Thread.Sleep(3); } }
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var v = View(s, labels, null);
            Engine.Until(() => v.published == 1, "the first");
            Ticks();
            Stage.Require(v.published == 1, "a picture that stands was sent " + v.published + " times");
            Paint(1);
            Engine.Until(() => v.published == 2, "one changed pixel, without a dead band");
            v.deadBand = 0.01f;
            Paint(600);
            Ticks();
            Stage.Require(v.published == 2, "600 of 65,536 pixels are under a hundredth");
            Paint(700);
            Engine.Until(() => v.published == 3, "700 of 65,536 pixels are more");
            v.enabled = false;
            Engine.Until(() => !s.View.IsOpen, "detached");
            v.enabled = true;
            Engine.Until(() => v.published == 4, "another ring gets the picture, though it stands");
            UnityEngine.Object.DestroyImmediate(labels);
            UnityEngine.Object.DestroyImmediate(v.gameObject);
            return "kept";
        }

        /// <summary>Disabled, and destroyed with its textures, while a readback is under way; again and again.</summary>
        public static string ViewLeavesInMidReadback(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            for (var i = 0; i < 20; i++)
            {
                var labels = Picture((x, row) => new Color32(112, 176, 255, 255));
                var v = View(s, labels, null);
                Engine.Until(() => s.View.IsOpen, "attached");
                for (var t = 0; t < i % 4; t++) Engine.Tick();
                if (i % 2 == 0) v.enabled = false;
                UnityEngine.Object.DestroyImmediate(v.gameObject);
                UnityEngine.Object.DestroyImmediate(labels);
                for (var t = 0; t < 3; t++) Engine.Tick();
                Engine.Until(() => !s.View.IsOpen, "detached");
                Stage.Require(Engine.Leaks().TrueForAll(l => !l.Contains("view") && !l.Contains("NativeArray") && !l.Contains("readback")), "leaked: " + string.Join(", ", Engine.Leaks()));
            }
            return "20";
        }

        /// <summary>In edit mode, without Play, the view of a stream whose preview runs is painted over; without a preview nothing happens.</summary>
        public static string ViewInEditMode(string input)
        {
            var labels = Picture((x, row) => new Color32((byte)x, (byte)row, 9, 255));
            var s = Stage.Stream("stream", x => x.previewInEditor = false);
            var v = View(s, labels, null);
            for (var i = 0; i < 20; i++) Engine.Tick();
            Stage.Require(v.published == 0 && v.lastError == null, "without a preview it works, or complains: " + v.lastError);
            s.previewInEditor = true;
            s.Open();
            Engine.Until(() => v.published > 0 && s.frame.View > 0, "a frame painted over the view in edit mode; " + v.lastError);
            Engine.Tick();
            Same(Stage.Seen(s.texture!), 20, 90, new Color32(40, 180, 9, 255), "the view in edit mode");
            v.enabled = false;
            Engine.Until(() => Stage.Wrong(Stage.Seen(s.texture!), 1).Length == 0, "the test card comes back");
            UnityEngine.Object.DestroyImmediate(labels);
            return "seen";
        }

        public static string ViewSaysWhatIsWrong(string input)
        {
            Engine.Playing = true;
            var labels = Picture((x, row) => new Color32(112, 176, 255, 255));
            var alone = View(null!, labels, null);
            Engine.Tick();
            Stage.Require(alone.lastError?.Message.Contains("no DreamStream") == true, "no stream: " + alone.lastError);
            Engine.Readback = false;
            var s = Stage.Stream();
            var v = View(s, labels, null);
            Engine.Until(() => v.lastError?.Code == ErrorCodes.NotSupported && v.lastError.Hint.Contains("Vulkan"), "no readback");
            UnityEngine.Object.DestroyImmediate(labels);
            return "said";
        }

        private static void Same(byte[] seen, int x, int row, Color32 want, string what)
        {
            var at = (row * Stage.Size + x) * 4;
            Stage.Require(Math.Abs(seen[at] - want.r) <= 1 && Math.Abs(seen[at + 1] - want.g) <= 1 && Math.Abs(seen[at + 2] - want.b) <= 1,
                what + ", at " + x + ", " + row + ": " + seen[at] + " " + seen[at + 1] + " " + seen[at + 2] + ", not " + want);
        }
    }
}
