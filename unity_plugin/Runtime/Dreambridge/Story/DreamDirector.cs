#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Carries out the directions in the text of a story on a <see cref="DreamStream"/>: <c>weather=storm over=2</c>, <c>cut</c>, <c>play arrival</c>,
    /// <c>wait shown</c> (docs/narrative.md has all words). The story never stops: a wrong direction is told once, and a wait has a limit. It goes
    /// by real time, whatever Time.timeScale is.
    /// </summary>
    [DisallowMultipleComponent, DefaultExecutionOrder(-99), AddComponentMenu("Dreambridge/Dream Director")]
    public sealed partial class DreamDirector : MonoBehaviour
    {
        [SerializeField, Tooltip("The stream that the story directs. Empty: the one on the same GameObject.")] private DreamStream? _stream;
        [SerializeField, Tooltip("The cutscenes that `play` plays, by the names of the assets.")] private List<DreamCutscene> _cutscenes = new List<DreamCutscene>();
        [SerializeField, Tooltip("Seconds that a wait without a limit of its own lasts at most."), Min(0)] private float _limit = 5;
        [Header("Options made ahead")]
        [SerializeField, Tooltip("Seconds of each option that the daemon makes ahead while the player reads. 0: none."), Range(0, 10)] private float _preroll = 1;
        [SerializeField, Tooltip("Options that are made ahead at most."), Range(0, 8)] private int _forks = 4;

        [NonSerialized] private StoryDirector? _director;
        [NonSerialized] private DreamStream? _directed;

        /// <summary>A direction could not be carried out. Each is told once; the console shows it too.</summary>
        public event Action<DreamError>? Failed;

        /// <summary>A direction was understood, and is carried out now.</summary>
        public event Action<StoryStatement>? Told;

        /// <summary>The stream that the story directs; when null, the one on the same GameObject.</summary>
        public DreamStream? stream { get => _stream; set => _stream = value; }

        /// <summary>The cutscenes that <c>play</c> plays, by the names of the assets.</summary>
        public IList<DreamCutscene> cutscenes => _cutscenes;

        /// <summary>Seconds that a wait without a limit of its own lasts at most.</summary>
        public float limit { get => _limit; set => _limit = value; }

        /// <summary>Seconds of each option that are made ahead; 0: none.</summary>
        public float preroll { get => _preroll; set => _preroll = value; }

        /// <summary>Options that are made ahead at most.</summary>
        public int forks { get => _forks; set => _forks = value; }

        /// <summary>While it is true, no wait lasts: for a game that skips.</summary>
        public bool skipping { get; set; }

        /// <summary>Choices that went on as a fork, and choices that were directed.</summary>
        public (int adopted, int directed) choices => _director == null ? (0, 0) : (_director.Adopted, _director.Directed);

        /// <summary>Carry out one direction. <c>yield return director.Tell("wait shown")</c> waits for it.</summary>
        public DreamTelling Tell(string text) => new DreamTelling(this, Director().Tell(text));

        /// <summary>Carry out the tags that are directions (<c>dream: …</c>), one after the other; other tags are skipped over.</summary>
        public DreamTelling Tags(IEnumerable<string> tags) => new DreamTelling(this, Director().Tags(tags));

        /// <summary>The player reads these options: what their tags direct is made ahead. One list of tags for each option.</summary>
        public void Offer(IReadOnlyList<IReadOnlyList<string>> options) => Director().Offer(options);

        /// <summary>The player chose that one of the offered options: what was made ahead of it is shown, or its directions are carried out.</summary>
        public DreamTelling Choose(int index) => new DreamTelling(this, Director().Choose(index));

        /// <summary>The player clicked on: waits that last now end.</summary>
        public void Skip() => Director().Skip();

        /// <summary><c>var saved = director.Saved(); yield return saved;</c> gives the stream and its cutscene as one text for the game's own save.</summary>
        public DreamAnswer<string> Saved()
        {
            var answer = new DreamAnswer<string>();
            Director();
            return answer.Asked(_directed && _directed!.SaveSlot(answer.Set));
        }

        /// <summary><c>var loaded = director.Restored(text); yield return loaded;</c> goes back to a save.</summary>
        public DreamAnswer<SlotLoaded> Restored(string slot)
        {
            var answer = new DreamAnswer<SlotLoaded>();
            var director = Director();
            return answer.Asked(_directed && _directed!.RestoreSlot(slot, (loaded, error) =>
            {
                if (loaded != null) director.Restored(loaded.Cutscene);
                answer.Set(loaded, error);
            }, _cutscenes));
        }

        private void Update() => Director().Poll();

        // Also before a domain reload, which forgets what was made ahead.
        private void OnDisable() => _director?.DropAhead();

        private void OnDestroy() => _director?.End();

        private StoryDirector Director()
        {
            var wanted = _stream ? _stream : GetComponent<DreamStream>();
            if (_director == null || wanted != _directed)
            {
                _director?.End();
                _directed = wanted;
                _director = new StoryDirector(wanted ? wanted!.Session : new DreamSession());
                _director.Failed += OnFailed;
                _director.Told += s => Told?.Invoke(s);
                _director.Play = Play;
                _director.OwnDaemonStarts = () => _directed && _directed!.OwnDaemonStarts;
            }
            _director.Limit = _limit;
            _director.Preroll = _preroll;
            _director.Forks = _forks;
            _director.Skipping = skipping;
            return _director;
        }

        private DreamError? Play(string wanted, string? shot, Action<DreamError?> done)
        {
            var name = Plain(wanted);
            var names = new List<string>();
            foreach (var cutscene in _cutscenes)
            {
                if (!cutscene) continue;
                names.Add(Plain(cutscene.name));
                if (Plain(cutscene.name) != name) continue;
                _directed!.PlayCutscene(cutscene, shot, done);
                return null;
            }
            return new DreamError(ErrorCodes.BadCutscene, "There is no cutscene " + StoryNames.Quoted(name) + ".", StoryNames.DidYouMean(name, names));
        }

        private static string Plain(string name)
        {
            if (name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) name = name.Substring(0, name.Length - 5);
            return name.EndsWith(".dream", StringComparison.OrdinalIgnoreCase) ? name.Substring(0, name.Length - 6) : name;
        }

        private void OnFailed(DreamError error)
        {
            Debug.LogWarning("Dreambridge [" + error.Code + "]: " + error.Message + " " + error.Hint, this);
            Failed?.Invoke(error);
        }
    }
}
