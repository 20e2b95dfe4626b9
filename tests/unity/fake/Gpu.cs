using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace FakeUnity
{
    /// <summary>What the fake GPU holds of a texture: RGBA8 rows in the order of the texture coordinate v, row 0 at v = 0.</summary>
    public sealed class GpuImage
    {
        public static readonly GpuImage None = new GpuImage(0, 0, false, false);
        public readonly int Width, Height;
        public readonly bool Srgb, Target;
        public readonly byte[] Memory;
        public FilterMode Filter = FilterMode.Bilinear;
        public TextureWrapMode Wrap;

        public GpuImage(int width, int height, bool srgb, bool target)
        {
            Width = width;
            Height = height;
            Srgb = srgb;
            Target = target;
            Memory = new byte[width * height * 4];
        }

        public static double Decode(double v) => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);
        public static double Encode(double v) => v <= 0.0031308 ? v * 12.92 : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055;

        /// <summary>What a shader gets at (u, v): decoded by the sampler when the texture is sRGB and the project linear.</summary>
        public double[] Sample(double u, double v)
        {
            var x = Math.Min(Width - 1, Math.Max(0, (int)Math.Floor(u * Width)));
            var y = Math.Min(Height - 1, Math.Max(0, (int)Math.Floor(v * Height)));
            var at = (y * Width + x) * 4;
            var c = new double[4];
            for (var i = 0; i < 4; i++)
            {
                c[i] = Memory[at + i] / 255.0;
                if (i < 3 && Srgb && Engine.ColorSpace == ColorSpace.Linear) c[i] = Decode(c[i]);
            }
            return c;
        }

        public void Store(int x, int y, double[] c)
        {
            var at = (y * Width + x) * 4;
            for (var i = 0; i < 4; i++)
            {
                // GL.sRGBWrite is a switch of the moment: off, a linear value is stored as it is.
                var v = i < 3 && Srgb && Engine.ColorSpace == ColorSpace.Linear && GL.sRGBWrite ? Encode(c[i]) : c[i];
                Memory[at + i] = (byte)Math.Max(0, Math.Min(255, Math.Round(v * 255)));
            }
        }

        /// <summary>The bytes as a readback with that kind of format hands them over: decoded or encoded where the kinds differ.</summary>
        public byte[] Converted(bool srgb)
        {
            if (srgb == Srgb) return Memory;
            var other = (byte[])Memory.Clone();
            for (var i = 0; i < other.Length; i++)
                if (i % 4 < 3) other[i] = (byte)Math.Round((srgb ? Encode(Memory[i] / 255.0) : Decode(Memory[i] / 255.0)) * 255);
            return other;
        }

        /// <summary>Draw a full quad of source into dest. The rasteriser's row 0 is the API's own; into a RenderTexture the engine turns
        /// the picture over where the API starts at the top, so that v means the same everywhere (the manual's "platform differences").</summary>
        public static void Blit(Texture source, RenderTexture? dest, Vector2 scale, Vector2 offset, Material? material)
        {
            Engine.Check("Graphics.Blit");
            if (material is null || source) Engine.Use(source, "Graphics.Blit");
            if (dest is null || !dest) throw new EngineError("Blit to the screen from a component");
            Engine.Use(dest, "Graphics.Blit");
            RenderTexture.active = dest;
            dest.Written();
            var g = dest.Gpu;
            for (var row = 0; row < g.Height; row++)
            {
                var clipFromTop = (row + 0.5) / g.Height; // on an API that starts at the top, raster row 0 is the top of clip space
                var clipY = Engine.UvStartsAtTop ? 1 - 2 * clipFromTop : 2 * clipFromTop - 1;
                if (Engine.UvStartsAtTop) clipY = -clipY; // the engine's own turn for render textures
                var v = (clipY + 1) / 2;
                for (var x = 0; x < g.Width; x++)
                {
                    var u = (x + 0.5) / g.Width;
                    var c = material is null ? source.Gpu.Sample(u * scale.x + offset.x, v * scale.y + offset.y) : Shaders.Run(material, source, u, v);
                    g.Store(x, row, c);
                }
            }
            Engine.Blits++;
        }

        /// <summary>The pixels that a player sees, top row first, of a quad with texture coordinates (0,0) at its lower left.</summary>
        public static byte[] Look(Texture texture, Rect uv, int width, int height)
        {
            Engine.Use(texture, "drawing");
            var seen = new byte[width * height * 4];
            for (var row = 0; row < height; row++)
            for (var x = 0; x < width; x++)
            {
                var v = uv.y + uv.height * (1 - (row + 0.5) / height);
                var c = texture.Gpu.Sample(uv.x + uv.width * (x + 0.5) / width, v);
                for (var i = 0; i < 4; i++)
                {
                    var s = i < 3 && Engine.ColorSpace == ColorSpace.Linear ? Encode(c[i]) : c[i]; // the back buffer is sRGB
                    seen[(row * width + x) * 4 + i] = (byte)Math.Round(Math.Max(0, Math.Min(1, s)) * 255);
                }
            }
            return seen;
        }
    }

    /// <summary>The package's own shaders, said again in C#; the .shader files themselves are compiled by nobody here.</summary>
    public static class Shaders
    {
        public static double[] Run(Material material, Texture source, double u, double v)
        {
            if (material.shader.name != "Hidden/Dreambridge/Picture") throw new EngineError("no shader " + material.shader.name);
            var now = source.Gpu.Sample(u, 1 - v);
            var before = ((Texture)material.Values.Get(Engine.PropertyId("_Before"))!).Gpu.Sample(u, 1 - v);
            var weight = (float)material.Values.Get(Engine.PropertyId("_Weight"))!;
            var straighten = (float)material.Values.Get(Engine.PropertyId("_Unpremultiply"))!;
            var c = new double[4];
            for (var i = 0; i < 4; i++) c[i] = before[i] + (now[i] - before[i]) * weight;
            if (straighten > 0 && c[3] > 0)
                for (var i = 0; i < 3; i++)
                {
                    var linear = Engine.ColorSpace == ColorSpace.Linear;
                    var encoded = Math.Min(1, (linear ? GpuImage.Encode(c[i]) : c[i]) / c[3]);
                    c[i] = linear ? GpuImage.Decode(encoded) : encoded;
                }
            return c;
        }
    }

    public sealed class Properties
    {
        private readonly Dictionary<int, object?> _values = new Dictionary<int, object?>();
        public int Count => _values.Count;
        public void Set(int id, object? value) => _values[id] = value;
        public object? Get(int id) => _values.TryGetValue(id, out var v) ? v : null;
        public bool Has(int id) => _values.ContainsKey(id);
        public void Clear() => _values.Clear();
        public Properties Copy() { var p = new Properties(); foreach (var e in _values) p._values[e.Key] = e.Value; return p; }
    }

    public sealed class ReadbackState
    {
        private static readonly List<ReadbackState> s_waiting = new List<ReadbackState>();
        private readonly Texture _source;
        private readonly Action<AsyncGPUReadbackRequest>? _callback;
        private readonly bool _srgb;
        private readonly int _due;
        public bool Done, Error;
        public NativeMemory? Data;

        private ReadbackState(Texture source, bool srgb, Action<AsyncGPUReadbackRequest>? callback) { _source = source; _srgb = srgb; _callback = callback; _due = Engine.Frame + 2; }

        /// <summary>The overload with a TextureFormat asks for the format that the project's colour space gives to it: sRGB in a linear one.</summary>
        public static AsyncGPUReadbackRequest Ask(Texture source, TextureFormat format, Action<AsyncGPUReadbackRequest>? callback) =>
            Ask(source, Engine.ColorSpace == ColorSpace.Linear ? UnityEngine.Experimental.Rendering.GraphicsFormat.R8G8B8A8_SRGB : UnityEngine.Experimental.Rendering.GraphicsFormat.R8G8B8A8_UNorm, callback);

        public static AsyncGPUReadbackRequest Ask(Texture source, UnityEngine.Experimental.Rendering.GraphicsFormat format, Action<AsyncGPUReadbackRequest>? callback)
        {
            Engine.Use(source, "AsyncGPUReadback.Request");
            if (source is RenderTexture rt && !rt.IsCreated()) throw new EngineError("a RenderTexture that was not created is read back");
            var r = new ReadbackState(source, format == UnityEngine.Experimental.Rendering.GraphicsFormat.R8G8B8A8_SRGB, callback);
            s_waiting.Add(r);
            return new AsyncGPUReadbackRequest { State = r };
        }

        public static void Tick() { foreach (var r in s_waiting.ToArray()) if (r._due <= Engine.Frame) r.Finish(); }
        public static void FinishAll() { foreach (var r in s_waiting.ToArray()) r.Finish(); }

        public void Finish()
        {
            if (Done) return;
            s_waiting.Remove(this);
            Done = true;
            Error = _source.Dead;
            if (!Error)
            {
                Data = new NativeMemory(_source.Gpu.Memory.Length, "readback");
                Data.CopyFrom(_source.Gpu.Converted(_srgb));
            }
            try { _callback?.Invoke(new AsyncGPUReadbackRequest { State = this }); }
            finally { Data?.Free(); }
        }
    }
}
