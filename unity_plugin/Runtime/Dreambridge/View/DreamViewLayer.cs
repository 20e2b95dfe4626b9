#nullable enable
using System;
using Unity.Collections;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>One layer on its way from a texture to the ring: drawn at the ring's size with the top row first, read back, kept.</summary>
    internal sealed class DreamViewLayer
    {
        private readonly Action<AsyncGPUReadbackRequest> _arrived;
        private readonly bool _colours;
        private NativeArray<byte> _kept;
        private RenderTexture? _drawn;
        private AsyncGPUReadbackRequest _request;
        private bool _good;
        // Of the texture and of its readback, so that the bytes are copied as they are: a TextureFormat would mean sRGB in a linear project,
        // and encode packed depth.
        private GraphicsFormat _format;
        private int _depthBits;
        private bool _recorded;

        internal DreamViewLayer(bool colours)
        {
            _colours = colours;
            _arrived = Arrived;
        }

        internal NativeArray<byte> Bytes { get; private set; }
        internal bool Done { get; private set; } = true;

        internal bool Whole(int bytes) => _good && Bytes.IsCreated && Bytes.Length == bytes;

        /// <summary>The picture as it is sent; null before the first one.</summary>
        internal RenderTexture? Drawn => _drawn ? _drawn : null;

        /// <summary>Draw a texture of the game's, and ask for its bytes.</summary>
        internal void Take(Texture source, int width, int height)
        {
            Fit(width, height, _colours && QualitySettings.activeColorSpace == ColorSpace.Linear ? GraphicsFormat.R8G8B8A8_SRGB : GraphicsFormat.R8G8B8A8_UNorm, 0);
            DreamBlit.CopyTurned(source, _drawn!);
            Done = _good = false;
            _request = AsyncGPUReadback.Request(_drawn!, 0, _format, _arrived);
        }

        /// <summary>Be ready for a command buffer that draws into <see cref="Drawn"/>: bytes as they are, whatever the colour space.</summary>
        internal void Prepare(int width, int height, bool withDepthBuffer) => Fit(width, height, GraphicsFormat.R8G8B8A8_UNorm, withDepthBuffer ? 24 : 0);

        /// <summary>Let the command buffer ask for the bytes after it has drawn.</summary>
        internal void Read(CommandBuffer cmd)
        {
            Done = _good = false;
            _recorded = true;
            cmd.RequestAsyncReadback(_drawn!, 0, _format, _arrived);
        }

        /// <summary>Nothing came, and nothing is waited for: the camera did not draw.</summary>
        internal void GiveUp() => Done = true;

        /// <summary>Do more pixels than that share of all differ from those that were kept?</summary>
        internal unsafe bool Moved(float share)
        {
            if (!_kept.IsCreated || _kept.Length != Bytes.Length) return true;
            int* now = (int*)Bytes.GetUnsafePtr(), before = (int*)_kept.GetUnsafePtr();
            var pixels = Bytes.Length / 4;
            var allowed = (int)(share * pixels);
            for (var i = 0; i < pixels; i++)
                if (now[i] != before[i] && --allowed < 0) return true;
            return false;
        }

        /// <summary>What comes is compared with this one.</summary>
        internal unsafe void Keep()
        {
            if (_kept.Length != Bytes.Length)
            {
                if (_kept.IsCreated) _kept.Dispose();
                _kept = new NativeArray<byte>(Bytes.Length, Allocator.Persistent, NativeArrayOptions.UninitializedMemory);
            }
            Buffer.MemoryCopy(Bytes.GetUnsafePtr(), _kept.GetUnsafePtr(), Bytes.Length, Bytes.Length);
        }

        internal void Release()
        {
            if (_kept.IsCreated) _kept.Dispose();
            _kept = default;
            // What a command buffer asked for has no handle, and may not have been asked for yet.
            if (_recorded) AsyncGPUReadback.WaitAllRequests();
            else if (!Done) _request.WaitForCompletion();
            _recorded = false;
            Done = true;
            _good = false;
            if (Bytes.IsCreated) Bytes.Dispose();
            Bytes = default;
            if (_drawn)
            {
                _drawn!.Release();
                if (Application.isPlaying) UnityEngine.Object.Destroy(_drawn);
                else UnityEngine.Object.DestroyImmediate(_drawn);
            }
            _drawn = null;
        }

        private void Fit(int width, int height, GraphicsFormat format, int depthBits)
        {
            if (_drawn && _drawn!.width == width && _drawn.height == height && _format == format && _depthBits == depthBits) return;
            Release();
            (_format, _depthBits) = (format, depthBits);
            _drawn = new RenderTexture(width, height, depthBits, format) { name = "Dream view", filterMode = FilterMode.Point, hideFlags = HideFlags.HideAndDontSave };
            _drawn.Create();
            Bytes = new NativeArray<byte>(width * height * 4, Allocator.Persistent, NativeArrayOptions.UninitializedMemory);
        }

        private unsafe void Arrived(AsyncGPUReadbackRequest request)
        {
            if (Done) return; // given up
            Done = true;
            _good = !request.hasError && Bytes.IsCreated;
            if (!_good) return;
            var data = request.GetData<byte>();
            _good = data.Length == Bytes.Length;
            if (_good) Buffer.MemoryCopy(data.GetUnsafeReadOnlyPtr(), Bytes.GetUnsafePtr(), Bytes.Length, data.Length);
        }
    }
}
