#nullable enable
using System;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// The stream's textures: frames come from the ring into a Texture2D's own memory, and are drawn upright into a RenderTexture.
    /// <para>A ring's top row comes first, a texture's memory begins at v = 0, which is the bottom on every graphics API; so the drawing
    /// turns the picture over, always. Frames are sRGB-encoded, so both textures are sRGB: a linear project decodes and encodes in
    /// hardware, a gamma project passes the bytes on.</para>
    /// </summary>
    internal sealed class DreamPicture
    {
        private const string ShaderPath = "Dreambridge/DreamPicture";
        private Texture2D? _now;
        private Texture2D? _before;
        private RenderTexture? _own;
        private RenderTexture? _target;
        private Material? _material;
        private int _idBefore;
        private int _idWeight;
        private int _idUnpremultiply;
        private bool _changed;
        private float _weight = 1;

        /// <summary>Whether a frame has been drawn.</summary>
        internal bool Shown { get; private set; }

        /// <summary>Where the picture is; null before the first frame.</summary>
        internal RenderTexture? Texture => _target ? _target : _own;

        /// <summary>Take the newest frame of the session, if there is one that was not yet taken.</summary>
        /// <exception cref="DreamError">not_supported: the frame is larger than this GPU's textures may be.</exception>
        internal unsafe bool Take(DreamSession session, int width, int height, bool blend)
        {
            Fit(width, height);
            // Read into the texture that is not shown, so that a torn read leaves the shown one whole.
            if (blend && !_before) _before = NewTexture(width, height);
            var into = blend ? _before! : _now!;
            var memory = into.GetRawTextureData<byte>();
            if (!session.TryRead((IntPtr)memory.GetUnsafePtr(), memory.Length)) return false;
            into.Apply(false);
            if (blend)
            {
                _before = _now;
                _now = into;
                _weight = Shown ? 0 : 1;
            }
            else
            {
                _weight = 1;
            }
            _changed = true;
            return true;
        }

        /// <summary>Draw what was taken; with blend also what lies between two frames. True when the output's pixels changed.</summary>
        internal bool Draw(RenderTexture? target, bool blend, DreamAlpha alpha, float seconds, double rate)
        {
            if (!_now) return false;
            if (blend && _weight < 1 && _before)
            {
                // Without a fixed rate: 24 a second, near enough to move on.
                _weight = Mathf.Clamp01(_weight + seconds * (float)(rate > 0 ? rate : 24));
                _changed = true;
            }
            var lost = Texture && !Texture!.IsCreated();
            if (!_changed && !lost && target == _target && Shown) return false;
            _target = target;
            var to = target ? target! : Own(_now!.width, _now.height);
            Render(to, blend && _before && _weight < 1, alpha == DreamAlpha.Premultiplied);
            _changed = false;
            Shown = true;
            return true;
        }

        /// <summary>Draw a still picture into a texture of the user's.</summary>
        internal static void DrawStill(Texture still, RenderTexture target) => DreamBlit.Copy(still, target);

        /// <summary>Destroy everything that was made here.</summary>
        internal void Release()
        {
            Destroy(ref _now);
            Destroy(ref _before);
            Destroy(ref _material);
            if (_own) _own!.Release();
            Destroy(ref _own);
            _target = null;
            Shown = _changed = false;
            _weight = 1;
        }

        private void Render(RenderTexture to, bool between, bool premultiplied)
        {
            if (between || premultiplied)
            {
                var material = Shading();
                material.SetTexture(_idBefore, between ? _before : _now);
                material.SetFloat(_idWeight, between ? _weight : 1);
                material.SetFloat(_idUnpremultiply, premultiplied ? 1 : 0);
                DreamBlit.Copy(_now!, to, material);
            }
            else
            {
                DreamBlit.CopyTurned(_now!, to);
            }
        }

        private Material Shading()
        {
            if (_material) return _material!;
            var shader = Resources.Load<Shader>(ShaderPath);
            if (shader == null || !shader.isSupported)
                throw new DreamError(ErrorCodes.NotSupported, "The shader Hidden/Dreambridge/Picture is missing or not supported by this GPU.", "Switch Blend off on the DreamStream, or reinstall the package com.dreambridge.unity.");
            _idBefore = Shader.PropertyToID("_Before");
            _idWeight = Shader.PropertyToID("_Weight");
            _idUnpremultiply = Shader.PropertyToID("_Unpremultiply");
            return _material = new Material(shader) { hideFlags = HideFlags.HideAndDontSave };
        }

        private void Fit(int width, int height)
        {
            if (_now && _now!.width == width && _now.height == height) return;
            var limit = SystemInfo.maxTextureSize;
            if (width > limit || height > limit)
                throw new DreamError(ErrorCodes.NotSupported, "The bundle's frames are " + width + " x " + height + " pixels; the largest texture of this GPU has " + limit + ".", "Choose a bundle with smaller frames.");
            Release();
            _now = NewTexture(width, height);
        }

        private static Texture2D NewTexture(int width, int height) =>
            new Texture2D(width, height, TextureFormat.RGBA32, false, false)
            {
                name = "Dream frame", hideFlags = HideFlags.HideAndDontSave, wrapMode = TextureWrapMode.Clamp,
            };

        private RenderTexture Own(int width, int height)
        {
            if (_own && _own!.width == width && _own.height == height) return _own;
            if (_own) _own!.Release();
            Destroy(ref _own);
            _own = new RenderTexture(width, height, 0, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB)
            {
                name = "Dream picture", hideFlags = HideFlags.HideAndDontSave, wrapMode = TextureWrapMode.Clamp,
            };
            _own.Create();
            return _own;
        }

        private static void Destroy<T>(ref T? thing) where T : UnityEngine.Object
        {
            if (thing)
            {
                if (Application.isPlaying) UnityEngine.Object.Destroy(thing);
                else UnityEngine.Object.DestroyImmediate(thing);
            }
            thing = null;
        }
    }
}
