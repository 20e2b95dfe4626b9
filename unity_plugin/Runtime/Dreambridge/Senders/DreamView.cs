#nullable enable
using System;
using System.Collections.Generic;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Gives the stream the game's own grey-box picture, which a bundle with a view paints over. It draws what a camera sees as flat label colours and
    /// depth, by the <see cref="DreamLabel"/>s of the scene; or it takes textures that the game draws. They are read back asynchronously and
    /// written into the daemon's input ring. In edit mode it does so while the stream's preview runs.
    /// </summary>
    [ExecuteAlways, DefaultExecutionOrder(1000), AddComponentMenu("Dreambridge/Dream View")]
    public sealed partial class DreamView : MonoBehaviour
    {
        private const double RelabelEverySeconds = 1;
        // So many objects are looked at with a picture, so that a large scene costs a little of each tick, and not a whole one each second.
        private const int MaxLookedAt = 250;
        // A picture that takes longer is given up: the camera did not draw, or a device was lost.
        private const double PatienceSeconds = 1;

        [SerializeField, Tooltip("The stream that paints over the view. Empty: the one on this object.")] private DreamStream? _stream;
        [SerializeField, Tooltip("Pictures a second, at most. One is taken for each step of the model, as late as it still comes in time."), Range(1, 60)] private float _rate = 30;
        [SerializeField, Tooltip("A picture is sent only if more than this share of its pixels has changed."), Range(0, 1)] private float _deadBand;

        [Header("Drawn from the scene")]
        [SerializeField, Tooltip("The camera of the view. Empty: the main camera.")] private Camera? _camera;
        [SerializeField, Tooltip("The label of objects that have none. \"none\" leaves them out.")] private string _unlabelled = DreamPalette.None;
        [SerializeField, Tooltip("The label of the background.")] private string _background = "sky";
        [SerializeField, Tooltip("The label of grass and other details of terrains. \"none\" leaves them out.")] private string _details = DreamPalette.Plants;
        [SerializeField, Tooltip("The distance from the camera, in metres, at which depth is 1."), Min(0.1f)] private float _far = 100;
        [SerializeField, Tooltip("Send depth as well. Off in 2D: the palette has a depth for each label.")] private bool _sendDepth = true;
        [SerializeField, Tooltip("Labels of objects with a tag, or on a layer.")] private List<DreamLabelRule> _rules = new List<DreamLabelRule>();

        [Header("Or drawn by the game")]
        [SerializeField, Tooltip("Flat colours of the bundle's palette, for example a camera's target texture. Empty: they are drawn from the scene.")] private Texture? _labels;
        [SerializeField, Tooltip("Linear depth, packed into 24 bits of r, g, b; may be empty.")] private Texture? _depth;

        // Labels are colours, depth is data: whose bytes no project may decode or encode.
        [NonSerialized] private readonly DreamViewLayer _labelLayer = new DreamViewLayer(true);
        [NonSerialized] private readonly DreamViewLayer _depthLayer = new DreamViewLayer(false);
        [NonSerialized] private readonly DreamLabelScene _scene = new DreamLabelScene();
        [NonSerialized] private readonly DreamLabelDrawing _drawing = new DreamLabelDrawing();
        [NonSerialized] private DreamPalette? _palette;
        [NonSerialized] private int _edition = -1;
        [NonSerialized] private readonly List<Transform> _changed = new List<Transform>();
        [NonSerialized] private bool _again;
        [NonSerialized] private double _relabelAt;
        [NonSerialized] private StreamInfo? _asked;
        [NonSerialized] private bool _askedDepth;
        [NonSerialized] private double _next;
        [NonSerialized] private CaptureTimer _timer = new CaptureTimer();
        [NonSerialized] private long _askedAt = -2;
        [NonSerialized] private bool _waiting;
        [NonSerialized] private double _taken;
        [NonSerialized] private int _tick;
        [NonSerialized] private DreamStream? _heard;

        /// <summary>The stream that paints; when null, the one on the same GameObject.</summary>
        public DreamStream? stream { get => _stream; set => _stream = value; }

        /// <summary>The camera of the view, when it is drawn from the scene; null = the main camera.</summary>
        public Camera? viewCamera { get => _camera; set => _camera = value; }

        /// <summary>The label of objects that have none; "none" leaves them out.</summary>
        public string unlabelled
        {
            get => _unlabelled;
            set
            {
                _unlabelled = value;
                Relabel();
            }
        }

        /// <summary>The label of the background.</summary>
        public string background { get => _background; set => _background = value; }

        /// <summary>The label of grass and other details of terrains, of which the first that the palette has counts; "none" leaves them out.</summary>
        public string details
        {
            get => _details;
            set
            {
                _details = value;
                _palette = null;
                Relabel();
            }
        }

        /// <summary>The distance from the camera, in metres, at which depth is 1.</summary>
        public float far { get => _far; set => _far = value; }

        /// <summary>Send depth too, when the view is drawn from the scene and the bundle takes it.</summary>
        public bool sendDepth { get => _sendDepth; set => _sendDepth = value; }

        /// <summary>Labels of objects with a tag, or on a layer; call <see cref="Relabel"/> after a change.</summary>
        public IList<DreamLabelRule> rules => _rules;

        /// <summary>Flat colours of the bundle's palette (<see cref="ViewInfo.Palette"/>), upright as any texture; null = drawn from the scene.</summary>
        public Texture? labels { get => _labels; set => _labels = value; }

        /// <summary>Depth, 0 at the camera to 1, packed into r, g, b as <see cref="DreamDepth"/> does, in a texture without sRGB; null = none.</summary>
        public Texture? depth { get => _depth; set => _depth = value; }

        /// <summary>At most so many pictures a second, 1 to 60.</summary>
        public float rate { get => _rate; set => _rate = value; }

        /// <summary>A picture is not written when no more than this share of its pixels (0 to 1) changed since the last one.</summary>
        public float deadBand { get => _deadBand; set => _deadBand = value; }

        /// <summary>Pictures written so far.</summary>
        public long published { get; private set; }

        /// <summary>Renderers and terrains that have a label; 0 when the game draws the pictures.</summary>
        public int labelled => _scene.Count;

        /// <summary>Milliseconds from the tick of the last picture until it was in the ring; -1: none yet.</summary>
        public float travelMs { get; private set; } = -1;

        /// <summary>Milliseconds from the tick of a picture to the tick that shows a frame painted over it; -1: none yet.</summary>
        public float latencyMs { get; private set; } = -1;

        /// <summary>Pictures a second that were written lately.</summary>
        public float publishedRate => _rateMeter.Rate;

        /// <summary>Why nothing is written; null when all is well.</summary>
        public DreamError? lastError { get; private set; }

        /// <summary>The pictures as they are sent, with the top row at v = 0; null before the first one.</summary>
        internal RenderTexture? LabelPicture => _labelLayer.Drawn;

        internal RenderTexture? DepthPicture => _askedDepth ? _depthLayer.Drawn : null;

        /// <summary>Pictures that arrived, written or not.</summary>
        internal long Captured { get; private set; }

        [NonSerialized] private readonly DreamRateMeter _rateMeter = new DreamRateMeter();

        private DreamStream? Painter => _stream ? _stream : GetComponent<DreamStream>();

        /// <summary>
        /// Read all labels, and the shapes of terrains, again with the next picture. Labels that come, go and change are noticed by themselves; objects,
        /// materials, tags and layers about a second later, in a large scene some seconds later.
        /// </summary>
        public void Relabel()
        {
            _edition = -1;
            _again = true;
        }

        private void OnDisable()
        {
            // No answer may come for textures that are gone.
            _drawing.Release();
            _labelLayer.Release();
            _depthLayer.Release();
            _scene.Release();
            _edition = -1;
            _waiting = false;
            Hear(null);
            if (_asked != null && Painter is { } s && s) s.DetachView();
            _asked = null;
        }

        private void LateUpdate()
        {
            _drawing.Settle();
            var s = Painter;
            if (!s)
            {
                // In edit mode it may not be set up yet.
                if (Application.IsPlaying(this)) Report(new DreamError(ErrorCodes.BadArgument, "DreamView on " + name + ": no DreamStream is set.", "Set the property Stream, or add the component to the stream's object."));
                return;
            }
            Hear(s);
            var info = s!.info;
            if (!s.isOpen || info == null) return;
            var deep = _labels ? (bool)_depth : _sendDepth && info.View != null && info.View.TakesDepth;
            if (_asked != info || _askedDepth != deep)
            {
                Ask(s, info, deep);
                return;
            }
            if (info.View == null || !SystemInfo.supportsAsyncGPUReadback) return;
            var ring = s.View;
            if (_waiting && Time.realtimeSinceStartupAsDouble - _taken > PatienceSeconds) GiveUp();
            if (_waiting && _labelLayer.Done && (!deep || _depthLayer.Done)) Publish(ring);
            if (_waiting || !ring.IsOpen || Time.realtimeSinceStartupAsDouble < _next) return;
            if (!_timer.IsDue(Time.realtimeSinceStartupAsDouble * 1e6, Interval(s, info), s.frame.Index != _askedAt)) return;
            _askedAt = s.frame.Index;
            _next = Time.realtimeSinceStartupAsDouble + 1 / Math.Max(1, _rate);
            _taken = Time.realtimeSinceStartupAsDouble;
            _tick = Time.frameCount;
            deep = deep && ring.Layers > 1;
            if (!_labels)
            {
                _waiting = AskScene(ring, info, deep);
                return;
            }
            _waiting = true;
            _labelLayer.Take(_labels!, ring.Width, ring.Height);
            if (deep) _depthLayer.Take(_depth!, ring.Width, ring.Height);
        }

        // The camera draws it in this tick, after all LateUpdates; false when there is none.
        private bool AskScene(ViewWriter ring, StreamInfo info, bool deep)
        {
            var eye = _camera ? _camera : Camera.main;
            if (!eye)
            {
                Report(new DreamError(ErrorCodes.BadArgument, "DreamView on " + name + ": there is no camera.", "Set the property Camera, or give a camera the tag MainCamera."));
                return false;
            }
            try
            {
                Collect(info.View!);
            }
            catch (DreamError e)
            {
                Report(e);
                return false;
            }
            var background = _palette!.Find(_background, name);
            _labelLayer.Prepare(ring.Width, ring.Height, true);
            if (deep) _depthLayer.Prepare(ring.Width, ring.Height, false);
            lastError = null;
            _drawing.Ask(eye!, cmd =>
            {
                if (!eye) return;
                _scene.Record(cmd, eye!, _labelLayer.Drawn!, deep ? _depthLayer.Drawn : null, background, _far);
                _labelLayer.Read(cmd);
                if (deep) _depthLayer.Read(cmd);
            });
            return true;
        }

        private void Collect(ViewInfo view)
        {
            var now = Time.realtimeSinceStartupAsDouble;
            if (_palette == null) _palette = new DreamPalette(view, _rules, _details, Misspelt);
            if (_edition != DreamLabel.Edition && !_again && DreamLabel.Since(_edition, _changed))
            {
                _edition = DreamLabel.Edition;
                _scene.Change(_changed, _palette, _unlabelled);
                _changed.Clear();
            }
            else if (_edition != DreamLabel.Edition)
            {
                _changed.Clear();
                (_edition, _relabelAt) = (DreamLabel.Edition, now + RelabelEverySeconds);
                _scene.Collect(gameObject.scene, _palette, _unlabelled, _again);
                _again = false;
            }
            else if (_scene.Searches)
            {
                _scene.Continue(_palette, _unlabelled, MaxLookedAt);
                _relabelAt = now + RelabelEverySeconds;
            }
            else if (now >= _relabelAt)
            {
                _relabelAt = now + RelabelEverySeconds;
                _scene.Begin(gameObject.scene);
                _scene.Continue(_palette, _unlabelled, MaxLookedAt);
            }
        }

        private void Misspelt(string label, string of) =>
            Debug.LogWarning("Dreambridge: " + of + " has the label " + label + ", which is not in the bundle's palette (" + _palette!.Names + ").", this);

        private void Ask(DreamStream s, StreamInfo info, bool deep)
        {
            _asked = info;
            _askedDepth = deep;
            _palette = null;
            _timer = new CaptureTimer();
            _askedAt = -2;
            Relabel();
            if (!SystemInfo.supportsAsyncGPUReadback)
                Report(new DreamError(ErrorCodes.NotSupported, "DreamView on " + name + ": this graphics API cannot be read back asynchronously.", "Use Vulkan, Metal, Direct3D 11 or 12."));
            else if (info.View == null)
                Report(new DreamError(ErrorCodes.NotSupported, "DreamView on " + name + ": the bundle " + info.Bundle + " does not take a view.", "Choose another bundle; `dreambridge bundles` shows which take one."));
            else
                s.AttachView(deep, e => { if (e == null) lastError = null; else Report(e); });
        }

        private void GiveUp()
        {
            _waiting = false;
            _labelLayer.GiveUp();
            _depthLayer.GiveUp();
        }

        private void Hear(DreamStream? s)
        {
            if (ReferenceEquals(_heard, s)) return;
            if (!(_heard is null)) _heard.FrameReady -= OnFrame;
            _heard = s;
            if (s) s!.FrameReady += OnFrame;
        }

        // Microseconds between two steps as the stream goes now; 0: as fast as it can.
        private static double Interval(DreamStream s, StreamInfo info) => s.CurrentFps > 0 ? 1e6 * info.FramesPerStep / s.CurrentFps : 0;

        private void OnFrame(DreamStream s)
        {
            _timer.Saw(s.frame.BegunNs, s.frame.PublishedNs, Time.realtimeSinceStartupAsDouble * 1e6);
            if (s.frame.View > 0 && s.frame.ViewTime > 0) latencyMs = (float)((Time.realtimeSinceStartupAsDouble - s.frame.ViewTime) * 1000);
        }

        private unsafe void Publish(ViewWriter ring)
        {
            _waiting = false;
            var deep = ring.Layers > 1 && _depthLayer.Whole(ring.LayerBytes);
            if (!ring.IsOpen || !_labelLayer.Whole(ring.LayerBytes)) return;
            Captured++;
            // A ring that nothing was written into gets the picture, whether or not it moved.
            var moved = ring.Published == 0 || _labelLayer.Moved(_deadBand) || (deep && _depthLayer.Moved(_deadBand));
            if (!moved) return;
            _labelLayer.Keep();
            if (deep) _depthLayer.Keep();
            ring.Publish((IntPtr)_labelLayer.Bytes.GetUnsafePtr(), deep ? (IntPtr)_depthLayer.Bytes.GetUnsafePtr() : IntPtr.Zero, _tick, _taken);
            published++;
            var now = Time.realtimeSinceStartupAsDouble;
            travelMs = (float)((now - _taken) * 1000);
            _timer.Arrived((now - _taken) * 1e6);
            _rateMeter.Count(now);
        }

        private void Report(DreamError error)
        {
            if (lastError != null && lastError.Message == error.Message) return;
            lastError = error;
            Debug.LogWarning("Dreambridge [" + error.Code + "]: " + error.Message + " " + error.Hint, this);
        }
    }
}
