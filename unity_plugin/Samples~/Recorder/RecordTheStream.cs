#nullable enable
using UnityEditor;
using UnityEditor.Recorder;
using UnityEditor.Recorder.Input;
using UnityEngine;

namespace Dreambridge.Samples
{
    /// <summary>
    /// Films the stream with the Unity Recorder, without the game around it: a Render Texture of the frame's size is the stream's target and the
    /// Recorder's input. Press Play, then choose Tools > Dreambridge > Record the Stream, and once more to end it.
    /// </summary>
    public static class RecordTheStream
    {
        private const string Item = "Tools/Dreambridge/Record the Stream";
        private static RecorderController? s_controller;
        private static RenderTexture? s_picture;
        private static DreamStream? s_stream;

        /// <summary>Without the ending, which the Recorder adds.</summary>
        public static string file = "Recordings/stream";

        /// <summary>Is the stream being filmed?</summary>
        public static bool records => s_controller != null && s_controller.IsRecording();

        [MenuItem(Item, true)]
        private static bool CanRecord() => Application.isPlaying && DreamStream.all.Count > 0 && DreamStream.all[0].info != null;

        [MenuItem(Item)]
        private static void Toggle()
        {
            if (records) End();
            else Begin(DreamStream.all[0]);
        }

        /// <summary>Begin to film a stream that plays. Its own target texture, if it has one, is filmed as it is.</summary>
        public static void Begin(DreamStream stream)
        {
            var info = stream.info!;
            s_stream = stream;
            var target = stream.targetTexture;
            if (!target)
            {
                target = s_picture = new RenderTexture(info.Width, info.Height, 0, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB) { name = "Recorded stream" };
                stream.targetTexture = target;
            }
            var movie = ScriptableObject.CreateInstance<MovieRecorderSettings>();
            movie.name = "Dreambridge stream";
            movie.ImageInputSettings = new RenderTextureInputSettings { RenderTexture = target };
            movie.OutputFile = file;
            var settings = ScriptableObject.CreateInstance<RecorderControllerSettings>();
            settings.AddRecorderSettings(movie);
            settings.SetRecordModeToManual();
            settings.FrameRate = info.Fps > 0 ? (float)info.Fps : 30;
            s_controller = new RecorderController(settings);
            s_controller.PrepareRecording();
            s_controller.StartRecording();
        }

        /// <summary>End the film, and give back what was made for it.</summary>
        public static void End()
        {
            s_controller?.StopRecording();
            s_controller = null;
            if (!s_picture) return;
            if (s_stream) s_stream!.targetTexture = null;
            Object.Destroy(s_picture);
            s_picture = null;
        }
    }
}
