using System;
using UnityEngine;

namespace Yarn.Unity
{
    public class LocalizedLine
    {
        public string? RawText;
        public string[]? Metadata;
    }

    public class DialogueOption
    {
        public int DialogueOptionID;
        public LocalizedLine Line = new LocalizedLine();
        public bool IsAvailable;
    }

    public abstract class DialogueViewBase : MonoBehaviour
    {
        public virtual void RunLine(LocalizedLine dialogueLine, Action onDialogueLineFinished) { }
        public virtual void RunOptions(DialogueOption[] dialogueOptions, Action<int> onOptionSelected) { }
    }

    /// <summary>What the sample uses of Yarn Spinner's DialogueRunner; does nothing here.</summary>
    public sealed class DialogueRunner : MonoBehaviour
    {
        public void AddCommandHandler<T1>(string commandName, Action<T1> handler) { }
        public void AddCommandHandler<T1>(string commandName, Func<T1, Coroutine> handler) { }
        public void RemoveCommandHandler(string commandName) { }
        public string? CurrentNodeName => null;
        public string startNode = "Start";
        public bool NodeExists(string nodeName) => false;
        public void Stop() { }
        public void StartDialogue(string startNode) { }
    }
}
