#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using UnityEngine;
using UnityEngine.Playables;
using UnityEngine.Timeline;

namespace Dreambridge.Timelines
{
    /// <summary>A dynamic cutscene: clips and markers direct the stream that is bound to the track, or play a *.dream.json in it.</summary>
    [TrackColor(0.45f, 0.35f, 0.85f), TrackClipType(typeof(DreamClip)), TrackClipType(typeof(DreamCutsceneClip)), TrackBindingType(typeof(DreamStream))]
    public sealed partial class DreamTrack : TrackAsset
    {
        [SerializeField, Tooltip("Begin with a cut, so that each play is the same. Off: the stream continues from where it is.")] private bool _beginWithCut = true;

        // Kept from one graph to the next: the snapshots of the first run are worth keeping as long as nothing was edited. One for each
        // PlayableDirector: two of them may play this asset at once, on two streams.
        [NonSerialized] private readonly Dictionary<GameObject, (string edition, DreamTimelineDirector director)> _directors = new Dictionary<GameObject, (string, DreamTimelineDirector)>();

        /// <summary>Begin with a cut, so that each play is the same.</summary>
        public bool beginWithCut { get => _beginWithCut; set => _beginWithCut = value; }

        /// <inheritdoc/>
        public override bool CanCreateTrackMixer() => base.CanCreateTrackMixer() || GetMarkers().Any(m => m is DreamMarker);

        /// <inheritdoc/>
        public override Playable CreateTrackMixer(PlayableGraph graph, GameObject go, int inputCount)
        {
            var mixer = ScriptPlayable<DreamMixer>.Create(graph, inputCount);
            mixer.GetBehaviour().Director = Director(go);
            return mixer;
        }

        /// <summary>The track's directions in the order of their times.</summary>
        internal DreamTimelineDirector Director(GameObject owner)
        {
            var cues = new CueList();
            var scenes = new SceneCues();
            var edition = new StringBuilder(_beginWithCut ? "cut" : "on");
            foreach (var clip in GetClips())
            {
                if (clip.asset is DreamClip c) Add(cues, edition, clip.start, c.values, c.over, c.easing, false, -1);
                if (!(clip.asset is DreamCutsceneClip s) || !s.cutscene) continue;
                scenes.Add(clip.start, clip.end, s.cutscene!, s.shot);
                edition.Append('\n').Append(clip.start).Append(' ').Append(clip.end).Append(' ').Append(s.shot).Append('\t').Append(s.cutscene!.text);
            }
            foreach (var marker in GetMarkers())
                if (marker is DreamMarker m) Add(cues, edition, m.time, m.values, m.over, DreamEasing.Default, m.cut, m.seed);
            if (_directors.TryGetValue(owner, out var known) && known.edition == edition.ToString()) return known.director;
            foreach (var gone in _directors.Keys.Where(o => !o).ToList()) _directors.Remove(gone);
            var made = new DreamTimelineDirector(cues, scenes, _beginWithCut);
            _directors[owner] = (edition.ToString(), made);
            return made;
        }

        private static void Add(CueList cues, StringBuilder edition, double time, IEnumerable<DreamSetting> settings, float over, DreamEasing easing, bool cut, int seed)
        {
            var values = new DreamMap();
            edition.Append('\n').Append(time).Append(' ').Append(over).Append(' ').Append(easing).Append(' ').Append(cut).Append(' ').Append(seed);
            foreach (var s in settings)
            {
                if (s.name.Length == 0) continue;
                values[s.name] = s.Value;
                edition.Append('\t').Append(s.name).Append('=').Append(s.ToText());
            }
            cues.Add(new DreamCue(time, values, over, easing, cut, seed));
        }
    }
}
