#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;

namespace Dreambridge
{
    public sealed partial class DreamStream
    {
        [Header("Cutscene")]
        [SerializeField, Tooltip("Played from its beginning when the stream is opened. Empty: none.")] private DreamCutscene? _cutscene;
        [SerializeField, Tooltip("Plays the sounds of the cutscene's shots, in time with the picture. Empty: none is played.")] private AudioSource? _cutsceneAudio;
        [SerializeField] private DreamCutsceneEvents _cutsceneEvents = new DreamCutsceneEvents();

        [NonSerialized] private readonly DreamShotSound _sound = new DreamShotSound();

        // Carried through a domain reload: the daemon still has it then.
        private DreamCutscene? _loadedCutscene;

        /// <summary>Something happened in the cutscene, and the frame for which it holds is shown.</summary>
        public event Action<CutsceneEvent>? CutsceneHappened;

        /// <summary>Played from its beginning at the next <see cref="Open"/>; null: none.</summary>
        public DreamCutscene? cutsceneOnOpen { get => _cutscene; set => _cutscene = value; }

        /// <summary>Plays the sounds of the shots, from the clips in <see cref="DreamCutscene.sounds"/>; null: none is played. In play mode.</summary>
        public AudioSource? cutsceneAudio
        {
            get => _cutsceneAudio;
            set
            {
                if (_cutsceneAudio != value) _sound.Stop(_cutsceneAudio);
                _cutsceneAudio = value;
            }
        }

        /// <summary>The same as <see cref="CutsceneHappened"/>, for the inspector.</summary>
        public DreamCutsceneEvents cutsceneEvents => _cutsceneEvents;

        /// <summary>Where the cutscene stands (status, shot, variables), and all that it can be asked: Seek, Set, Release, Signal, Choose, Skip, Stop.</summary>
        public Cutscene cutscene => _session.Cutscene;

        /// <summary>
        /// Play an asset from its beginning, or from a shot, a mark of it, or a second of it. Variables differ from the document's defaults.
        /// Before the stream is open it waits for it. <c>yield return stream.PlayCutscene(asset)</c> waits for the end.
        /// </summary>
        public DreamCutsceneWait PlayCutscene(DreamCutscene asset, string? shot = null, string? mark = null, double at = 0, DreamMap? variables = null) =>
            PlayCutscene(asset, shot, mark, at, variables, null);

        /// <summary>As the other; <paramref name="begun"/> is called once, when it plays or with the error, which is not told otherwise.</summary>
        internal void PlayCutscene(DreamCutscene asset, string? shot, Action<DreamError?> begun) => PlayCutscene(asset, shot, null, 0, null, begun);

        private DreamCutsceneWait PlayCutscene(DreamCutscene asset, string? shot, string? mark, double at, DreamMap? variables, Action<DreamError?>? begun)
        {
            DreamCutsceneWait? wait = null;
            DreamError? failed = null;
            _film.Stop();
            LoadCutscene(asset);
            _session.Cutscene.Play(shot, mark, at, variables, (_, error) =>
            {
                failed = error;
                begun?.Invoke(error);
                if (error == null) return;
                wait?.Fail(error);
                if (error.Code != ErrorCodes.Cancelled && error.Code != ErrorCodes.DaemonGone && begun == null) Tell(error);
            });
            wait = WaitForCutscene(CutsceneHappening.Ended);
            // What is too large is refused at once.
            if (failed != null) wait.Fail(failed);
            else if (_toldNobody && (state == StreamState.Searching || state == StreamState.Failed)) BeginFilm();
            return wait;
        }

        /// <summary>Put another version in the place of the cutscene that plays: it goes on in the same shot. False when none plays.</summary>
        public bool ReplaceCutscene(DreamCutscene asset, Action<DreamError?>? done = null) =>
            _session.Cutscene.Replace(asset.Document(), error =>
            {
                if (error == null) _loadedCutscene = asset;
                if (done != null) done(error);
                else if (error != null) Tell(error);
            });

        /// <summary><c>yield return stream.WaitForCutscene(CutsceneHappening.Choice)</c> waits until that happens (to a mark, signal or shot of
        /// that name), the cutscene ends, the stream is closed, or so many seconds have gone by.</summary>
        public DreamCutsceneWait WaitForCutscene(CutsceneHappening happening, string name = "", float timeout = float.PositiveInfinity) =>
            new DreamCutsceneWait(this, happening, name, timeout);

        /// <summary>For a UnityEvent: play the asset of the inspector.</summary>
        public void PlayCutscene()
        {
            if (_cutscene) PlayCutscene(_cutscene!);
        }

        /// <summary>For a UnityEvent: tell the cutscene that something happened in the game.</summary>
        public void SignalCutscene(string signal) => _session.Cutscene.Signal(signal);

        /// <summary>For a UnityEvent: take an option of the open choice.</summary>
        public void ChooseCutscene(string option) => _session.Cutscene.Choose(option);

        /// <summary>For a UnityEvent: go to the next choice or to the end.</summary>
        public void SkipCutscene() => _session.Cutscene.Skip();

        /// <summary>For a UnityEvent: end the cutscene.</summary>
        public void StopCutscene() => _session.Cutscene.Stop();

        private void LoadCutscene(DreamCutscene asset)
        {
            var document = asset.Document();
            if (!_session.Cutscene.Has(document)) _session.Cutscene.Load(document, _ => { });
            _loadedCutscene = asset;
        }

        /// <summary>The game's cutscene that a save's document is a version of.</summary>
        private CutsceneDocument? DocumentOf(string text, IEnumerable<DreamCutscene>? cutscenes)
        {
            var own = new List<DreamCutscene>(cutscenes ?? Array.Empty<DreamCutscene>()) { _loadedCutscene!, _cutscene! };
            own.RemoveAll(c => !c);
            var name = CutsceneDocument.NameIn(text);
            var found = own.Find(c => c.text == text) ?? own.Find(c => CutsceneDocument.NameIn(c.text) == name);
            return found ? found!.Document() : null;
        }

        // After the session was started.
        private void BeginCutscene(bool adopted)
        {
            if (adopted && _loadedCutscene) _session.Cutscene.Adopt(_loadedCutscene!.Document());
            else if (!adopted && _cutscene && !_session.Cutscene.IsWanted) PlayCutscene();
        }

        private void OnCutscene(CutsceneEvent e)
        {
            CutsceneHappened?.Invoke(e);
            _cutsceneEvents.Invoke(e);
        }
    }
}
