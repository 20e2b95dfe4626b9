#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// A running stream: opens a bundle in the Dreambridge daemon, shows its frames, and directs it.
    /// <para>Everything here is for the main thread, and every event comes on it. Nothing here waits for the daemon. When the daemon
    /// goes away, the last picture stays. The stream continues by itself, with the same seed and conditions, when the daemon is back.</para>
    /// </summary>
    [ExecuteAlways, DisallowMultipleComponent, DefaultExecutionOrder(-100), AddComponentMenu("Dreambridge/Dream Stream")]
    public sealed partial class DreamStream : MonoBehaviour, ISerializationCallbackReceiver
    {
        private const double SearchTimeout = 2.5;
        private const double StartTimeout = 20;
        private const double AnswerTimeout = 6;
        private static readonly List<DreamStream> s_all = new List<DreamStream>();

        /// <summary>A new frame is in <see cref="texture"/>.</summary>
        public event Action<DreamStream>? FrameReady;

        /// <summary>State and reason changed.</summary>
        public event Action<StreamState, string>? StateChanged;

        /// <summary>An error. The stream continues if it can. The console shows the same text.</summary>
        public event Action<DreamError>? Failed;

        /// <summary>The stream was opened: at first, and again after each loss of the daemon.</summary>
        public event Action<StreamInfo>? Opened;

        // Not saved with the scene, but carried through a domain reload as all private fields of plain types are.
        private bool _wanted;
        private bool _reloading;
        private string _adopt = "";
        private bool _playing;

        [NonSerialized] private readonly DreamSession _session = new DreamSession();
        [NonSerialized] private readonly DreamPicture _picture = new DreamPicture();
        [NonSerialized] private readonly DreamOutputs _outputs = new DreamOutputs();
        // The daemon's name: one that is started for this game has a name of its own.
        [NonSerialized] private string _daemonName = "";
        [NonSerialized] private readonly DreamDaemonProcess _process = new DreamDaemonProcess();
        [NonSerialized] private bool _listening;
        [NonSerialized] private bool _running;
        [NonSerialized] private bool _held;
        [NonSerialized] private bool _toldNobody;
        [NonSerialized] private bool _openedOnce;
        [NonSerialized] private bool _valuesRefused;
        [NonSerialized] private bool _openAnew;
        [NonSerialized] private double _since;
        [NonSerialized] private Texture? _still;
        [NonSerialized] private Texture? _told;

        /// <summary>All enabled streams, in the order in which they were enabled.</summary>
        public static IReadOnlyList<DreamStream> all => s_all;

        /// <summary>Whether the stream is meant to run: it was opened and not closed.</summary>
        public bool isOpen => _wanted;

        /// <summary>Look for the daemon and open the stream; returns at once.</summary>
        public void Open()
        {
            _wanted = true;
            if (isActiveAndEnabled) Begin("");
        }

        /// <summary>Close the stream; the last picture stays.</summary>
        public void Close()
        {
            _wanted = false;
            End(false);
        }

        private void OnEnable()
        {
            s_all.Add(this);
            _playing = Application.IsPlaying(this);
            if (!_reloading) _wanted = _playing ? _autostart : _previewInEditor;
            var adopt = _reloading ? _adopt : "";
            _reloading = false;
            _adopt = "";
            _still = _poster;
            ShowOutputs();
            if (_wanted) Begin(adopt);
        }

        private void OnDisable()
        {
            s_all.Remove(this);
            _reloading = DreamReload.Underway;
            End(_reloading);
            _outputs.Release();
            _picture.Release();
            _still = _told = null;
            if (_reloading) StateChanged?.Invoke(StreamState.Searching, "reloading");
        }

        private void Update()
        {
            FollowMode();
            if (!_running) return;
            _session.Poll();
            if (_openAnew) OpenWithoutValues();
            if (!_running) return;
            try
            {
                Show();
            }
            catch (DreamError e)
            {
                Close();
                Tell(e);
            }
            if (_playing) _sound.Follow(_session.Cutscene.Sound, _cutsceneAudio, _loadedCutscene, Tell);
            if (!_toldNobody && _session.State == StreamState.Searching) LookForTrouble(Time.realtimeSinceStartupAsDouble - _since);
            if (_session.State == StreamState.Lost && _process.Restart(_daemonName) is DreamError gone) GiveUp(gone);
        }

        // What scripts and Timelines directed in this frame leaves with it.
        private void LateUpdate() => _session.Flush();

        /// <summary>
        /// Play mode may be entered or left with scene reload switched off, so that nobody is disabled. Called by the editor too, as in edit
        /// mode nothing may be updated between two plays.
        /// </summary>
        internal void FollowMode()
        {
            // Not Application.isPlaying: a prefab that is opened for editing during play is not played.
            if (_playing == Application.IsPlaying(this)) return;
            _playing = Application.IsPlaying(this);
            Close();
            if (_playing ? _autostart : _previewInEditor) Open();
        }

        private void Show()
        {
            var ring = _session.Ring;
            if (ring.IsOpen && SystemInfo.graphicsDeviceType != UnityEngine.Rendering.GraphicsDeviceType.Null)
            {
                var taken = _picture.Take(_session, ring.Width, ring.Height, _blend);
                var drawn = _picture.Draw(_targetTexture, _blend, ring.Alpha, Time.unscaledDeltaTime, _session.CurrentFps);
                if (drawn || _held) ShowOutputs();
                if (taken)
                {
                    _film.Stop();
                    framesShown++;
                    FrameReady?.Invoke(this);
                    _session.RaiseCutscene();
                }
            }
            else
            {
                ShowOutputs();
            }
        }

        /// <summary>Before the scene is saved: nothing of the stream's own may be saved into the components that show it.</summary>
        internal void ReleaseOutputs() => _outputs.Release();

        /// <summary>Show the poster in place of the picture, for example while a cutscene is put to another time. Without a poster the last picture stays.</summary>
        internal void HoldPoster(bool hold)
        {
            _held = hold && _poster;
            ShowOutputs();
        }

        /// <summary>Once more after <see cref="ReleaseOutputs"/>.</summary>
        internal void ShowOutputs()
        {
            var shown = texture;
            if (shown && shown != _picture.Texture && _targetTexture) DreamPicture.DrawStill(shown!, _targetTexture!);
            _outputs.Show(shown, _targetRenderer, _targetProperty, _targetImage);
            if (!shown || shown == _told) return;
            _told = shown;
            _streamEvents.textureChanged.Invoke(shown!);
        }

        private void Begin(string adopt)
        {
            if (_running) return;
            lastError = null;
            _held = _toldNobody = _openedOnce = _valuesRefused = _openAnew = false;
            framesShown = 0;
            _since = Time.realtimeSinceStartupAsDouble;
            var problem = DreamPlatform.Problem(Application.platform);
            if (problem != null)
            {
                _wanted = false;
                Tell(problem);
                return;
            }
            if (!_listening)
            {
                _listening = true;
                _session.StateChanged += OnState;
                _session.Failed += OnFailed;
                _session.Opened += OnOpened;
                _session.Cutscene.Happened += OnCutscene;
                _session.Landed += OnLanded;
            }
            _running = true;
            _daemonName = _process.NameFor(_daemon, Application.isEditor ? "" : DreamDaemonProcess.Beside(Application.dataPath), PythonNow);
            _session.Start(_daemonName, Request(), InitialValues(), adopt.Length > 0 ? adopt : null);
            BeginCutscene(adopt.Length > 0);
        }

        private void End(bool keepForAdoption)
        {
            if (!_running) return;
            _running = false;
            _sound.Stop(_cutsceneAudio);
            _film.Stop();
            if (keepForAdoption) _adopt = _session.Detach() ?? "";
            else
            {
                _session.Stop();
                _loadedCutscene = null;
            }
        }

        private OpenRequest Request() => new OpenRequest
        {
            Bundle = _bundle,
            Seed = _seed,
            Fps = _fps,
            Threads = _threads,
            Priority = _priority == DreamPriority.Normal ? "normal" : _priority == DreamPriority.Idle ? "idle" : "below_normal",
            MaxCpu = _maxCpu,
            Level = _level,
            LessFlashing = _lessFlashing,
        };

        private DreamMap InitialValues()
        {
            var values = new DreamMap();
            if (_valuesRefused) return values;
            foreach (var c in _conditions)
                if (c.name.Length > 0) values[c.name] = c.Value;
            return values;
        }

        private void OnState(StreamState state, string why)
        {
            // A daemon that refuses to open the stream is as good as none.
            if (state == StreamState.Failed && !_openedOnce && !_openAnew) BeginFilm();
            StateChanged?.Invoke(state, why);
            _streamEvents.stateChanged.Invoke(state.ToString());
        }

        private void OnOpened(StreamInfo info)
        {
            _openedOnce = true;
            if (_valuesRefused) DirectWhatFits(info.Conditions);
            Opened?.Invoke(info);
            _streamEvents.opened.Invoke();
        }

        private void OnFailed(DreamError error)
        {
            // There is somebody, who refused: that nobody answers would be wrong now.
            _toldNobody = true;
            Tell(error);
            var aboutValues = error.Code == ErrorCodes.UnknownCondition || error.Code == ErrorCodes.BadValue;
            _openAnew = aboutValues && !_openedOnce && !_valuesRefused && _conditions.Count > 0;
        }

        // A condition is gone, or of another kind than when the scene was saved: the rest of the scene still holds.
        private void OpenWithoutValues()
        {
            _openAnew = false;
            _valuesRefused = true;
            var again = _session.Cutscene.IsWanted ? _loadedCutscene : null;
            _session.Stop();
            if (again) PlayCutscene(again!);
            _session.Start(_daemonName, Request(), InitialValues());
            BeginCutscene(false);
        }

        private void DirectWhatFits(DreamSchema schema)
        {
            var fitting = new DreamMap();
            foreach (var c in _conditions)
            {
                var known = schema.Find(c.name);
                if (known == null)
                    Tell(new DreamError(ErrorCodes.UnknownCondition, "The bundle " + _bundle + " has no condition " + c.name + ", which this scene sets.", "Remove it in the inspector of " + name + ", or choose the bundle that the scene was made with."));
                else if (known.Check(c.Value) is DreamError bad)
                    Tell(bad);
                else
                    fitting[c.name] = c.Value;
            }
            if (fitting.Count > 0) _session.Direct(fitting, 0);
        }

        // The daemon ends again and again: it is left until Open is called.
        private void GiveUp(DreamError error)
        {
            _wanted = _running = false;
            _sound.Stop(_cutsceneAudio);
            _session.GiveUp(error.Message);
            Tell(error);
        }

        /// <summary>Does the daemon that this stream started still start? Not once it was told that it does not.</summary>
        internal bool OwnDaemonStarts => !_toldNobody && _process.Alive;

        private void LookForTrouble(double waited)
        {
            if (waited < SearchTimeout) return;
            if (waited < (_process.Alive ? StartTimeout : AnswerTimeout) && (_process.Alive || ConnectionFile.Read(_daemonName) != null)) return;
            _toldNobody = true;
            Tell(_process.Trouble(_daemonName));
            BeginFilm();
        }

        private void Tell(DreamError error)
        {
            lastError = error;
            if (!_picture.Shown)
            {
                _still = _fallback ? _fallback : _poster;
                ShowOutputs();
            }
            Debug.LogWarning("Dreambridge [" + error.Code + "]: " + error.Message + " " + error.Hint, this);
            Failed?.Invoke(error);
            _streamEvents.failed.Invoke(error.Message + " " + error.Hint);
        }

        void ISerializationCallbackReceiver.OnBeforeSerialize() { }

        void ISerializationCallbackReceiver.OnAfterDeserialize()
        {
            // Version 1 is the first. A scene of a newer package keeps what this one does not know out of its own fields.
            if (_sceneVersion < SceneVersion) _sceneVersion = SceneVersion;
        }
    }
}
