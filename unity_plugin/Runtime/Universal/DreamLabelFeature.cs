#nullable enable
using UnityEngine.Rendering;
using UnityEngine.Rendering.Universal;

namespace Dreambridge.Pipelines
{
    /// <summary>
    /// For a URP renderer: draws the labels and depth of a <see cref="DreamView"/> within the frame. Add it in the inspector of the renderer asset (Add
    /// Renderer Feature). Without it, and in Unity 6 in the compatibility mode, they are drawn after the camera's frame, which costs one more submit.
    /// </summary>
    public sealed partial class DreamLabelFeature : ScriptableRendererFeature
    {
        private DreamLabelRenderPass? _pass;

        /// <inheritdoc/>
        public override void Create() => _pass = new DreamLabelRenderPass { renderPassEvent = RenderPassEvent.AfterRendering };

        /// <inheritdoc/>
        public override void AddRenderPasses(ScriptableRenderer renderer, ref RenderingData renderingData)
        {
            if (_pass != null && !IsCompatible() && DreamLabelDrawing.Wants(renderingData.cameraData.camera)) renderer.EnqueuePass(_pass);
        }

        // URP 17 without its render graph runs passes by a way that the pass does not have. From Unity 6.3 on a project has to ask for it by a define.
        private static bool IsCompatible() =>
#if DREAMBRIDGE_UNIVERSAL_17 && (!UNITY_6000_3_OR_NEWER || URP_COMPATIBILITY_MODE)
#pragma warning disable CS0618 // Unity 6.3 may mark it as obsolete
            GraphicsSettings.TryGetRenderPipelineSettings<RenderGraphSettings>(out var settings) && settings.enableRenderCompatibilityMode;
#pragma warning restore CS0618
#else
            false;
#endif
    }
}
