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
