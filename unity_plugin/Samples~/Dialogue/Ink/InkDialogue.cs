#nullable enable
using Ink.Runtime;
using UnityEngine;

namespace Dreambridge.Samples
{
    /// <summary>Runs an Ink story; the tags of each line direct the stream: <c>The wind rises. # dream: weather=storm over=3</c></summary>
    [RequireComponent(typeof(DialogueDirector))]
    public sealed class InkDialogue : MonoBehaviour
    {
        [SerializeField] private TextAsset? _story = null;
        private Story? _running;
        private string _line = "";

        private void OnEnable()
        {
            if (_story == null) return;
            _running = new Story(_story.text);
            Continue();
        }

        /// <summary>The next line, with its directions.</summary>
        public void Continue()
        {
            if (_running == null || !_running.canContinue) return;
            _line = _running.Continue();
            GetComponent<DialogueDirector>()?.Tell(_running.currentTags);
        }

        private void OnGUI()
        {
            if (_running == null) return;
            GUILayout.BeginArea(new Rect(10, Screen.height - 140, Screen.width - 20, 130));
            GUILayout.Label(_line);
            if (_running.canContinue && GUILayout.Button("…")) Continue();
            foreach (var choice in _running.currentChoices)
            {
                if (!GUILayout.Button(choice.text)) continue;
                _running.ChooseChoiceIndex(choice.index);
                Continue();
                break;
            }
            GUILayout.EndArea();
        }
    }
}
