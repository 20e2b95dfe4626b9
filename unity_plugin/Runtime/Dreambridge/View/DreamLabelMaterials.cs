#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;
using Object = UnityEngine.Object;

namespace Dreambridge
{
    /// <summary>
    /// The materials that draw labels: one for each label, and one more for each surface that is cut out by the alpha of its texture, or with colours for each
    /// texture and colour. The game's renderers are drawn with them as they are: no property block and no material of the game changes, so that the SRP batcher and the
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

        private static readonly int[] s_tints = { Shader.PropertyToID("_BaseColor"), Shader.PropertyToID("_UnlitColor"), Shader.PropertyToID("_Color") };
        private static readonly int s_tint = Shader.PropertyToID("_DreamTint"), s_sprite = Shader.PropertyToID("_DreamSprite");
        private static readonly Vector4 s_whole = new Vector4(1, 1, 0, 0);

        private readonly Dictionary<Look, Material> _made = new Dictionary<Look, Material>();
        private Shader? _shader;

        /// <summary>Does the view have colours? Each texture and colour of the game then needs a material of its own.</summary>
        internal bool Colours { get; set; }

        /// <summary>The material for a surface of that label that wears <paramref name="worn"/> in the game.</summary>
        /// <exception cref="DreamError">not_supported: the shader is missing, or this GPU does not take it.</exception>
        internal Material Of(ViewLabel label, Material? worn)
        {
            if (worn == null) return Solid(label);
            var tested = worn.IsKeywordEnabled("_ALPHATEST_ON");
            var cut = tested || worn.renderQueue >= (int)RenderQueue.Transparent;
            if (!cut && !Colours) return Solid(label);
            var tint = Colours ? TintOf(worn) : NoColour;
            foreach (var id in s_textures)
            {
                if (!worn.HasProperty(id) || !(worn.GetTexture(id) is { } texture) || !texture) continue;
                var threshold = !cut ? 0 : !tested ? Half : worn.HasProperty(s_alphaCutoff) ? worn.GetFloat(s_alphaCutoff) : worn.HasProperty(s_cutoff) ? worn.GetFloat(s_cutoff) : Half;
                Vector2 scale = worn.GetTextureScale(id), offset = worn.GetTextureOffset(id);
                return Made(new Look(label, texture, threshold, new Vector4(scale.x, scale.y, offset.x, offset.y), tint, false));
            }
            return Made(new Look(label, null, 0, s_whole, tint, false));
        }

        /// <summary>For sprites and tilemaps: the renderer itself gives the texture, which cuts them out, and their colour.</summary>
        internal Material OfSprite(ViewLabel label) => Made(new Look(label, null, Half, s_whole, Colours ? White : NoColour, true));

        /// <summary>For grass: a surface that this texture cuts out.</summary>
        internal Material OfCut(ViewLabel label, Texture texture) => Made(new Look(label, texture, Half, s_whole, Colours ? White : NoColour, false));

        /// <summary>A surface without holes, and without a colour of its own.</summary>
        internal Material Solid(ViewLabel label) => Made(new Look(label, null, 0, s_whole, NoColour, false));

        /// <summary>A material for a terrain of that label, with the colours of its layers; the caller destroys it.</summary>
        internal Material OfTerrain(ViewLabel label) => New(new Look(label, null, 0, s_whole, White, false));

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

        private static Vector4 White => new Vector4(1, 1, 1, 1);

        private static Vector4 NoColour => new Vector4(1, 1, 1, 0);

        // In the space in which the project computes, as the texture's values are.
        private static Vector4 TintOf(Material worn)
        {
            foreach (var id in s_tints)
            {
                if (!worn.HasColor(id)) continue;
                var colour = worn.GetColor(id);
                if (QualitySettings.activeColorSpace == ColorSpace.Linear) colour = colour.linear;
                return new Vector4(colour.r, colour.g, colour.b, 1);
            }
            return White;
        }

        private Material Made(in Look look)
        {
            if (!_made.TryGetValue(look, out var known) || !known) _made[look] = known = New(look);
            return known;
        }

        private Material New(in Look look)
        {
            if (!_shader) _shader = Resources.Load<Shader>(ShaderPath);
            if (!_shader || !_shader!.isSupported)
                throw new DreamError(ErrorCodes.NotSupported, "The shader Hidden/Dreambridge/Label is missing or not supported by this GPU.", "Reinstall the package com.dreambridge.unity, or set Labels and Depth to textures of your own.");
            var label = look.Label;
            var made = new Material(_shader!) { name = "Dream label " + label.Name, hideFlags = HideFlags.HideAndDontSave };
            // Vectors, not colours, which the engine would convert: these are the palette's bytes.
            made.SetVector(s_label, label.Name.Length == 0 ? default : new Vector4(label.Red / 255f, label.Green / 255f, label.Blue / 255f, 1));
            made.SetFloat(s_threshold, look.Threshold);
            made.SetVector(s_place, look.Place);
            made.SetVector(s_tint, look.Tint);
            made.SetFloat(s_sprite, look.Sprite ? 1 : 0);
            if (look.Texture) made.SetTexture(s_mainTex, look.Texture);
            return made;
        }

        private readonly struct Look : IEquatable<Look>
        {
            internal readonly ViewLabel Label;
            internal readonly Texture? Texture;
            internal readonly float Threshold;
            internal readonly Vector4 Place, Tint;
            internal readonly bool Sprite;

            internal Look(ViewLabel label, Texture? texture, float threshold, Vector4 place, Vector4 tint, bool sprite) =>
                (Label, Texture, Threshold, Place, Tint, Sprite) = (label, texture, threshold, place, tint, sprite);

            public bool Equals(Look o) =>
                Label.Name == o.Label.Name && ReferenceEquals(Texture, o.Texture) && Threshold == o.Threshold && Place.Equals(o.Place) && Tint.Equals(o.Tint) && Sprite == o.Sprite;

            public override bool Equals(object? o) => o is Look other && Equals(other);

            public override int GetHashCode() => (Label.Name, Texture, Threshold, Place, Tint, Sprite).GetHashCode();
        }
    }
}
