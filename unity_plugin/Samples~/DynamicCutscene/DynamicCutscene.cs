#nullable enable
using Dreambridge.Timelines;
using UnityEngine;
using UnityEngine.Playables;
using UnityEngine.Timeline;

namespace Dreambridge.Samples
{
    /// <summary>A cutscene whose end depends on what the player did: the Timeline is made of the player's choice, then played.</summary>
    [RequireComponent(typeof(DreamStream), typeof(PlayableDirector))]
    public sealed class DynamicCutscene : MonoBehaviour
    {
        private DreamStream? _stream;
        private PlayableDirector? _director;
        private TimelineAsset? _timeline;

        private void OnEnable()
        {
            _stream = GetComponent<DreamStream>();
            _director = GetComponent<PlayableDirector>();
        }

        private void OnDisable()
        {
            if (_director) _director!.Stop();
            if (_timeline) Destroy(_timeline);
        }

        /// <summary>Play the cutscene of a player who helped the village, or did not.</summary>
        public void Play(bool helped)
        {
            if (_timeline) Destroy(_timeline);
            _timeline = ScriptableObject.CreateInstance<TimelineAsset>();
            var track = _timeline.CreateTrack<DreamTrack>(null, "Dream");
            Add(track, 0, 3, 2, ("time_of_day", 17), ("weather", "cloudy"), ("biome", "coast"));
            if (helped) Add(track, 3, 5, 4, ("time_of_day", 19.5), ("weather", "clear"), ("prompt", "a calm evening by the sea"));
            else Add(track, 3, 5, 4, ("time_of_day", 23), ("weather", "storm"), ("prompt", "a storm over the coast at night"));
            _director!.playableAsset = _timeline;
            _director.SetGenericBinding(track, _stream);
            _director.time = 0;
            _director.Play();
        }

        private static void Add(DreamTrack track, double start, double duration, float over, params (string name, DreamValue value)[] values)
        {
            var clip = track.CreateClip<DreamClip>();
            clip.start = start;
            clip.duration = duration;
            var dream = (DreamClip)clip.asset;
            dream.over = over;
            foreach (var (name, value) in values)
            {
                var text = value.Kind == DreamKind.Text;
                dream.values.Add(new DreamSetting { name = name, form = text ? DreamSetting.Form.Text : DreamSetting.Form.Number, text = value.AsText(), number = value.AsNumber() });
            }
        }

        private void OnGUI()
        {
            if (_stream == null) return;
            var picture = _stream.texture;
            if (picture != null) GUI.DrawTexture(new Rect(0, 0, Screen.width, Screen.height), picture, ScaleMode.ScaleToFit);
            GUILayout.BeginArea(new Rect(10, 10, 260, 120));
            GUILayout.Label("Did you help the village?");
            if (GUILayout.Button("Yes")) Play(true);
            if (GUILayout.Button("No")) Play(false);
            GUILayout.EndArea();
        }
    }
}
