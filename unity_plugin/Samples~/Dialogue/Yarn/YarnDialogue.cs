#nullable enable
using System;
using System.Collections;
using System.Linq;
using UnityEngine;
using Yarn.Unity;

namespace Dreambridge.Samples
{
    /// <summary>
    /// A view for Yarn Spinner 2: <c>&lt;&lt;dream "weather=storm over=3"&gt;&gt;</c> directs the stream (and waits, if it is a wait), and so do the hashtags
    /// of lines and options: <c>-> Go #dream:weather=storm</c>. Add it to the runner's Dialogue Views.
    /// </summary>
    [RequireComponent(typeof(DialogueDirector))]
    public sealed class YarnDialogue : DialogueViewBase
    {
        [SerializeField] private DialogueRunner? _runner = null;

        private void OnEnable()
        {
            if (_runner) _runner!.AddCommandHandler<string>("dream", Direct);
        }

        private void OnDisable()
        {
            if (_runner) _runner!.RemoveCommandHandler("dream");
        }

        /// <inheritdoc/>
        public override void RunLine(LocalizedLine dialogueLine, Action onDialogueLineFinished) =>
            StartCoroutine(Line(dialogueLine, onDialogueLineFinished));

        /// <inheritdoc/>
        public override void RunOptions(DialogueOption[] dialogueOptions, Action<int> onOptionSelected)
        {
            var open = dialogueOptions.Where(o => o.IsAvailable).ToArray();
            var texts = open.Select(o => o.Line.RawText ?? "").ToArray();
            var tags = open.Select(o => o.Line.Metadata ?? Array.Empty<string>()).ToArray();
            StartCoroutine(GetComponent<DialogueDirector>()!.Choice(texts, tags, index => onOptionSelected(open[index].DialogueOptionID)));
        }

        /// <summary>The node and the picture, for the game's own save. Yarn Spinner saves its variables itself.</summary>
        public IEnumerator Save(Action<string, string> done)
        {
            var film = GetComponent<DreamDirector>()!.Saved();
            yield return film;
            if (_runner) done(_runner!.CurrentNodeName ?? _runner.startNode, film.value ?? "");
        }

        /// <summary>
        /// Go back to a save: to the beginning of its node. If the node is gone, because the story was changed since, it goes on from the runner's
        /// first node, and <paramref name="told"/> gets why; empty: it is there.
        /// </summary>
        public IEnumerator Load(string node, string film, Action<string> told)
        {
            if (!_runner) yield break;
            _runner!.Stop();
            var loaded = GetComponent<DreamDirector>()!.Restored(film);
            if (film.Length > 0) yield return loaded;
            var there = _runner.NodeExists(node);
            var why = there ? "" : "The story was changed since: the node " + node + " is gone. It goes on from " + _runner.startNode + ".";
            told((why + " " + (loaded.value?.Reason ?? "")).Trim());
            _runner.StartDialogue(there ? node : _runner.startNode);
        }

        private IEnumerator Line(LocalizedLine line, Action done)
        {
            yield return GetComponent<DialogueDirector>()!.Line(line.RawText ?? "", line.Metadata ?? Array.Empty<string>());
            done();
        }

        private Coroutine Direct(string text) => StartCoroutine(Wait(text));

        private IEnumerator Wait(string text)
        {
            yield return GetComponent<DreamDirector>()!.Tell(text);
        }
    }
}
