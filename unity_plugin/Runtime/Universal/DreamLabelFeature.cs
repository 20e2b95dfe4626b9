#nullable enable
using UnityEngine.Rendering.Universal;

namespace Dreambridge.Pipelines
{
    /// <summary>
    /// For a URP renderer: draws the labels and depth of a <see cref="DreamView"/> within the frame. Add it in the inspector of the renderer asset (Add
    /// Renderer Feature). Without it they are drawn after the camera's frame, which costs one more submit.
    /// </summary>
    public sealed class DreamLabelFeature : ScriptableRendererFeature
    {
        private DreamLabelRenderPass? _pass;

        /// <inheritdoc/>
        public override void Create() => _pass = new DreamLabelRenderPass { renderPassEvent = RenderPassEvent.AfterRendering };

        /// <inheritdoc/>
        public override void AddRenderPasses(ScriptableRenderer renderer, ref RenderingData renderingData)
        {
            if (_pass != null && DreamLabelDrawing.Wants(renderingData.cameraData.camera)) renderer.EnqueuePass(_pass);
        }
    }
}
