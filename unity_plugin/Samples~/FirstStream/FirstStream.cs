#nullable enable
using UnityEngine;

namespace Dreambridge.Samples
{
    /// <summary>Shows the stream on the whole screen, with a slider for the hour and a button for each weather.</summary>
    [RequireComponent(typeof(DreamStream))]
    public sealed class FirstStream : MonoBehaviour
    {
        private static readonly string[] s_weathers = { "clear", "cloudy", "rain", "storm", "snow", "fog" };
        private DreamStream? _stream;
        private float _hour = 10;

        private void OnEnable() => _stream = GetComponent<DreamStream>();

        private void OnGUI()
        {
            if (_stream == null) return;
            var picture = _stream.texture;
            if (picture != null) GUI.DrawTexture(new Rect(0, 0, Screen.width, Screen.height), picture, ScaleMode.ScaleToFit);
            GUILayout.BeginArea(new Rect(10, 10, 260, 220));
            GUILayout.Label(_stream.state + " " + _stream.reason);
            if (_stream.lastError != null) GUILayout.Label(_stream.lastError.Message + " " + _stream.lastError.Hint);
            GUILayout.Label("Hour " + _hour.ToString("0.0"));
            var hour = GUILayout.HorizontalSlider(_hour, 0, 24);
            if (hour != _hour)
            {
                _hour = hour;
                _stream.Direct("time_of_day", hour);
            }
            foreach (var weather in s_weathers)
                if (GUILayout.Button(weather)) _stream.Direct("weather", weather, 2);
            GUILayout.EndArea();
        }
    }
}
