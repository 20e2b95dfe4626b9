#nullable enable
using UnityEngine;
using UnityEngine.UI;

namespace Dreambridge
{
    /// <summary>Puts the stream's texture on a Renderer and into a RawImage, and gives both back what they showed before.</summary>
    internal sealed class DreamOutputs
    {
        // HDRP Lit, URP, HDRP Unlit, Built-in: HDRP's and URP's shaders carry a _MainTex too, which they do not show.
        private static readonly string[] s_mainTextures = { "_BaseColorMap", "_BaseMap", "_UnlitColorMap", "_MainTex" };

        private Renderer? _renderer;
        private MaterialPropertyBlock? _block;
        private Texture? _blockBefore;
        private int _property;
        private RawImage? _image;
        private Texture? _imageBefore;
        private Texture? _shown;

        /// <summary>Show this texture; null leaves the outputs as they are.</summary>
        /// <exception cref="DreamError">bad_argument: the renderer's material has no such texture property.</exception>
        internal void Show(Texture? texture, Renderer? renderer, string property, RawImage? image)
        {
            if (!texture) return;
            if (renderer != _renderer || image != _image) Release();
            if (texture == _shown && renderer == _renderer && image == _image && (!image || image!.texture == texture)) return;
            if (renderer) ShowOn(renderer!, property, texture!);
            if (image)
            {
                if (!_image) _imageBefore = image!.texture;
                _image = image;
                image!.texture = texture;
            }
            _shown = texture;
        }

        /// <summary>Give back what was shown before.</summary>
        internal void Release()
        {
            if (_image && _image!.texture == _shown) _image.texture = _imageBefore;
            if (_renderer && _block != null)
            {
                _renderer!.GetPropertyBlock(_block);
                var material = _renderer.sharedMaterial;
                var own = _blockBefore ? _blockBefore : material ? material!.GetTexture(_property) : null;
                _block.SetTexture(_property, own ? own! : Texture2D.whiteTexture);
                _renderer.SetPropertyBlock(_block);
            }
            _renderer = null;
            _image = null;
            _imageBefore = _blockBefore = _shown = null;
        }

        private void ShowOn(Renderer renderer, string property, Texture texture)
        {
            _block ??= new MaterialPropertyBlock();
            renderer.GetPropertyBlock(_block);
            if (!_renderer)
            {
                _property = Find(renderer, property);
                _blockBefore = _block.GetTexture(_property);
                _renderer = renderer;
            }
            _block.SetTexture(_property, texture);
            renderer.SetPropertyBlock(_block);
        }

        private static int Find(Renderer renderer, string property)
        {
            var material = renderer.sharedMaterial;
            if (!material)
                throw new DreamError(ErrorCodes.BadArgument, "The renderer " + renderer.name + " has no material.", "Give it a material whose shader has a texture.");
            if (property.Length > 0)
            {
                var id = Shader.PropertyToID(property);
                if (material!.HasProperty(id)) return id;
                throw new DreamError(ErrorCodes.BadArgument, "The material of " + renderer.name + " has no texture property " + property + ".", "Leave Target Property empty for the main texture, or name one that the shader has.");
            }
            foreach (var name in s_mainTextures)
            {
                var id = Shader.PropertyToID(name);
                if (material!.HasProperty(id)) return id;
            }
            throw new DreamError(ErrorCodes.BadArgument, "The material of " + renderer.name + " has none of " + string.Join(", ", s_mainTextures) + ".", "Name the shader's texture in Target Property.");
        }
    }
}
