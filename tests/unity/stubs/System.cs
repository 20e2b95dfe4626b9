using System;
using FakeUnity;

namespace UnityEngine
{
    public class UnityException : SystemException { public UnityException(string message) : base(message) { } }
    public enum RuntimePlatform { OSXEditor = 0, OSXPlayer = 1, WindowsPlayer = 2, WindowsEditor = 7, IPhonePlayer = 8, Android = 11, LinuxPlayer = 13, LinuxEditor = 16, WebGLPlayer = 17 }

    public static class Application
    {
        public static event Action? quitting;
        public static bool isPlaying { get { Engine.Check("Application.isPlaying"); return Engine.Playing; } }
        /// <summary>Is that object a part of the playing world? Not in the stage of a prefab that is edited during play.</summary>
        public static bool IsPlaying(Object obj)
        {
            Engine.Use(obj, "Application.IsPlaying");
            var owner = obj is Component c ? c.Owner : obj as GameObject;
            return Engine.Playing && (owner == null || !owner.InPrefabStage);
        }
        public static bool isEditor => Engine.Editor;
        public static bool isBatchMode => true;
        public static string dataPath { get { Engine.Check("Application.dataPath"); return Engine.DataPath; } }
        public static string streamingAssetsPath { get { Engine.Check("Application.streamingAssetsPath"); return System.IO.Path.Combine(Engine.DataPath, "StreamingAssets"); } }
        public static string persistentDataPath { get { Engine.Check("Application.persistentDataPath"); return Engine.DataPath; } }
        public static RuntimePlatform platform { get { Engine.Check("Application.platform"); return Engine.Platform; } }
        public static string unityVersion => "2021.3.0f1";
        public static void OpenURL(string url) => Engine.Check("Application.OpenURL");
        internal static void Quit() { quitting?.Invoke(); quitting = null; }
    }

    public static class Time
    {
        public static float deltaTime { get { Engine.Check("Time.deltaTime"); return Engine.Delta; } }
        public static float unscaledDeltaTime { get { Engine.Check("Time.unscaledDeltaTime"); return Engine.Delta; } }
        public static double realtimeSinceStartupAsDouble { get { Engine.Check("Time.realtimeSinceStartupAsDouble"); return Engine.RealTime; } }
        public static float unscaledTime { get { Engine.Check("Time.unscaledTime"); return (float)Engine.Now; } }
        public static int frameCount { get { Engine.Check("Time.frameCount"); return Engine.Frame; } }
    }

    public static class Debug
    {
        public static void Log(object message) => Engine.Say("log", message, null);
        public static void Log(object message, Object? context) => Engine.Say("log", message, context);
        public static void LogWarning(object message) => Engine.Say("warning", message, null);
        public static void LogWarning(object message, Object? context) => Engine.Say("warning", message, context);
        public static void LogError(object message) => Engine.Say("error", message, null);
        public static void LogError(object message, Object? context) => Engine.Say("error", message, context);
        public static void LogException(Exception exception, Object? context) => Engine.Say("exception", exception, context);
    }

    public static class Screen
    {
        public static int width { get { Engine.Check("Screen.width"); return 640; } }
        public static int height { get { Engine.Check("Screen.height"); return 480; } }
    }

    public class TextAsset : Object
    {
        private readonly byte[] _bytes;
        public TextAsset() : this("") { }
        public TextAsset(string text) => _bytes = System.Text.Encoding.UTF8.GetBytes(text);
        public string text { get { Engine.Use(this, nameof(text)); return System.Text.Encoding.UTF8.GetString(_bytes); } }
        public byte[] bytes { get { Engine.Use(this, nameof(bytes)); return (byte[])Content.Clone(); } }
        /// <summary>What a *.bytes file holds.</summary>
        public byte[]? Binary;
        private byte[] Content => Binary ?? _bytes;
    }

    public enum FFTWindow { Rectangular, Triangle, Hamming, Hanning, Blackman, BlackmanHarris }

    /// <summary>Samples are not there; the fake AudioSource only counts them.</summary>
    public sealed class AudioClip : Object
    {
        public AudioClip() : this(0, 44100) { }
        public AudioClip(float seconds, int rate) { _samples = (int)(seconds * rate); _rate = rate; }
        private readonly int _samples, _rate;
        public int samples { get { Engine.Use(this, nameof(samples)); return _samples; } }
        public int frequency { get { Engine.Use(this, nameof(frequency)); return _rate; } }
        public float length { get { Engine.Use(this, nameof(length)); return _samples / (float)_rate; } }
    }

    /// <summary>
    /// Plays by the real clock, which the audio device's may differ from (Engine.AudioClock), and tells its position in whole buffers.
    /// </summary>
    public sealed class AudioSource : Behaviour
    {
        private const int Buffer = 1024;
        private AudioClip? _clip;
        private double _position, _since;
        private float _pitch = 1;
        private bool _on, _paused;

        public AudioClip? clip
        {
            get { Engine.Use(this, nameof(clip)); return _clip; }
            set
            {
                Engine.Use(this, nameof(clip));
                if (_clip != value) { _on = _paused = false; _position = 0; }
                _clip = value;
            }
        }
        public bool loop { get; set; }
        public float pitch { get { Engine.Use(this, nameof(pitch)); return _pitch; } set { Engine.Use(this, nameof(pitch)); Run(); _pitch = Math.Max(-3, Math.Min(3, value)); } }
        public bool isPlaying { get { Engine.Use(this, nameof(isPlaying)); Run(); return _on; } }

        public int timeSamples
        {
            get { Engine.Use(this, nameof(timeSamples)); Run(); return (int)(_position / Buffer) * Buffer; }
            set
            {
                Engine.Use(this, nameof(timeSamples));
                if (!_clip) throw new EngineError("a position was set in an AudioSource without a clip");
                if (value < 0 || value >= _clip!.samples) throw new EngineError("an invalid seek position: sample " + value + " of " + _clip!.samples);
                Run();
                _position = value;
            }
        }

        public void Play()
        {
            Engine.Use(this, nameof(Play));
            if (!isActiveAndEnabled) { Engine.Say("warning", "Can not play a disabled audio source", this); return; }
            if (!_clip) return;
            Run();
            if (!_paused && _on) _position = 0; // it begins once more
            (_on, _paused, _since) = (true, false, Engine.RealTime);
        }

        public void Pause() { Engine.Use(this, nameof(Pause)); Run(); if (_on) (_on, _paused) = (false, true); }
        public void Stop() { Engine.Use(this, nameof(Stop)); Run(); (_on, _paused, _position) = (false, false, 0); }

        /// <summary>Where it really is, in seconds.</summary>
        internal double Heard { get { Run(); return _clip ? _position / _clip!.frequency : 0; } }

        private void Run()
        {
            var now = Engine.RealTime;
            if (_on && _clip)
            {
                _position += (now - _since) * _pitch * Engine.AudioClock * _clip!.frequency;
                if (_position >= _clip!.samples) { if (loop) _position %= _clip!.samples; else (_on, _position) = (false, 0); }
            }
            _since = now;
        }

        public void GetSpectrumData(float[] samples, int channel, FFTWindow window) { Engine.Use(this, nameof(GetSpectrumData)); Engine.Spectrum(samples); }
    }

    public sealed class AudioListener : Behaviour
    {
        public static void GetSpectrumData(float[] samples, int channel, FFTWindow window) { Engine.Check("AudioListener.GetSpectrumData"); Engine.Spectrum(samples); }
    }

    public static class AudioSettings
    {
        public static int outputSampleRate { get { Engine.Check("AudioSettings.outputSampleRate"); return 48000; } }
    }

    public sealed class Camera : Behaviour
    {
        private float _fov = 60;
        private float _aspect = 1;
        private RenderTexture? _target;
        internal readonly System.Collections.Generic.List<UnityEngine.Rendering.CommandBuffer> Buffers = new System.Collections.Generic.List<UnityEngine.Rendering.CommandBuffer>();
        public void AddCommandBuffer(UnityEngine.Rendering.CameraEvent evt, UnityEngine.Rendering.CommandBuffer buffer) { Engine.Use(this, nameof(AddCommandBuffer)); Buffers.Add(buffer); }
        public void RemoveCommandBuffer(UnityEngine.Rendering.CameraEvent evt, UnityEngine.Rendering.CommandBuffer buffer) { Engine.Use(this, nameof(RemoveCommandBuffer)); Buffers.Remove(buffer); }
        public int cullingMask { get; set; } = -1;
        public bool orthographic { get; set; }
        public float orthographicSize { get; set; } = 5;
        public Matrix4x4 worldToCameraMatrix
        {
            get
            {
                Engine.Use(this, nameof(worldToCameraMatrix));
                // Looks along -z, as in OpenGL.
                var inverse = Quaternion.Inverse(transform.rotation);
                return Matrix4x4.Scale(new Vector3(1, 1, -1)) * Matrix4x4.TRS(inverse * (Vector3.zero - transform.position), inverse, new Vector3(1, 1, 1));
            }
        }
        public Matrix4x4 nonJitteredProjectionMatrix => projectionMatrix;
        public Matrix4x4 projectionMatrix
        {
            get { Engine.Use(this, nameof(projectionMatrix)); return orthographic ? Matrix4x4.Ortho(-orthographicSize * _aspect, orthographicSize * _aspect, -orthographicSize, orthographicSize, 0.3f, 1000) : Matrix4x4.Perspective(_fov, _aspect, 0.3f, 1000); }
        }
        public static Camera? main { get { Engine.Check("Camera.main"); return Engine.Find<Camera>(); } }
        public float fieldOfView { get { Engine.Use(this, nameof(fieldOfView)); return _fov; } set { Engine.Use(this, nameof(fieldOfView)); _fov = value; } }
        public float aspect { get { Engine.Use(this, nameof(aspect)); return _aspect; } set { Engine.Use(this, nameof(aspect)); _aspect = value; } }
        public RenderTexture? targetTexture { get { Engine.Use(this, nameof(targetTexture)); return _target; } set { Engine.Use(this, nameof(targetTexture)); _target = value; } }
        public void Render() { Engine.Use(this, nameof(Render)); if (_target) _target!.Written(); }

        public Vector3 WorldToViewportPoint(Vector3 position)
        {
            Engine.Use(this, nameof(WorldToViewportPoint));
            var p = transform.InverseTransformPoint(position);
            var half = (float)Math.Tan(_fov * Math.PI / 360) * p.z;
            return new Vector3(p.x / (half * _aspect) / 2 + 0.5f, p.y / half / 2 + 0.5f, p.z);
        }
    }

    public enum HumanBodyBones { Hips, LeftUpperLeg, RightUpperLeg, LeftLowerLeg, RightLowerLeg, LeftFoot, RightFoot, Spine, Chest, Neck, Head, LeftShoulder, RightShoulder, LeftUpperArm, RightUpperArm, LeftLowerArm, RightLowerArm, LeftHand, RightHand, LeftToes, RightToes, LeftEye, RightEye, Jaw, LastBone = 55 }

    public class Animator : Behaviour
    {
        internal readonly System.Collections.Generic.Dictionary<HumanBodyBones, Transform> Bones = new System.Collections.Generic.Dictionary<HumanBodyBones, Transform>();
        internal bool Human = true;
        public bool isHuman { get { Engine.Use(this, nameof(isHuman)); return Human; } }
        public Transform? GetBoneTransform(HumanBodyBones humanBoneId) { Engine.Use(this, nameof(GetBoneTransform)); return Bones.TryGetValue(humanBoneId, out var t) ? t : null; }
    }
}
