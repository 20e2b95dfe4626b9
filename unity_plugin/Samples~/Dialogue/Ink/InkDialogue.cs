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

        private void OnEnable()
        {
            if (_story != null) StartCoroutine(Run(new Story(_story.text)));
        }

        private IEnumerator Run(Story story)
        {
            var box = GetComponent<DialogueDirector>()!;
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
