#nullable enable
using System;
using System.Collections;
using System.Linq;
using Ink.Runtime;
using UnityEngine;

namespace Dreambridge.Samples
{
    /// <summary>
    /// Runs an Ink story; the tags of lines and choices direct the stream: <c>The wind rises. # dream: weather=storm over=3</c>. Tags of choices need
    /// Ink 1.1 or newer.
    /// </summary>
    [RequireComponent(typeof(DialogueDirector))]
    public sealed class InkDialogue : MonoBehaviour
    {
        [SerializeField] private TextAsset? _story = null;
        private Story? _running;

        private void OnEnable()
        {
            if (_story != null) StartCoroutine(Run(new Story(_story.text)));
        }

        /// <summary>The story and its picture as one text, for the game's own save: <c>StartCoroutine(ink.Save(text => save = text))</c>.</summary>
        public IEnumerator Save(Action<string> done)
        {
            var film = GetComponent<DreamDirector>()!.Saved();
            yield return film;
            if (_running != null) done(StoryPlace.Save(_running.state.ToJson(), _running.BuildStringOfHierarchy(), film.value ?? ""));
        }

        /// <summary>
        /// Go back to a save. If the story was changed there since, it goes on from the knot of the save, or else from its beginning, and
        /// <paramref name="told"/> gets why; empty: it is exactly there.
        /// </summary>
        public IEnumerator Load(string saved, Action<string> told)
        {
            if (_story == null) yield break;
            var story = new Story(_story.text);
            var place = StoryPlace.Load(saved, story.BuildStringOfHierarchy(), story.state.ToJson());
            story.state.LoadJson(place.State);
            if (place.Knot != null) story.ChoosePathString(place.Knot);
            StopAllCoroutines(); // the story of before
            var film = GetComponent<DreamDirector>()!.Restored(place.Film);
            if (place.Film.Length > 0) yield return film;
            told((place.Why + " " + (film.value?.Reason ?? "")).Trim());
            StartCoroutine(Run(story));
        }

        private IEnumerator Run(Story story)
        {
            _running = story;
            var box = GetComponent<DialogueDirector>()!;
            if (!string.IsNullOrEmpty(story.currentText)) yield return box.Line(story.currentText, Array.Empty<string>());
            while (true)
            {
                while (story.canContinue)
                {
                    var line = story.Continue();
                    yield return box.Line(line, story.currentTags);
                }
                if (story.currentChoices.Count == 0) yield break;
                var texts = story.currentChoices.Select(c => c.text).ToArray();
                var tags = story.currentChoices.Select(c => c.tags?.ToArray() ?? Array.Empty<string>()).ToArray();
                yield return box.Choice(texts, tags, story.ChooseChoiceIndex);
            }
        }
    }
}
