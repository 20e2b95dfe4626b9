using System;
using FakeUnity;
using Unity.Collections;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;

namespace UnityEngine
{
    public enum TextureFormat { RGBA32 = 4, ARGB32 = 5 }
    public enum RenderTextureFormat { ARGB32 = 0, ARGBHalf = 2 }
    public enum RenderTextureReadWrite { Default, Linear, sRGB }
    public enum FilterMode { Point, Bilinear, Trilinear }
    public enum TextureWrapMode { Repeat, Clamp, Mirror, MirrorOnce }
    public enum ColorSpace { Uninitialized = -1, Gamma = 0, Linear = 1 }

    public class Texture : Object
    {
        internal GpuImage Gpu = GpuImage.None;
        public virtual int width { get { Engine.Use(this, nameof(width)); return Gpu.Width; } set => throw new NotSupportedException(); }
        public virtual int height { get { Engine.Use(this, nameof(height)); return Gpu.Height; } set => throw new NotSupportedException(); }
        public FilterMode filterMode { get { Engine.Use(this, nameof(filterMode)); return Gpu.Filter; } set { Engine.Use(this, nameof(filterMode)); Gpu.Filter = value; } }
        public TextureWrapMode wrapMode { get { Engine.Use(this, nameof(wrapMode)); return Gpu.Wrap; } set { Engine.Use(this, nameof(wrapMode)); Gpu.Wrap = value; } }
    }

    public sealed class Texture2D : Texture
    {
        private readonly NativeMemory _cpu;

        public Texture2D(int width, int height, TextureFormat textureFormat, bool mipChain, bool linear)
        {
            if (textureFormat != TextureFormat.RGBA32 || mipChain) throw new NotSupportedException("the fake engine knows RGBA32 without mipmaps");
            if (width < 1 || height < 1 || width > Engine.MaxTextureSize || height > Engine.MaxTextureSize)
                throw new UnityException("Failed to create texture because of invalid parameters: " + width + " x " + height);
            Gpu = new GpuImage(width, height, !linear, false);
            _cpu = new NativeMemory(width * height * 4, "Texture2D");
            Engine.Made(this);
        }

        private static Texture2D? s_white;
        public static Texture2D whiteTexture { get { Engine.Check("Texture2D.whiteTexture"); return s_white ? s_white! : s_white = Engine.White(); } }
        public NativeArray<T> GetRawTextureData<T>() where T : struct { Engine.Use(this, nameof(GetRawTextureData)); return new NativeArray<T>(_cpu.View()); }
        public void Apply(bool updateMipmaps) => Apply(updateMipmaps, false);

        public void Apply(bool updateMipmaps, bool makeNoLongerReadable)
        {
            Engine.Use(this, nameof(Apply));
            if (makeNoLongerReadable) throw new NotSupportedException("a stream's texture must stay readable");
            _cpu.CopyTo(Gpu.Memory);
            _cpu.EndViews();
            Engine.Uploads++;
        }

        /// <summary>Stored bytes of the active RenderTexture; y = 0 is at v = 0.</summary>
        public void ReadPixels(Rect source, int destX, int destY)
        {
            Engine.Use(this, nameof(ReadPixels));
            if (!RenderTexture.active) throw new EngineError("ReadPixels without an active RenderTexture");
            _cpu.CopyFrom(RenderTexture.active!.Gpu.Memory);
        }

        public Color GetPixel(int x, int y)
        {
            Engine.Use(this, nameof(GetPixel));
            var all = new byte[_cpu.Bytes];
            _cpu.CopyTo(all);
            var at = (y * width + x) * 4;
            return new Color(all[at] / 255f, all[at + 1] / 255f, all[at + 2] / 255f, all[at + 3] / 255f);
        }

        internal void Drop() => _cpu.Free();
    }

    public class RenderTexture : Texture
    {
        private static RenderTexture? s_active;
        private bool _created;

        public RenderTexture(int width, int height, int depth, GraphicsFormat format)
        {
            Gpu = new GpuImage(width, height, format == GraphicsFormat.R8G8B8A8_SRGB, true);
            HasDepth = depth > 0;
            Engine.Made(this);
        }

        internal readonly bool HasDepth;
        public GraphicsFormat graphicsFormat => Gpu.Srgb ? GraphicsFormat.R8G8B8A8_SRGB : GraphicsFormat.R8G8B8A8_UNorm;

        public RenderTexture(int width, int height, int depth, RenderTextureFormat format, RenderTextureReadWrite readWrite)
        {
            var linear = QualitySettings.activeColorSpace == ColorSpace.Linear;
            var srgb = linear && format == RenderTextureFormat.ARGB32 && readWrite == RenderTextureReadWrite.sRGB;
            Gpu = new GpuImage(width, height, srgb, true);
            Engine.Made(this);
        }

        public static RenderTexture? active { get { Engine.Check("RenderTexture.active"); return s_active; } set { Engine.Check("RenderTexture.active"); s_active = value; } }
        public bool sRGB { get { Engine.Use(this, nameof(sRGB)); return Gpu.Srgb; } }
        public bool Create() { Engine.Use(this, nameof(Create)); return _created = true; }
        public void Release() { Engine.Use(this, nameof(Release)); if (s_active == this) throw new EngineError("released a RenderTexture that is active"); _created = false; }
        public bool IsCreated() { Engine.Use(this, nameof(IsCreated)); return _created; }

        internal void Lose() { _created = false; Array.Clear(Gpu.Memory, 0, Gpu.Memory.Length); }
        internal void Written() => _created = true;
    }

    public sealed class Shader : Object
    {
        internal Shader(string name) { this.name = name; Engine.Asset(this); }
        public bool isSupported { get { Engine.Use(this, nameof(isSupported)); return Engine.ShadersWork; } }
        public static int PropertyToID(string name) { Engine.Check("Shader.PropertyToID"); return Engine.PropertyId(name); }
        public static Shader? Find(string name) { Engine.Check("Shader.Find"); return null; }
    }

    public class Material : Object
    {
        internal readonly Properties Values = new Properties();
        public Material(Shader shader) { this.shader = shader ? shader : throw new ArgumentNullException(nameof(shader)); Engine.Made(this); }
        public Shader shader { get; }
        private readonly System.Collections.Generic.HashSet<string> _keywords = new System.Collections.Generic.HashSet<string>();
        public int renderQueue { get; set; } = 2000;
        public void EnableKeyword(string keyword) { Engine.Use(this, nameof(EnableKeyword)); _keywords.Add(keyword); }
        public bool IsKeywordEnabled(string keyword) { Engine.Use(this, nameof(IsKeywordEnabled)); return _keywords.Contains(keyword); }
        public float GetFloat(int nameID) { Engine.Use(this, nameof(GetFloat)); return Values.Get(nameID) is float f ? f : 0; }
        public void SetVector(int nameID, Vector4 value) { Engine.Use(this, nameof(SetVector)); Values.Set(nameID, value); }
        internal Vector2 Tiling = Vector2.one, Shift;
        public Vector2 GetTextureScale(int nameID) { Engine.Use(this, nameof(GetTextureScale)); return Tiling; }
        public Vector2 GetTextureOffset(int nameID) { Engine.Use(this, nameof(GetTextureOffset)); return Shift; }
        public bool HasColor(int nameID) { Engine.Use(this, nameof(HasColor)); return Values.Get(nameID) is Color; }
        /// <summary>As the inspector shows it: sRGB, in each project.</summary>
        public Color GetColor(int nameID) { Engine.Use(this, nameof(GetColor)); return Values.Get(nameID) is Color c ? c : throw new EngineError("Material doesn't have a color property " + nameID); }
        public void SetColor(int nameID, Color value) { Engine.Use(this, nameof(SetColor)); Values.Set(nameID, value); }
        public bool HasProperty(int nameID) { Engine.Use(this, nameof(HasProperty)); return Values.Has(nameID); }
        public void SetFloat(int nameID, float value) { Engine.Use(this, nameof(SetFloat)); Values.Set(nameID, value); }
        public Texture? GetTexture(int nameID) { Engine.Use(this, nameof(GetTexture)); return Values.Get(nameID) as Texture; }
        public void SetTexture(int nameID, Texture? value) { Engine.Use(this, nameof(SetTexture)); Values.Set(nameID, value); }
    }

    public sealed class MaterialPropertyBlock
    {
        internal Properties Values = new Properties();
        public MaterialPropertyBlock() => Engine.Check("MaterialPropertyBlock()");
        public bool isEmpty => Values.Count == 0;
        public void Clear() { Engine.Check("MaterialPropertyBlock.Clear"); Values.Clear(); }
        public void SetTexture(int nameID, Texture value) { Engine.Check("MaterialPropertyBlock.SetTexture"); Engine.Use(value, "SetTexture"); Values.Set(nameID, value); }
        public Texture? GetTexture(int nameID) { Engine.Check("MaterialPropertyBlock.GetTexture"); return Values.Get(nameID) as Texture; }
    }

    public class Renderer : Component
    {
        public Matrix4x4 localToWorldMatrix { get { Engine.Use(this, nameof(localToWorldMatrix)); return transform.localToWorldMatrix; } }
        internal Properties Block = new Properties();
        private Material?[] _materials = { null };
        internal virtual Mesh? Shape => null;
        internal virtual Vector3 Skinned => Vector3.zero;
        internal bool Seen = true;
        private bool _on = true;
        public bool enabled { get { Engine.Use(this, nameof(enabled)); return _on; } set { Engine.Use(this, nameof(enabled)); _on = value; } }
        public bool forceRenderingOff { get; set; }
        public bool isVisible { get { Engine.Use(this, nameof(isVisible)); return Seen; } }
        public int sortingLayerID { get; set; }
        public int sortingOrder { get; set; }

        public Bounds bounds
        {
            get
            {
                Engine.Use(this, nameof(bounds));
                if (Shape is not { } shape) return new Bounds(transform.position, Vector3.zero);
                var s = transform.localScale;
                var longest = Math.Max(s.x, Math.Max(s.y, s.z)) * (shape.bounds.size.magnitude + shape.bounds.center.magnitude + Skinned.magnitude);
                return new Bounds(transform.position, new Vector3(longest * 2, longest * 2, longest * 2));
            }
        }

        public Material? sharedMaterial { get { Engine.Use(this, nameof(sharedMaterial)); return _materials[0]; } set { Engine.Use(this, nameof(sharedMaterial)); _materials[0] = value; } }
        public Material?[] sharedMaterials { get { Engine.Use(this, nameof(sharedMaterials)); return (Material?[])_materials.Clone(); } set { Engine.Use(this, nameof(sharedMaterials)); _materials = value; } }
        /// <summary>Renderers that were asked for their materials.</summary>
        internal static int LookedAt;
        public void GetSharedMaterials(System.Collections.Generic.List<Material> m) { Engine.Use(this, nameof(GetSharedMaterials)); LookedAt++; m.Clear(); m.AddRange(_materials!); }
        public Material? material => throw new EngineError("Renderer.material makes a copy that leaks; use a MaterialPropertyBlock");
        public void GetPropertyBlock(MaterialPropertyBlock properties) { Engine.Use(this, nameof(GetPropertyBlock)); properties.Values = Block.Copy(); }
        public void SetPropertyBlock(MaterialPropertyBlock? properties) { Engine.Use(this, nameof(SetPropertyBlock)); Block = properties == null ? new Properties() : properties.Values.Copy(); }
    }

    public static class GL
    {
        internal static bool Encodes = true;
        /// <summary>The engine switches it off within OnGUI (fake/Messages.cs).</summary>
        public static bool sRGBWrite { get { Engine.Check("GL.sRGBWrite"); return Encodes; } set { Engine.Check("GL.sRGBWrite"); Encodes = value; } }
        public static Matrix4x4 GetGPUProjectionMatrix(Matrix4x4 proj, bool renderIntoTexture) { Engine.Check("GetGPUProjectionMatrix"); return renderIntoTexture && Engine.UvStartsAtTop ? Matrix4x4.Scale(new Vector3(1, -1, 1)) * proj : proj; }
    }

    public static class Graphics
    {
        public static void Blit(Texture source, RenderTexture? dest, Vector2 scale, Vector2 offset) => GpuImage.Blit(source, dest, scale, offset, null);
        public static void Blit(Texture source, RenderTexture? dest) => GpuImage.Blit(source, dest, Vector2.one, Vector2.zero, null);
        public static void Blit(Texture? source, RenderTexture? dest, Material mat) => GpuImage.Blit(source!, dest, Vector2.one, Vector2.zero, mat);
    }

    public static class Resources
    {
        public static T? Load<T>(string path) where T : Object { Engine.Check("Resources.Load"); return Engine.Resource(path) as T; }
    }

    public static class SystemInfo
    {
        public static int maxTextureSize { get { Engine.Check("SystemInfo.maxTextureSize"); return Engine.MaxTextureSize; } }
        public static bool graphicsUVStartsAtTop { get { Engine.Check("SystemInfo.graphicsUVStartsAtTop"); return Engine.UvStartsAtTop; } }
        public static bool supportsAsyncGPUReadback { get { Engine.Check("SystemInfo.supportsAsyncGPUReadback"); return Engine.Readback; } }
        public static GraphicsDeviceType graphicsDeviceType { get { Engine.Check("SystemInfo.graphicsDeviceType"); return Engine.Device; } }
    }

    public static class QualitySettings
    {
        public static ColorSpace activeColorSpace { get { Engine.Check("QualitySettings.activeColorSpace"); return Engine.ColorSpace; } }
    }
}

namespace UnityEngine.Rendering
{
    public abstract class RenderPipelineAsset : ScriptableObject
    {
        internal virtual void Draw(ScriptableRenderContext context, Camera camera) { }
        public virtual Material? defaultMaterial => null;
        public virtual Shader? defaultShader => null;
    }

    public sealed class GraphicsSettings
    {
        public static RenderPipelineAsset? currentRenderPipeline { get { Engine.Check("currentRenderPipeline"); return Engine.Pipeline; } }
        /// <summary>Those of the project's pipeline, as it has set them.</summary>
        internal static readonly System.Collections.Generic.Dictionary<Type, IRenderPipelineGraphicsSettings> Kept = new System.Collections.Generic.Dictionary<Type, IRenderPipelineGraphicsSettings>();
        public static bool TryGetRenderPipelineSettings<T>(out T settings) where T : class, IRenderPipelineGraphicsSettings
        {
            Engine.Check("TryGetRenderPipelineSettings");
            settings = (Kept.TryGetValue(typeof(T), out var kept) ? (T)kept : null)!;
            return settings != null;
        }
    }

    public interface IRenderPipelineGraphicsSettings { }
}

namespace UnityEngine.Experimental.Rendering
{
    public enum GraphicsFormat { None = 0, R8G8B8A8_SRGB = 4, R8G8B8A8_UNorm = 8 }
}

namespace UnityEngine.Rendering
{
    public enum GraphicsDeviceType { Direct3D11 = 2, Null = 4, OpenGLES3 = 11, Metal = 16, OpenGLCore = 17, Direct3D12 = 18, Vulkan = 21 }

    public struct AsyncGPUReadbackRequest
    {
        internal ReadbackState? State;
        public bool done { get { Engine.Check("AsyncGPUReadbackRequest.done"); return State == null || State.Done; } }
        public bool hasError { get { Engine.Check("AsyncGPUReadbackRequest.hasError"); return State == null || State.Error; } }
        public NativeArray<T> GetData<T>() where T : struct
        {
            Engine.Check("AsyncGPUReadbackRequest.GetData");
            if (State == null || !State.Done || State.Error) throw new InvalidOperationException("Cannot access the data as it is not available");
            return new NativeArray<T>(State.Data!.View());
        }
        public void WaitForCompletion() { Engine.Check("AsyncGPUReadbackRequest.WaitForCompletion"); State?.Finish(); }
    }

    public static class AsyncGPUReadback
    {
        public static AsyncGPUReadbackRequest Request(Texture src, int mipIndex, TextureFormat dstFormat, Action<AsyncGPUReadbackRequest>? callback = null) => ReadbackState.Ask(src, dstFormat, callback);
        public static AsyncGPUReadbackRequest Request(Texture src, int mipIndex, GraphicsFormat dstFormat, Action<AsyncGPUReadbackRequest>? callback = null) => ReadbackState.Ask(src, dstFormat, callback);
        public static void WaitAllRequests() { Engine.Check("AsyncGPUReadback.WaitAllRequests"); ReadbackState.FinishAll(); }
    }
}
