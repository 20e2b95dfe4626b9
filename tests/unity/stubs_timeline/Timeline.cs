using System;
using System.Collections.Generic;
using FakeUnity;
using UnityEngine.Playables;

namespace UnityEngine.Timeline
{
    [Flags] public enum ClipCaps { None = 0, Looping = 1, Extrapolation = 2, ClipIn = 4, SpeedMultiplier = 8, Blending = 16 }

    public interface ITimelineClipAsset { ClipCaps clipCaps { get; } }

    public interface IMarker
    {
        double time { get; set; }
        TrackAsset parent { get; }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public class TrackColorAttribute : Attribute { public TrackColorAttribute(float r, float g, float b) { } }

    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public class TrackClipTypeAttribute : Attribute { public TrackClipTypeAttribute(Type clipClass) { } }

    [AttributeUsage(AttributeTargets.Class)]
    public class TrackBindingTypeAttribute : Attribute { public TrackBindingTypeAttribute(Type type) { } }

    public abstract class Marker : ScriptableObject, IMarker
    {
        public double time { get; set; }
        public TrackAsset parent { get; internal set; } = null!;
    }

    public class TimelineClip
    {
        internal TimelineClip(Object asset) => this.asset = asset;
        public double start { get; set; }
        public double duration { get; set; }
        public double end => start + duration;
        public Object asset { get; set; }
        public string displayName { get; set; } = "";
    }

    public class TimelineAsset : PlayableAsset
    {
        private readonly List<TrackAsset> _tracks = new List<TrackAsset>();
        public T CreateTrack<T>(TrackAsset? parent, string name) where T : TrackAsset, new() { var t = CreateInstance<T>(); t.name = name; _tracks.Add(t); return t; }
        public override Playable CreatePlayable(PlayableGraph graph, GameObject go) => Playable.Null;
        internal override bool Owns(Object track) => track is TrackAsset t && _tracks.Contains(t);

        /// <summary>To the end of the last clip, or to the last marker that is a notification: other markers do not count.</summary>
        public override double duration
        {
            get
            {
                double end = 0;
                foreach (var t in _tracks)
                {
                    foreach (var c in t.GetClips()) end = Math.Max(end, c.end);
                    foreach (var m in t.GetMarkers()) if (m is INotification) end = Math.Max(end, m.time);
                }
                return end;
            }
        }
    }

    public abstract class TrackAsset : PlayableAsset
    {
        private readonly List<TimelineClip> _clips = new List<TimelineClip>();
        private readonly List<IMarker> _markers = new List<IMarker>();
        public IEnumerable<TimelineClip> GetClips() { Engine.Use(this, nameof(GetClips)); return _clips; }
        public IEnumerable<IMarker> GetMarkers() { Engine.Use(this, nameof(GetMarkers)); return _markers; }
        public TimelineClip CreateClip<T>() where T : ScriptableObject, IPlayableAsset, new() { var c = new TimelineClip(CreateInstance<T>()); _clips.Add(c); return c; }
        public T CreateMarker<T>(double time) where T : ScriptableObject, IMarker, new() { var m = CreateInstance<T>(); m.time = time; _markers.Add(m); return m; }
        internal override Playable Mixer(PlayableGraph graph, GameObject owner) => CanCreateTrackMixer() ? CreateTrackMixer(graph, owner, _clips.Count) : Playable.Null;
        /// <summary>A track without clips is not compiled, unless it says otherwise.</summary>
        public virtual bool CanCreateTrackMixer() => _clips.Count > 0;
        public virtual Playable CreateTrackMixer(PlayableGraph graph, GameObject go, int inputCount) => Playable.Null;
        public override Playable CreatePlayable(PlayableGraph graph, GameObject owner) => Playable.Null;
    }
}
