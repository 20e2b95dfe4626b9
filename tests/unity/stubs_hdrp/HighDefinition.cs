using System.Collections.Generic;

namespace UnityEngine.Rendering.HighDefinition
{
    public class HDCamera { public Camera camera = null!; }

    public struct CustomPassContext
    {
        public readonly CommandBuffer cmd;
        public readonly HDCamera hdCamera;
        public readonly RTHandle cameraColorBuffer;
        public readonly RTHandle cameraDepthBuffer;
        internal CustomPassContext(CommandBuffer cmd, HDCamera camera) { this.cmd = cmd; hdCamera = camera; cameraColorBuffer = cameraDepthBuffer = new RTHandle(); }
    }

    [System.Serializable]
    public abstract class CustomPass
    {
        protected virtual void Execute(CustomPassContext ctx) { }
        internal void Run(CustomPassContext ctx) => Execute(ctx);
    }

    public sealed class HDRenderPipelineAsset : RenderPipelineAsset
    {
        /// <summary>Those of a Custom Pass Volume in the scene.</summary>
        public readonly List<CustomPass> Passes = new List<CustomPass>();

        internal override void Draw(ScriptableRenderContext context, Camera camera)
        {
            var cmd = new CommandBuffer { name = "HDRP" };
            foreach (var p in Passes) p.Run(new CustomPassContext(cmd, new HDCamera { camera = camera }));
            context.ExecuteCommandBuffer(cmd);
            cmd.Release();
        }
    }
}
