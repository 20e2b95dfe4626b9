using System.Collections.Generic;
using FakeUnity;
#if SRP_17
using UnityEngine.Rendering.RenderGraphModule;
#endif

namespace UnityEngine.Rendering.Universal
{
    public enum RenderPassEvent { BeforeRendering = 0, BeforeRenderingOpaques = 250, AfterRenderingPostProcessing = 600, AfterRendering = 1000 }

    public struct CameraData { public Camera camera; }

    public struct RenderingData { public CameraData cameraData; }

#if SRP_17
    public class RenderGraphSettings : IRenderPipelineGraphicsSettings { public bool enableRenderCompatibilityMode { get; set; } }

    public class UniversalCameraData : ContextItem { public Camera camera = null!; }
#endif

    public abstract class ScriptableRenderPass
    {
        public RenderPassEvent renderPassEvent { get; set; }
#if SRP_17
        public virtual void RecordRenderGraph(RenderGraph renderGraph, ContextContainer frameData) => throw new EngineError(GetType().Name + " does not implement RecordRenderGraph");
        public virtual void Execute(ScriptableRenderContext context, ref RenderingData renderingData) => throw new EngineError(GetType().Name + " does not implement Execute");
#else
        public abstract void Execute(ScriptableRenderContext context, ref RenderingData renderingData);
#endif
    }

    public abstract class ScriptableRenderer
    {
        internal readonly List<ScriptableRenderPass> Queue = new List<ScriptableRenderPass>();
        public void EnqueuePass(ScriptableRenderPass pass) => Queue.Add(pass);
    }

    public sealed class UniversalRenderer : ScriptableRenderer { }

    public abstract class ScriptableRendererFeature : ScriptableObject
    {
        public abstract void Create();
        public abstract void AddRenderPasses(ScriptableRenderer renderer, ref RenderingData renderingData);
    }

    public sealed class UniversalRenderPipelineAsset : RenderPipelineAsset
    {
        private readonly UniversalRenderer _renderer = new UniversalRenderer();
        /// <summary>Those of the renderer asset, as a project has added them.</summary>
        public readonly List<ScriptableRendererFeature> Features = new List<ScriptableRendererFeature>();

        internal override void Draw(ScriptableRenderContext context, Camera camera)
        {
            var data = new RenderingData { cameraData = new CameraData { camera = camera } };
            foreach (var f in Features) f.AddRenderPasses(_renderer, ref data);
#if SRP_17
            if (GraphicsSettings.TryGetRenderPipelineSettings<RenderGraphSettings>(out var settings) && settings.enableRenderCompatibilityMode)
            {
                foreach (var p in _renderer.Queue) p.Execute(context, ref data);
                _renderer.Queue.Clear();
                return;
            }
            var frame = new ContextContainer();
            frame.Put(new UniversalCameraData { camera = camera });
            var graph = new RenderGraph();
            foreach (var p in _renderer.Queue) p.RecordRenderGraph(graph, frame);
            var cmd = new CommandBuffer { name = "graph" };
            graph.Run(cmd);
            context.ExecuteCommandBuffer(cmd);
            cmd.Release();
#else
            foreach (var p in _renderer.Queue) p.Execute(context, ref data);
#endif
            _renderer.Queue.Clear();
        }
    }
}
