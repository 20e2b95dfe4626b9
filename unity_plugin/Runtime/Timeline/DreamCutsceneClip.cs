#nullable enable
using System;
using UnityEngine;
using UnityEngine.Playables;
using UnityEngine.Timeline;

namespace Dreambridge.Timelines
{
    /// <summary>Plays a cutscene from the clip's beginning on. Where the clip ends, a cutscene that still plays is stopped.</summary>
    [Serializable]
    public sealed partial class DreamCutsceneClip : PlayableAsset, ITimelineClipAsset
    {
        [SerializeField] private DreamCutscene? _cutscene;
        [SerializeField, Tooltip("Shot to begin with. Empty: the document's first.")] private string _shot = "";

        /// <summary>What is played.</summary>
        public DreamCutscene? cutscene { get => _cutscene; set => _cutscene = value; }

        /// <summary>Shot to begin with; empty: the document's first.</summary>
        public string shot { get => _shot; set => _shot = value; }

        /// <inheritdoc/>
        public ClipCaps clipCaps => ClipCaps.None;

        /// <inheritdoc/>
        public override Playable CreatePlayable(PlayableGraph graph, GameObject owner) => ScriptPlayable<DreamClipPlayable>.Create(graph);
    }
}
