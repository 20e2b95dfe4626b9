#nullable enable
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Copies by the GPU that do not depend on who called: within OnGUI, and in an inspector, the engine has switched GL.sRGBWrite off, and a
    /// linear project's picture would be stored without its curve. What was set before is set again.
    /// </summary>
    internal static class DreamBlit
    {
        private static readonly Vector2 s_turn = new Vector2(1, -1);
        private static readonly Vector2 s_turnOffset = new Vector2(0, 1);

        internal static void Copy(Texture source, RenderTexture to)
        {
            var before = Begin();
            Graphics.Blit(source, to);
            End(before);
        }

        /// <summary>The same, upside down.</summary>
        internal static void CopyTurned(Texture source, RenderTexture to)
        {
            var before = Begin();
            Graphics.Blit(source, to, s_turn, s_turnOffset);
            End(before);
        }

        internal static void Copy(Texture source, RenderTexture to, Material material)
        {
            var before = Begin();
            Graphics.Blit(source, to, material);
            End(before);
        }

        private static (RenderTexture? active, bool encodes) Begin()
        {
            var before = (RenderTexture.active, GL.sRGBWrite);
            GL.sRGBWrite = QualitySettings.activeColorSpace == ColorSpace.Linear;
            return before;
        }

        private static void End((RenderTexture? active, bool encodes) before)
        {
            RenderTexture.active = before.active;
            GL.sRGBWrite = before.encodes;
        }
    }
}
