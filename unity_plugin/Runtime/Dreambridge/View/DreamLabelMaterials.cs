#nullable enable
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>
    /// The materials that draw labels: one for each label, and one more for each surface that is cut out by the alpha of its texture. The game's
    /// renderers are drawn with them as they are: no property block and no material of the game changes, so that the SRP batcher and the
    /// GPU-resident drawer take the game's own drawing as before.
    /// </summary>
    internal sealed class DreamLabelMaterials
    {
        private const string ShaderPath = "Dreambridge/DreamLabel";
        private const float Half = 0.5f;
        // HDRP Lit, URP, HDRP Unlit, Built-in: HDRP's and URP's shaders carry a _MainTex too, which they do not show.
        private static readonly int[] s_textures = { Shader.PropertyToID("_BaseColorMap"), Shader.PropertyToID("_BaseMap"), Shader.PropertyToID("_UnlitColorMap"), Shader.PropertyToID("_MainTex") };
        private static readonly int s_cutoff = Shader.PropertyToID("_Cutoff"), s_alphaCutoff = Shader.PropertyToID("_AlphaCutoff");
        private static readonly int s_mainTex = Shader.PropertyToID("_MainTex"), s_label = Shader.PropertyToID("_DreamLabel"), s_threshold = Shader.PropertyToID("_DreamThreshold"), s_place = Shader.PropertyToID("_DreamPlace");

        private readonly Dictionary<(string label, Texture? cut, float threshold, Vector4 place), Material> _made = new Dictionary<(string, Texture?, float, Vector4), Material>();
        private Shader? _shader;

        /// <summary>The material for a surface of that label that wears <paramref name="worn"/> in the game.</summary>
        /// <exception cref="DreamError">not_supported: the shader is missing, or this GPU does not take it.</exception>
        internal Material Of(ViewLabel label, Material? worn)
        {
            if (worn == null) return Solid(label);
            var tested = worn.IsKeywordEnabled("_ALPHATEST_ON");
            if (!tested && worn.renderQueue < (int)RenderQueue.Transparent) return Solid(label);
            foreach (var id in s_textures)
            {
                if (!worn.HasProperty(id) || !(worn.GetTexture(id) is { } texture) || !texture) continue;
                var threshold = !tested ? Half : worn.HasProperty(s_alphaCutoff) ? worn.GetFloat(s_alphaCutoff) : worn.HasProperty(s_cutoff) ? worn.GetFloat(s_cutoff) : Half;
                Vector2 scale = worn.GetTextureScale(id), offset = worn.GetTextureOffset(id);
                return Made(label, texture, threshold, new Vector4(scale.x, scale.y, offset.x, offset.y));
            }
            return Solid(label);
        }

        /// <summary>For sprites and tilemaps: the renderer itself gives the texture, which cuts them out.</summary>
        internal Material OfSprite(ViewLabel label) => Made(label, null, Half, new Vector4(1, 1, 0, 0));

        /// <summary>For grass: a surface that this texture cuts out.</summary>
        internal Material OfCut(ViewLabel label, Texture texture) => Made(label, texture, Half, new Vector4(1, 1, 0, 0));

        /// <summary>A surface without holes.</summary>
        internal Material Solid(ViewLabel label) => Made(label, null, 0, new Vector4(1, 1, 0, 0));

        /// <summary>Destroy them all.</summary>
        internal void Release()
        {
            foreach (var made in _made.Values)
            {
                if (Application.isPlaying) Object.Destroy(made);
                else Object.DestroyImmediate(made);
            }
            _made.Clear();
        }

        private Material Made(ViewLabel label, Texture? cut, float threshold, Vector4 place)
        {
            var key = (label.Name, cut, threshold, place);
            if (_made.TryGetValue(key, out var known) && known) return known;
            if (!_shader) _shader = Resources.Load<Shader>(ShaderPath);
            if (!_shader || !_shader!.isSupported)
                throw new DreamError(ErrorCodes.NotSupported, "The shader Hidden/Dreambridge/Label is missing or not supported by this GPU.", "Reinstall the package com.dreambridge.unity, or set Labels and Depth to textures of your own.");
            var made = new Material(_shader!) { name = "Dream label " + label.Name, hideFlags = HideFlags.HideAndDontSave };
            // A vector, not a colour, which the engine would convert: these are the palette's bytes.
            made.SetVector(s_label, new Vector4(label.Red / 255f, label.Green / 255f, label.Blue / 255f, 1));
            made.SetFloat(s_threshold, threshold);
            made.SetVector(s_place, place);
            if (cut) made.SetTexture(s_mainTex, cut);
            _made[key] = made;
            return made;
        }
    }
}
