using System;
using System.Collections.Generic;
using UnityEngine;
using FakeUnity;

namespace UnityEditor.Recorder
{
    public class RecorderSettings : ScriptableObject
    {
        public bool Enabled { get; set; } = true;
        public string OutputFile { get; set; } = "";
    }

    public class MovieRecorderSettings : RecorderSettings
    {
        public Input.ImageInputSettings? ImageInputSettings { get; set; }
    }

    public class RecorderControllerSettings : ScriptableObject
    {
        internal readonly List<RecorderSettings> All = new List<RecorderSettings>();
        internal bool Manual;
        public float FrameRate { get; set; }
        public void AddRecorderSettings(RecorderSettings recorder) => All.Add(recorder);
        public void SetRecordModeToManual() => Manual = true;
    }

    /// <summary>Films nothing: at its end it keeps what the render texture shows, from the top.</summary>
    public class RecorderController
    {
        public static byte[] Last = Array.Empty<byte>();
        private bool _prepared, _records;
        public RecorderController(RecorderControllerSettings settings) => Settings = settings;
        public RecorderControllerSettings Settings { get; }
        public void PrepareRecording()
        {
            if (!Engine.Playing) throw new Exception("You can only call the PrepareRecording method in Play mode.");
            _prepared = true;
        }
        public bool StartRecording()
        {
            if (!_prepared) throw new Exception("Recording session not prepared. Call PrepareRecording() first.");
            return _records = Settings.All.Count > 0 && Settings.Manual && Settings.FrameRate > 0;
        }
        public bool IsRecording() => _records;
        public void StopRecording()
        {
            var texture = ((Input.RenderTextureInputSettings)((MovieRecorderSettings)Settings.All[0]).ImageInputSettings!).RenderTexture!;
            Last = GpuImage.Look(texture, new Rect(0, 0, 1, 1), texture.width, texture.height);
            _records = false;
        }
    }
}

namespace UnityEditor.Recorder.Input
{
    public abstract class ImageInputSettings { }

    public class RenderTextureInputSettings : ImageInputSettings
    {
        public RenderTexture? RenderTexture { get; set; }
    }
}
