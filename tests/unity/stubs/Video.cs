using System;
using FakeUnity;

namespace UnityEngine.Video
{
    public enum VideoRenderMode { CameraFarPlane, CameraNearPlane, RenderTexture, MaterialOverride, APIOnly }
    public enum VideoSource { VideoClip, Url }
    public enum VideoAudioOutputMode { None, AudioSource, Direct, APIOnly }

    /// <summary>Decodes nothing: a file that is there is a film of Seconds, whose picture is one colour. Pictures and events come in ticks, never at once.</summary>
    public sealed class VideoPlayer : Behaviour
    {
        public delegate void EventHandler(VideoPlayer source);
        public delegate void ErrorEventHandler(VideoPlayer source, string message);

        internal static double Seconds = 0.3;
        internal static bool Broken;
        internal AudioSource? Heard;
        private Texture? _texture;
        private double _since = -1;
        private bool _ended;

        public event EventHandler? loopPointReached;
        public event ErrorEventHandler? errorReceived;
        public bool playOnAwake { get; set; } = true;
        public bool isLooping { get; set; }
        public VideoRenderMode renderMode { get; set; }
        public VideoSource source { get; set; }
        public VideoAudioOutputMode audioOutputMode { get; set; } = VideoAudioOutputMode.Direct;
        public string url { get; set; } = "";
        public Texture? texture { get { Engine.Use(this, nameof(texture)); return _texture; } }
        public void SetTargetAudioSource(ushort trackIndex, AudioSource source)
        {
            Engine.Use(this, nameof(SetTargetAudioSource));
            if (audioOutputMode != VideoAudioOutputMode.AudioSource) throw new EngineError("the AudioSource of a VideoPlayer whose audioOutputMode is " + audioOutputMode);
            Heard = source;
        }

        public void Play()
        {
            Engine.Use(this, nameof(Play));
            if (source != VideoSource.Url || url.Length == 0) throw new EngineError("a VideoPlayer was played without a source");
            _since = Engine.RealTime;
        }

        public void Stop() { Engine.Use(this, nameof(Stop)); _since = -1; _texture = null; }

        internal void Advance()
        {
            if (_since < 0 || _ended) return;
            if (Broken || !System.IO.File.Exists(url)) { _since = -1; errorReceived?.Invoke(this, "Can't play movie " + url); return; }
            _texture ??= renderMode == VideoRenderMode.APIOnly ? Engine.White() : null;
            if (Engine.RealTime - _since < Seconds) return;
            _ended = !isLooping;
            loopPointReached?.Invoke(this);
        }
    }
}
