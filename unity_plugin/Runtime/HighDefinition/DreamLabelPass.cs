#nullable enable
using UnityEngine.Rendering;
using UnityEngine.Rendering.HighDefinition;

namespace Dreambridge.Pipelines
{
    /// <summary>
    /// For HDRP: draws the labels and depth of a <see cref="DreamView"/> within the frame. Add it to a Custom Pass Volume, at After Post Process.
    /// Without it they are drawn after the camera's frame, which costs one more submit.
    /// </summary>
    [System.Serializable]
    public sealed class DreamLabelPass : CustomPass
    {
        /// <inheritdoc/>
        protected override void Execute(CustomPassContext ctx)
        {
            var camera = ctx.hdCamera.camera;
            if (!DreamLabelDrawing.Wants(camera)) return;
            DreamLabelDrawing.Record(ctx.cmd, camera);
            CoreUtils.SetRenderTarget(ctx.cmd, ctx.cameraColorBuffer, ctx.cameraDepthBuffer);
        }
    }
}
