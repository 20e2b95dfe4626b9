#nullable enable
using System;
using Unity.Collections;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>
    /// Gives the stream the game's own grey-box picture, which a bundle with a view paints over: a texture of flat label colours (the
    /// bundle's palette), and perhaps one of packed depth. They are read back asynchronously and written into the daemon's input ring.
    /// </summary>
    [AddComponentMenu("Dreambridge/Dream View")]
    public sealed class DreamView : MonoBehaviour
    {
        private static readonly Vector2 s_turn = new Vector2(1, -1);
        private static readonly Vector2 s_turnOffset = new Vector2(0, 1);

        [SerializeField, Tooltip("The stream that paints over the view. Empty: the one on this object.")] private DreamStream? _stream;
        [SerializeField, Tooltip("Flat colours of the bundle's palette, for example a camera's target texture.")] private Texture? _labels;
        [SerializeField, Tooltip("Linear depth, packed into 24 bits of r, g, b; may be empty.")] private Texture? _depth;
        [SerializeField, Tooltip("Pictures a second, at most."), Range(1, 60)] private float _rate = 30;
        [SerializeField, Tooltip("A picture is sent only if more than this share of its pixels has changed."), Range(0, 1)] private float _deadBand;

        // Labels are colours, depth is data: whose bytes no project may decode or encode.
        [NonSerialized] private readonly Layer _labelLayer = new Layer(RenderTextureReadWrite.sRGB);
        [NonSerialized] private readonly Layer _depthLayer = new Layer(RenderTextureReadWrite.Linear);
        [NonSerialized] private StreamInfo? _asked;
        [NonSerialized] private bool _askedDepth;
        [NonSerialized] private double _next;
        [NonSerialized] private bool _waiting;
        [NonSerialized] private double _taken;
        [NonSerialized] private int _tick;

        /// <summary>The stream that paints; when null, the one on the same GameObject.</summary>
        public DreamStream? stream { get => _stream; set => _stream = value; }

        /// <summary>Flat colours of the bundle's palette (<see cref="ViewInfo.Palette"/>), upright as any texture.</summary>
        public Texture? labels { get => _labels; set => _labels = value; }

        /// <summary>Depth, 0 at the camera to 1, packed into r, g, b as <see cref="DreamDepth"/> does, in a texture without sRGB; null = none.</summary>
        public Texture? depth { get => _depth; set => _depth = value; }

        /// <summary>At most so many pictures a second, 1 to 60.</summary>
        public float rate { get => _rate; set => _rate = value; }

        /// <summary>A picture is not written when no more than this share of its pixels (0 to 1) changed since the last one.</summary>
        public float deadBand { get => _deadBand; set => _deadBand = value; }

        /// <summary>Pictures written so far.</summary>
        public long published { get; private set; }

        /// <summary>Why nothing is written; null when all is well.</summary>
        public DreamError? lastError { get; private set; }

        private DreamStream? Painter => _stream ? _stream : GetComponent<DreamStream>();

        private void OnDisable()
        {
            // No answer may come for textures that are gone.
            _labelLayer.Release();
            _depthLayer.Release();
            _waiting = false;
            if (_asked != null && Painter is { } s && s) s.DetachView();
            _asked = null;
        }

        private void LateUpdate()
        {
            var s = Painter;
            if (!s)
            {
                Report(new DreamError(ErrorCodes.BadArgument, "DreamView on " + name + ": no DreamStream is set.", "Set the property Stream, or add the component to the stream's object."));
                return;
            }
            var info = s!.info;
            if (!s.isOpen || info == null || !_labels) return;
            if (_asked != info || _askedDepth != (bool)_depth)
            {
                Ask(s, info);
                return;
            }
            var ring = s.View;
            if (_waiting && _labelLayer.Done && (!_depth || _depthLayer.Done)) Publish(ring);
            if (_waiting || !ring.IsOpen || Time.realtimeSinceStartupAsDouble < _next) return;
            _next = Time.realtimeSinceStartupAsDouble + 1 / Math.Max(1, _rate);
            _waiting = true;
            _taken = Time.realtimeSinceStartupAsDouble;
            _tick = Time.frameCount;
            _labelLayer.Take(_labels!, ring.Width, ring.Height);
            if (_depth && ring.Layers > 1) _depthLayer.Take(_depth!, ring.Width, ring.Height);
        }

        private void Ask(DreamStream s, StreamInfo info)
        {
            _asked = info;
            _askedDepth = _depth;
            if (!SystemInfo.supportsAsyncGPUReadback)
                Report(new DreamError(ErrorCodes.NotSupported, "DreamView on " + name + ": this graphics API cannot be read back asynchronously.", "Use Vulkan, Metal, Direct3D 11 or 12."));
            else if (info.View == null)
                Report(new DreamError(ErrorCodes.NotSupported, "DreamView on " + name + ": the bundle " + info.Bundle + " does not take a view.", "Choose another bundle; `dreambridge bundles` shows which take one."));
            else
                s.AttachView(_depth, e => { if (e == null) lastError = null; else Report(e); });
        }

        private unsafe void Publish(ViewWriter ring)
        {
            _waiting = false;
            var deep = ring.Layers > 1 && _depthLayer.Whole(ring.LayerBytes);
            if (!ring.IsOpen || !_labelLayer.Whole(ring.LayerBytes)) return;
            // A ring that nothing was written into gets the picture, whether or not it moved.
            var moved = ring.Published == 0 || _labelLayer.Moved(_deadBand) || (deep && _depthLayer.Moved(_deadBand));
            if (!moved) return;
            _labelLayer.Keep();
            if (deep) _depthLayer.Keep();
            ring.Publish((IntPtr)_labelLayer.Bytes.GetUnsafePtr(), deep ? (IntPtr)_depthLayer.Bytes.GetUnsafePtr() : IntPtr.Zero, _tick, _taken);
            published++;
        }

        private void Report(DreamError error)
        {
            if (lastError != null && lastError.Message == error.Message) return;
            lastError = error;
            Debug.LogWarning("Dreambridge [" + error.Code + "]: " + error.Message + " " + error.Hint, this);
        }

        /// <summary>One layer on its way from a texture to the ring: drawn at the ring's size with the top row first, read back, kept.</summary>
        private sealed class Layer
        {
            private readonly Action<AsyncGPUReadbackRequest> _arrived;
            private readonly RenderTextureReadWrite _space;
            private NativeArray<byte> _kept;
            private RenderTexture? _drawn;
            private AsyncGPUReadbackRequest _request;
            private bool _good;

            internal Layer(RenderTextureReadWrite space)
            {
                _space = space;
                _arrived = Arrived;
            }

            internal NativeArray<byte> Bytes { get; private set; }
            internal bool Done { get; private set; } = true;

            internal bool Whole(int bytes) => _good && Bytes.IsCreated && Bytes.Length == bytes;

            internal void Take(Texture source, int width, int height)
            {
                if (!_drawn || _drawn!.width != width || _drawn.height != height)
                {
                    Release();
                    _drawn = new RenderTexture(width, height, 0, RenderTextureFormat.ARGB32, _space) { name = "Dream view", hideFlags = HideFlags.HideAndDontSave };
                    _drawn.Create();
                    Bytes = new NativeArray<byte>(width * height * 4, Allocator.Persistent, NativeArrayOptions.UninitializedMemory);
                }
                var active = RenderTexture.active;
                Graphics.Blit(source, _drawn, s_turn, s_turnOffset);
                RenderTexture.active = active;
                Done = _good = false;
                _request = AsyncGPUReadback.Request(_drawn!, 0, TextureFormat.RGBA32, _arrived);
            }

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
                if (!Done) _request.WaitForCompletion();
                Done = true;
                _good = false;
                if (Bytes.IsCreated) Bytes.Dispose();
                Bytes = default;
                if (_drawn)
                {
                    _drawn!.Release();
                    if (Application.isPlaying) Destroy(_drawn);
                    else DestroyImmediate(_drawn);
                }
                _drawn = null;
            }

            private unsafe void Arrived(AsyncGPUReadbackRequest request)
            {
                Done = true;
                _good = !request.hasError && Bytes.IsCreated;
                if (!_good) return;
                var data = request.GetData<byte>();
                _good = data.Length == Bytes.Length;
                if (_good) Buffer.MemoryCopy(data.GetUnsafeReadOnlyPtr(), Bytes.GetUnsafePtr(), Bytes.Length, data.Length);
            }
        }
    }
}
