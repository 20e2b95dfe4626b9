#nullable enable
using UnityEngine;
using UnityEngine.Rendering;
#if DREAMBRIDGE_UNIVERSAL_17
using UnityEngine.Rendering.RenderGraphModule;
#endif
using UnityEngine.Rendering.Universal;

namespace Dreambridge.Pipelines
{
    /// <summary>The pass of <see cref="DreamLabelFeature"/>: by the render graph in Unity 6, by Execute before.</summary>
    internal sealed class DreamLabelRenderPass : ScriptableRenderPass
    {
#if DREAMBRIDGE_UNIVERSAL_17
        private sealed class Data
        {
            internal Camera? Camera;
        }

        /// <inheritdoc/>
        public override void RecordRenderGraph(RenderGraph renderGraph, ContextContainer frameData)
        {
            using var builder = renderGraph.AddUnsafePass<Data>("Dreambridge labels", out var data);
            data.Camera = frameData.Get<UniversalCameraData>().camera;
            // It draws into textures that the graph does not know, and would be dropped.
            builder.AllowPassCulling(false);
            builder.AllowGlobalStateModification(true);
            builder.SetRenderFunc((Data d, UnsafeGraphContext context) => DreamLabelDrawing.Record(CommandBufferHelpers.GetNativeCommandBuffer(context.cmd), d.Camera!));
        }
#else
        /// <inheritdoc/>
        public override void Execute(ScriptableRenderContext context, ref RenderingData renderingData)
        {
            var cmd = CommandBufferPool.Get("Dreambridge labels");
            DreamLabelDrawing.Record(cmd, renderingData.cameraData.camera);
            context.ExecuteCommandBuffer(cmd);
            CommandBufferPool.Release(cmd);
        }
#endif
    }
}
