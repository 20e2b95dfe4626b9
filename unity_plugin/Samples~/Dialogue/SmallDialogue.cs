#nullable enable
using System.Collections;
using System.Linq;
using UnityEngine;

namespace Dreambridge.Samples
{
    /// <summary>
    /// Shows the stream on the whole screen, and tells a short story that needs no narrative engine: lines with tags, and choices. With Ink or Yarn
    /// Spinner switch Own Story off: the picture stays.
    /// </summary>
    [RequireComponent(typeof(DialogueDirector), typeof(DreamStream))]
    public sealed class SmallDialogue : MonoBehaviour
    {
        private const int End = -1;

        private static readonly (string line, string tag, (string text, string tag, int next)[] choices)[] s_story =
        {
            ("The ferry is late. A grey morning lies over the coast.", "dream: weather=cloudy time_of_day=8 biome=coast over=2",
                new[] { ("Wait on the pier", "dream: weather=storm over=4", 1), ("Go inland", "dream: cut biome=mountain weather=snow time_of_day=15", 3) }),
            ("The wind rises, and the harbour master counts the boats.", "dream: weather=storm over=2", new[] { ("Wait for the night", "dream: time_of_day=22.5 over=3", 2) }),
            ("By night the storm has passed.", "dream: weather=clear over=5 \"a calm night by the sea\"", new[] { ("From the beginning", "dream: time_of_day=8 over=2", 0) }),
            ("Behind the hills it snows.", "dream: weather=snow over=2", new[] { ("Light a fire", "dream: time_of_day=19 weather=clear over=4", 4) }),
            ("It is warm inside, and evening comes.", "dream: time_of_day=19 over=2", new[] { ("The end", "dream: style=oil over=4", End) }),
        };

        [SerializeField, Tooltip("Off: only the picture is drawn, for a dialogue that another component runs.")] private bool _ownStory = true;
        private DreamStream? _stream;

        /// <summary>Tell the short story.</summary>
        public bool ownStory { get => _ownStory; set => _ownStory = value; }

        private void OnEnable() => _stream = GetComponent<DreamStream>();

        private void Start()
        {
            if (_ownStory) StartCoroutine(Tell());
        }

        private IEnumerator Tell()
        {
            var box = GetComponent<DialogueDirector>()!;
            for (var at = 0; at != End;)
            {
                var (line, tag, choices) = s_story[at];
                yield return box.Line(line, new[] { tag });
                yield return box.Choice(choices.Select(c => c.text).ToArray(), choices.Select(c => new[] { c.tag }).ToArray(), i => at = choices[i].next);
            }
        }

        private void OnGUI()
        {
            // Behind the dialogue box.
            GUI.depth = 1;
            if (_stream == null) return;
            var picture = _stream.texture;
            if (picture) GUI.DrawTexture(new Rect(0, 0, Screen.width, Screen.height), picture!, ScaleMode.ScaleToFit);
            if (_stream.lastError != null) GUILayout.Label(_stream.lastError.Message + " " + _stream.lastError.Hint);
        }
    }
}
