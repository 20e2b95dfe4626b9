#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Gives the stream the game's own picture, which a bundle with a view paints over, in the layers that the bundle takes. It draws what a camera sees as flat
    /// label colours, by the <see cref="DreamLabel"/>s of the scene, as the surfaces' own colours, depth, normals and motion; or it takes textures
    /// that the game draws. They are read back asynchronously and written into the daemon's input ring. In edit mode it does so while the stream's preview runs.
    /// </summary>
    [ExecuteAlways, DefaultExecutionOrder(1000), AddComponentMenu("Dreambridge/Dream View")]
    public sealed partial class DreamView : MonoBehaviour
    {
        private const double RelabelEverySeconds = 1;
        // So many objects are looked at with a picture, so that a large scene costs a little of each tick, and not a whole one each second.
        private const int MaxLookedAt = 250;
        // A picture that takes longer than both is given up: the camera did not draw, or a device was lost. A readback comes some ticks later, which
        // take seconds in a slow game; after it was given up it would be taken for the next picture's.
        private const double PatienceSeconds = 1;
        private const int PatienceTicks = 10;

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
        [SerializeField, Tooltip("Send the game's own colours as well, with normals and motion, as far as the bundle takes them. Objects without a label are then in the view too.")] private bool _ownColours;
        [SerializeField, Tooltip("Labels of objects with a tag, or on a layer.")] private List<DreamLabelRule> _rules = new List<DreamLabelRule>();

        [Header("Or drawn by the game")]
        [SerializeField, Tooltip("Flat colours of the bundle's palette, for example a camera's target texture. Empty: they are drawn from the scene.")] private Texture? _labels;
        [SerializeField, Tooltip("Linear depth, packed into 24 bits of r, g, b; may be empty.")] private Texture? _depth;
        [SerializeField, Tooltip("The surfaces' own colours, without light; may be empty.")] private Texture? _colours;
        [SerializeField, Tooltip("Normals, packed into r, g, b; may be empty.")] private Texture? _normals;
        [SerializeField, Tooltip("Motion in pixels, packed into 24 bits of r, g, b; may be empty.")] private Texture? _motion;

        [NonSerialized] private readonly Dictionary<string, DreamViewLayer> _made = new Dictionary<string, DreamViewLayer>();
        // Those of the picture, in their order.
        [NonSerialized] private DreamViewLayer[] _layers = Array.Empty<DreamViewLayer>();
        [NonSerialized] private string[] _asks = Array.Empty<string>();
        [NonSerialized] private IntPtr[] _pixels = Array.Empty<IntPtr>();
        [NonSerialized] private RenderTexture[] _targets = Array.Empty<RenderTexture>();
        [NonSerialized] private readonly DreamLabelScene _scene = new DreamLabelScene();
        [NonSerialized] private readonly DreamLabelDrawing _drawing = new DreamLabelDrawing();
        [NonSerialized] private DreamPalette? _palette;
        [NonSerialized] private int _edition = -1;
        [NonSerialized] private readonly List<Transform> _changed = new List<Transform>();
        [NonSerialized] private bool _again;
        [NonSerialized] private double _relabelAt;
        [NonSerialized] private StreamInfo? _asked;
        [NonSerialized] private bool _needsColours;
        // A bit for each layer of ViewLayers.All.
        [NonSerialized] private int _wants;
        [NonSerialized] private double _next;
        [NonSerialized] private CaptureTimer _timer = new CaptureTimer();
        [NonSerialized] private long _askedAt = -2;
        [NonSerialized] private bool _waiting;
        [NonSerialized] private double _taken;
        [NonSerialized] private int _tick;
        [NonSerialized] private DreamStream? _heard;

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
            foreach (var layer in _made.Values) layer.Release();
            _scene.Release();
            _edition = -1;
            _waiting = false;
            Hear(null);
            Leave();
        }

        // The stream returns to the bundle's own stage.
        private void Leave()
        {
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
            if (_asked != info || !WantsTheSame())
            {
                Ask(s, info);
                return;
            }
            if (info.View == null || !SystemInfo.supportsAsyncGPUReadback) return;
            var ring = s.View;
            if (_waiting && Array.TrueForAll(_layers, l => l.Done)) Publish(ring);
            if (_waiting && Time.realtimeSinceStartupAsDouble - _taken > PatienceSeconds && Time.frameCount - _tick > PatienceTicks) GiveUp();
            if (_waiting || !ring.IsOpen || Time.realtimeSinceStartupAsDouble < _next) return;
            if (!_timer.IsDue(Time.realtimeSinceStartupAsDouble * 1e6, Interval(s, info), s.frame.Index != _askedAt)) return;
            _askedAt = s.frame.Index;
            _next = Time.realtimeSinceStartupAsDouble + 1 / Math.Max(1, _rate);
            _taken = Time.realtimeSinceStartupAsDouble;
            _tick = Time.frameCount;
            if (IsDrawn)
            {
                _waiting = AskScene(ring, info);
                return;
            }
            _waiting = true;
            for (var i = 0; i < _layers.Length; i++) _layers[i].Take(GivenTexture(_asks[i])!, ring.Width, ring.Height);
        }

        // Is it drawn from the scene, or does the game give the pictures?
        private bool IsDrawn => !_labels && !_colours;

        private Texture? GivenTexture(string layer) =>
            layer == ViewLayers.Label ? _labels : layer == ViewLayers.Colour ? _colours : layer == ViewLayers.Depth ? _depth : layer == ViewLayers.Normal ? _normals : _motion;

        // Has this view that layer, whether or not the bundle takes it?
        private bool Has(string layer)
        {
            if (!IsDrawn) return GivenTexture(layer);
            return layer == ViewLayers.Label || (layer == ViewLayers.Depth ? _sendDepth : _ownColours || _needsColours);
        }

        private bool WantsTheSame()
        {
            for (var i = 0; i < ViewLayers.All.Count; i++)
                if (Has(ViewLayers.All[i]) != ((_wants & 1 << i) != 0)) return false;
            return true;
        }

        private DreamViewLayer LayerOf(string layer)
        {
            // Labels and colours are colours. The others are data, whose bytes no project may decode or encode.
            if (!_made.TryGetValue(layer, out var made)) _made[layer] = made = new DreamViewLayer(layer == ViewLayers.Label || layer == ViewLayers.Colour);
            return made;
        }

        // The camera draws it in this tick, after all LateUpdates; false when there is none.
        private bool AskScene(ViewWriter ring, StreamInfo info)
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
            var background = _palette!.Find(_background, name) ?? DreamPalette.NoLabel;
            for (var i = 0; i < _layers.Length; i++)
            {
                _layers[i].Prepare(ring.Width, ring.Height, i == 0);
                _targets[i] = _layers[i].Drawn!;
            }
            lastError = null;
            if (ring.Published == 0) _scene.ForgetMotion();
            _drawing.Ask(eye!, cmd =>
            {
                if (!eye) return;
                _scene.Record(cmd, eye!, _asks, _targets, background, _far);
                foreach (var layer in _layers) layer.Read(cmd);
            });
            return true;
        }

        private void Collect(ViewInfo view)
        {
            var now = Time.realtimeSinceStartupAsDouble;
            if (_palette == null) _palette = new DreamPalette(view, Array.IndexOf(_asks, ViewLayers.Colour) >= 0, _rules, _details, Misspelt);
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

        private void Ask(DreamStream s, StreamInfo info)
        {
            _asked = info;
            _needsColours = info.View != null && (!info.View.Takes(ViewLayers.Label) || Array.IndexOf(info.View.Required, ViewLayers.Colour) >= 0);
            _wants = 0;
            for (var i = 0; i < ViewLayers.All.Count; i++)
                if (Has(ViewLayers.All[i])) _wants |= 1 << i;
            if (_waiting) GiveUp();
            _asks = info.View == null ? Array.Empty<string>() : ViewLayers.All.Where(l => info.View.Takes(l) && Has(l)).ToArray();
            _layers = Array.ConvertAll(_asks, LayerOf);
            _targets = new RenderTexture[_layers.Length];
            _pixels = new IntPtr[_layers.Length];
            _palette = null;
            _scene.Colours = Array.IndexOf(_asks, ViewLayers.Colour) >= 0;
            _scene.ForgetMotion();
            _timer = new CaptureTimer();
            _askedAt = -2;
            Relabel();
            if (!SystemInfo.supportsAsyncGPUReadback)
                Report(new DreamError(ErrorCodes.NotSupported, "DreamView on " + name + ": this graphics API cannot be read back asynchronously.", "Use Vulkan, Metal, Direct3D 11 or 12."));
            else if (info.View == null)
                Report(new DreamError(ErrorCodes.NotSupported, "DreamView on " + name + ": the bundle " + info.Bundle + " does not take a view.", "Choose another bundle; `dreambridge bundles` shows which take one."));
            else
            {
                if (IsDrawn && _ownColours && !info.View.Takes(ViewLayers.Colour))
                    Debug.LogWarning("Dreambridge: the bundle " + info.Bundle + " does not take a game's own colours; the view of " + name + " has labels alone.", this);
                s.AttachView(_asks, e => { if (e == null) lastError = null; else Report(e); });
            }
        }

        private void GiveUp()
        {
            _waiting = false;
            foreach (var layer in _layers) layer.GiveUp();
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
            if (!ring.IsOpen || ring.Layers != _layers.Length || !Array.TrueForAll(_layers, l => l.Whole(ring.LayerBytes))) return;
            Captured++;
            // A ring that nothing was written into gets the picture, whether or not it moved.
            if (ring.Published != 0 && !Array.Exists(_layers, l => l.Moved(_deadBand))) return;
            for (var i = 0; i < _layers.Length; i++)
            {
                _layers[i].Keep();
                _pixels[i] = (IntPtr)_layers[i].Bytes.GetUnsafePtr();
            }
            ring.Publish(_pixels, _tick, _taken);
            _scene.Sent();
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
