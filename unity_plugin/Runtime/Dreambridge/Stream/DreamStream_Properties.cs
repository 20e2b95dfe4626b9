#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.UI;

namespace Dreambridge
{
    /// <summary>Scheduling priority of the model's steps.</summary>
    public enum DreamPriority { Normal, BelowNormal, Idle }

    public sealed partial class DreamStream
    {
        /// <summary>Raised when the layout of the saved fields changes; older scenes are brought up in OnAfterDeserialize.</summary>
        internal const int SceneVersion = 1;

        [SerializeField, HideInInspector] private int _sceneVersion = SceneVersion;

        [NonSerialized] private string _python = "";

        [Header("Stream")]
        [SerializeField, Tooltip("Name of the bundle, or the path of its folder.")] private string _bundle = "vista";
        [SerializeField, Tooltip("The same seed with the same directions gives the same frames.")] private int _seed;
        [SerializeField, Tooltip("Frames a second; 0: the bundle's own; -1: as fast as possible."), Range(-1, 240)] private float _fps;
        [SerializeField, Tooltip("Open the stream when this component is enabled in play mode.")] private bool _autostart = true;
        [SerializeField, Tooltip("Stream while the scene is edited.")] private bool _previewInEditor;
        [SerializeField] private List<DreamSetting> _conditions = new List<DreamSetting>();

        [Header("Output")]
        [SerializeField, Tooltip("Draw into this texture. Empty: the stream makes one of the frame's size.")] private RenderTexture? _targetTexture;
        [SerializeField, Tooltip("Show the stream on this renderer, with a MaterialPropertyBlock.")] private Renderer? _targetRenderer;
        [SerializeField, Tooltip("Texture property of the material. Empty: the main texture of Built-in, URP or HDRP.")] private string _targetProperty = "";
        [SerializeField, Tooltip("Show the stream in this image of a canvas.")] private RawImage? _targetImage;
        [SerializeField, Tooltip("Blend from frame to frame; costs one frame of delay.")] private bool _blend;
        [SerializeField, Tooltip("Shown until the first frame has come.")] private Texture? _poster;
        [SerializeField, Tooltip("Shown when there is no daemon. Empty: the poster.")] private Texture? _fallback;
        [SerializeField, Tooltip("Damp flashes, for players who ask for it.")] private bool _lessFlashing;

        [Header("Events")]
        [SerializeField] private DreamStreamEvents _streamEvents = new DreamStreamEvents();

        [Header("Daemon")]
        [SerializeField, Tooltip("Name of the daemon's connection file.")] private string _daemon = "default";
        [SerializeField, Tooltip("ONNX Runtime threads; 0 lets the daemon choose."), Range(0, 64)] private int _threads;
        [SerializeField, Tooltip("Scheduling priority of the model's steps.")] private DreamPriority _priority = DreamPriority.BelowNormal;
        [SerializeField, Tooltip("Share of the cores that the model may use."), Range(0.1f, 1)] private float _maxCpu = 1;
        [SerializeField, Tooltip("Quality level of the bundle. Empty: the best one that can keep the rate.")] private string _level = "";

        /// <summary>Name of the bundle, or the path of its folder; takes effect at the next <see cref="Open"/>.</summary>
        public string bundle { get => _bundle; set => _bundle = value; }

        /// <summary>The same seed and the same directions make the same pictures; takes effect at the next <see cref="Open"/>.</summary>
        public int seed { get => _seed; set => _seed = value; }

        /// <summary>Frames a second: 0 the bundle's own, -1 as fast as it goes; takes effect at the next <see cref="Open"/>.</summary>
        public float fps { get => _fps; set => _fps = value; }

        /// <summary>Open the stream when the component is enabled in play mode.</summary>
        public bool autostart { get => _autostart; set => _autostart = value; }

        /// <summary>Stream while the scene is edited.</summary>
        public bool previewInEditor { get => _previewInEditor; set => _previewInEditor = value; }

        /// <summary>Conditions that hold from the first frame on.</summary>
        public IList<DreamSetting> conditions => _conditions;

        /// <summary>Drawn into; when null the stream makes a texture of the frame's size (<see cref="texture"/>).</summary>
        public RenderTexture? targetTexture { get => _targetTexture; set { _outputs.Release(); _targetTexture = value; } }

        /// <summary>Shown on, by a MaterialPropertyBlock: the renderer's materials stay as they are.</summary>
        public Renderer? targetRenderer { get => _targetRenderer; set { _outputs.Release(); _targetRenderer = value; } }

        /// <summary>Texture property of the renderer's material; empty = the main texture of Built-in, URP or HDRP.</summary>
        public string targetProperty { get => _targetProperty; set { _outputs.Release(); _targetProperty = value; } }

        /// <summary>Shown in; gets its own texture back when the stream is disabled.</summary>
        public RawImage? targetImage { get => _targetImage; set { _outputs.Release(); _targetImage = value; } }

        /// <summary>Move from frame to frame smoothly, at the price of one frame of delay.</summary>
        public bool blend { get => _blend; set => _blend = value; }

        /// <summary>Shown until the first frame has come.</summary>
        public Texture? poster { get => _poster; set => _poster = value; }

        /// <summary>Shown when there is no daemon. Null: the poster.</summary>
        public Texture? fallback { get => _fallback; set => _fallback = value; }

        /// <summary>What happens to the stream, for the inspector; the C# events of the same names say more.</summary>
        public DreamStreamEvents streamEvents => _streamEvents;

        /// <summary>Name of the daemon's connection file; takes effect at the next <see cref="Open"/>.</summary>
        public string daemon { get => _daemon; set => _daemon = value; }

        /// <summary>
        /// A Python with dreambridge, by which the daemon is started when none runs. Empty: in the editor that of Project Settings &gt;
        /// Dreambridge, in a player none. It is not saved with the scene, as it differs from machine to machine.
        /// </summary>
        public string python { get => _python; set => _python = value; }

        /// <summary>The name of the daemon that it talks to: one that was started for this process has a name of its own.</summary>
        internal string DaemonNow => _daemonName.Length > 0 ? _daemonName : _daemon;

        /// <summary>The editor's: the Python of this machine's settings.</summary>
        internal static Func<string>? EditorPython { get; set; }

        private string PythonNow => _python.Length > 0 ? _python : EditorPython?.Invoke() ?? "";

        /// <summary>Damp flashes, for players who ask for it: at most one a second. Changes a running stream at once.</summary>
        public bool lessFlashing
        {
            get => _lessFlashing;
            set
            {
                if (_lessFlashing == value) return;
                _lessFlashing = value;
                _session.LessFlashing(value);
            }
        }

        /// <summary>ONNX Runtime threads; 0 lets the daemon choose by a short trial.</summary>
        public int threads { get => _threads; set => _threads = value; }

        /// <summary>Scheduling priority of the model's steps.</summary>
        public DreamPriority priority { get => _priority; set => _priority = value; }

        /// <summary>Share of the cores that the model may use, 0.1 to 1.</summary>
        public float maxCpu { get => _maxCpu; set => _maxCpu = value; }

        /// <summary>Quality level of the bundle that makes all frames. Empty: the best one that can keep the rate, which may change while it
        /// runs; takes effect at the next <see cref="Open"/>.</summary>
        public string level { get => _level; set => _level = value; }

        /// <summary>What the stream shows now: its picture, else the poster or fallback; upright, sRGB as the project wants it. May be null.</summary>
        public Texture? texture => _held ? _poster : _picture.Shown ? _picture.Texture : _film.Texture ? _film.Texture : _still;

        /// <summary>The state now; <see cref="reason"/> says why.</summary>
        public StreamState state => _session.State;

        /// <summary>Why the state is what it is, such as "reloading"; may be empty.</summary>
        public string reason => _reloading ? "reloading" : _session.Reason;

        /// <summary>Why the daemon changed the state: one of <see cref="ReasonCodes"/>. Empty: the client changed it.</summary>
        public string reasonCode => _session.ReasonCode;

        /// <summary>The last error, until the stream is opened again; null: none.</summary>
        public DreamError? lastError { get; private set; }

        /// <summary>Header of the frame in <see cref="texture"/>: index, revision, stream time, step time.</summary>
        public DreamFrame frame => _session.Frame;

        /// <summary>Frames taken since <see cref="Open"/>.</summary>
        public long framesShown { get; private set; }

        /// <summary>The conditions that were directed and accepted. Not for writing into.</summary>
        public DreamMap effective => _session.Effective;

        /// <summary>The daemon's answer to open: provider, size, schema of the conditions; null before.</summary>
        public StreamInfo? info => _session.Info;
    }
}
