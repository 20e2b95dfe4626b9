using System;
using FakeUnity;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>What is shown: colour spaces, row order, outputs, posters, blending.</summary>
    public static class Pictures
    {
        public static string ColoursAndFlips(string input)
        {
            Engine.Playing = true;
            var cases = 0;
            foreach (var space in new[] { ColorSpace.Linear, ColorSpace.Gamma })
            foreach (var top in new[] { true, false })
            foreach (var blend in new[] { false, true })
            {
                Engine.ColorSpace = space;
                Engine.UvStartsAtTop = top;
                var what = space + ", v from the " + (top ? "top" : "bottom") + (blend ? ", blend" : "");
                var image = Stage.Image();
                var wall = Stage.Renderer("_BaseMap");
                var s = Stage.Stream("stream", x => { x.targetImage = image; x.targetRenderer = wall; x.blend = blend; x.fps = -1; });
                Stage.UntilShown(s, 3);
                Stage.Require(Stage.Wrong(GpuImage.Look(image.texture!, image.uvRect, Stage.Size, Stage.Size), 1), "RawImage, " + what);
                var block = new MaterialPropertyBlock();
                wall.GetPropertyBlock(block);
                Stage.Require(Stage.Wrong(Stage.Seen(block.GetTexture(Shader.PropertyToID("_BaseMap"))!), 1), "Renderer, " + what);
                Stage.Require(((RenderTexture)s.texture!).sRGB == (space == ColorSpace.Linear), "the texture's sRGB, " + what);

                var target = Engine.Asset(new RenderTexture(Stage.Size, Stage.Size, 0, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB));
                s.targetTexture = target;
                Engine.Until(() => s.texture == target, "the user's texture is drawn into");
                Stage.Require(Stage.Wrong(Stage.Seen(target), 1), "RenderTexture, " + what);
                Stage.Require(image.texture == target, "the image follows to the user's texture");
                Stage.Require(RenderTexture.active == null, "RenderTexture.active was left changed");

                // The GPU lost the texture's content (a device reset): it is drawn anew without a new frame.
                s.Pause();
                Engine.Until(() => s.state == StreamState.Paused, "pause");
                for (var i = 0; i < 5; i++) Engine.Tick();
                target.Lose();
                Engine.Tick();
                Stage.Require(Stage.Wrong(Stage.Seen(target), 1), "after a lost texture, " + what);
                Engine.Clear();
                Stage.Require(image.Dead || image.texture == null, "the image kept the stream's texture");
                UnityEngine.Object.DestroyImmediate(target);
                Engine.NoLeaks(what);
                cases++;
            }
            return cases + " cases";
        }

        public static string FramesInOrder(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            long last = -1;
            var uploads = Engine.Uploads;
            s.FrameReady += x =>
            {
                var seen = Stage.Seen(x.texture!);
                Stage.Require(Stage.Bars(seen, 240) == x.frame.Index, "the picture is not that of the header's index");
                Stage.Require(x.frame.Index > last, "a frame came twice, or after a later one");
                last = x.frame.Index;
            };
            Stage.UntilShown(s, 30);
            Stage.Require(Engine.Uploads - uploads == s.framesShown, "more than one upload a frame");
            var ticket = s.Direct("level", 0.25, 0);
            Engine.Until(() => s.IsShown(ticket), "the direction is shown");
            Stage.Require(s.LatencyMs(ticket) >= 0, "no latency");
            var level = Stage.Seen(s.texture!)[(220 * Stage.Size + 128) * 4];
            Stage.Require(Math.Abs(level - 64) <= 1, "the level is " + level + ", not 64");
            return last.ToString();
        }

        public static string PosterAndFallback(string input)
        {
            Engine.Playing = true;
            var poster = Flat("poster", 200);
            var fallback = Flat("fallback", 100);
            var image = Stage.Image();
            var before = Flat("before", 50);
            image.texture = before;
            var target = Engine.Asset(new RenderTexture(Stage.Size, Stage.Size, 0, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB));
            var s = Stage.Stream("stream", x => { x.poster = poster; x.fallback = fallback; x.targetImage = image; x.targetTexture = target; });
            Stage.Require(image.texture == poster && s.texture == poster, "the poster is not shown at once");
            Stage.Require(Math.Abs(Stage.Seen(target)[0] - 200) <= 1, "the poster is not in the user's texture");
            Stage.UntilShown(s);
            Stage.Require(image.texture == target, "the picture does not follow the poster");
            Engine.Destroy(s.gameObject, true);
            Stage.Require(image.texture == before, "the image did not get its own texture back");

            s = Stage.Stream("nobody", x => { x.daemon = "nobody-here"; x.poster = poster; x.fallback = fallback; x.targetImage = image; });
            Engine.Until(() => s.lastError != null, "somebody says that there is no daemon", 10);
            Stage.Require(s.texture == fallback && image.texture == fallback, "the fallback is not shown");
            foreach (var t in new[] { poster, fallback, before }) UnityEngine.Object.DestroyImmediate(t);
            UnityEngine.Object.DestroyImmediate(target);
            return "shown";
        }

        /// <summary>Between two frames the picture is between them too.</summary>
        public static string Blending(string input)
        {
            Engine.Playing = true;
            Engine.ColorSpace = ColorSpace.Gamma;
            var s = Stage.Stream("stream", x => { x.blend = true; x.conditions.Add(new DreamSetting { name = "level", number = 0 }); });
            Stage.UntilShown(s, 3);
            s.Pause();
            Engine.Until(() => s.state == StreamState.Paused, "pause");
            for (var i = 0; i < 30; i++) Engine.Tick();
            Stage.Require(Level(s) == 0, "the level before is " + Level(s));
            s.Direct("level", 1.0, 0);
            s.Step();
            var shown = s.framesShown;
            Engine.Until(() => s.framesShown > shown, "the step");
            int last = Level(s), between = 0;
            for (var i = 0; i < 20; i++)
            {
                Engine.Tick(1f / 240);
                Stage.Require(Level(s) >= last, "it goes back");
                if (Level(s) > 5 && Level(s) < 250) between++;
                last = Level(s);
            }
            Stage.Require(last == 255 && between >= 3, "ended at " + last + " with " + between + " pictures between");
            return between.ToString();
        }

        private static int Level(DreamStream s) => Stage.Seen(s.texture!)[(220 * Stage.Size + 128) * 4];

        private static unsafe Texture2D Flat(string name, byte value)
        {
            var t = Engine.Asset(new Texture2D(Stage.Size, Stage.Size, TextureFormat.RGBA32, false, false));
            t.name = name;
            var p = (byte*)Unity.Collections.LowLevel.Unsafe.NativeArrayUnsafeUtility.GetUnsafePtr(t.GetRawTextureData<byte>());
            for (var i = 0; i < Stage.Size * Stage.Size * 4; i++) p[i] = value;
            t.Apply(false);
            return t;
        }
    }
}
