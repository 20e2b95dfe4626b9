using System;
using System.Collections.Generic;
using System.Linq;
using FakeUnity;
using UnityEngine.Experimental.Rendering;

namespace UnityEngine.Rendering
{
    public enum CameraEvent { BeforeDepthTexture, AfterDepthTexture, BeforeForwardOpaque = 10, AfterEverything = 20 }
    public enum RenderQueue { Background = 1000, Geometry = 2000, AlphaTest = 2450, GeometryLast = 2500, Transparent = 3000, Overlay = 4000 }

    public struct RenderTargetIdentifier
    {
        internal RenderTexture? Texture;
        public static implicit operator RenderTargetIdentifier(Texture tex) => new RenderTargetIdentifier { Texture = (RenderTexture)tex };
    }

    /// <summary>Commands are checked when they are recorded, and carried out when a camera or a context executes the buffer.</summary>
    public class CommandBuffer : IDisposable
    {
        internal List<Action<Raster>> Commands = new List<Action<Raster>>();
        private bool _released;
        public CommandBuffer() { Engine.Check("CommandBuffer()"); Raster.Buffers.Add(this); }
        public string name { get; set; } = "";
        public int sizeInBytes => Commands.Count;
        public void Clear() => Use(nameof(Clear)).Clear();
        public void Release() { Use(nameof(Release)).Clear(); _released = true; Raster.Buffers.Remove(this); }
        public void Dispose() => Release();
        public void SetRenderTarget(RenderTargetIdentifier rt) => SetRenderTarget(new[] { rt }, rt);

        public void SetRenderTarget(RenderTargetIdentifier[] colors, RenderTargetIdentifier depth)
        {
            var targets = colors.Select(c => c.Texture!).ToArray();
            if (targets.Select(t => (t.width, t.height)).Distinct().Count() > 1) throw new EngineError("render targets of different sizes");
            var z = depth.Texture!;
            Use(nameof(SetRenderTarget)).Add(r => r.Target(targets, z));
        }

        public void ClearRenderTarget(bool clearDepth, bool clearColor, Color backgroundColor) => Use(nameof(ClearRenderTarget)).Add(r => r.Clear(clearDepth, clearColor, backgroundColor));
        public void SetGlobalMatrix(int nameID, Matrix4x4 value) => Use(nameof(SetGlobalMatrix)).Add(r => r.Global(nameID, value));
        public void SetGlobalVector(int nameID, Vector4 value) => Use(nameof(SetGlobalVector)).Add(r => r.Global(nameID, value));
        public void SetGlobalFloat(int nameID, float value) => Use(nameof(SetGlobalFloat)).Add(r => r.Global(nameID, value));

        public void DrawMesh(Mesh mesh, Matrix4x4 matrix, Material material, int submeshIndex, int shaderPass)
        {
            Engine.Use(mesh, nameof(DrawMesh));
            Engine.Use(material, nameof(DrawMesh));
            if (submeshIndex < 0 || submeshIndex >= mesh.Parts.Count) throw new EngineError("Submesh index " + submeshIndex + " is out of range for mesh " + mesh.name);
            Use(nameof(DrawMesh)).Add(r => r.Draw(mesh, Vector3.zero, matrix, material, new Properties(), submeshIndex, shaderPass));
        }

        public void DrawRenderer(Renderer renderer, Material material, int submeshIndex, int shaderPass)
        {
            Engine.Use(renderer, nameof(DrawRenderer));
            Engine.Use(material, nameof(DrawRenderer));
            // The renderer's own property block counts, its state at the drawing too.
            Use(nameof(DrawRenderer)).Add(r => { if (!renderer.Dead && renderer.Shape is { } shape) r.Draw(shape, renderer.Skinned, renderer.transform.localToWorldMatrix, material, renderer.Block, submeshIndex, shaderPass); });
        }

        public void RequestAsyncReadback(Texture src, int mipIndex, GraphicsFormat dstFormat, Action<AsyncGPUReadbackRequest> callback)
        {
            Engine.Use(src, nameof(RequestAsyncReadback));
            Use(nameof(RequestAsyncReadback)).Add(_ => ReadbackState.Ask(src, dstFormat, callback));
        }

        private List<Action<Raster>> Use(string member) { Engine.Check(member); return _released ? throw new EngineError(member + " of a CommandBuffer that was released") : Commands; }
    }

    /// <summary>What is executed is carried out by Submit; what is never submitted is never drawn.</summary>
    public struct ScriptableRenderContext
    {
        internal List<Action<Raster>> Pending;
        public void ExecuteCommandBuffer(CommandBuffer commandBuffer) => Pending.AddRange(commandBuffer.Commands);
        public void Submit() { var now = Pending.ToArray(); Pending.Clear(); new Raster().Run(now); }
    }

    public static class RenderPipelineManager
    {
        public static event Action<ScriptableRenderContext, Camera>? endCameraRendering;
        internal static int Listeners => endCameraRendering?.GetInvocationList().Length ?? 0;
        internal static void End(ScriptableRenderContext context, Camera camera) => endCameraRendering?.Invoke(context, camera);
    }
}
