#nullable enable
using UnityEngine;
using Yarn.Unity;

namespace Dreambridge.Samples
{
    /// <summary>Adds a command to Yarn Spinner: <c>&lt;&lt;dream "weather=storm over=3"&gt;&gt;</c></summary>
    [RequireComponent(typeof(DialogueDirector))]
    public sealed class YarnDialogue : MonoBehaviour
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

        private void Direct(string text) => GetComponent<DialogueDirector>()?.Direct(text);
    }
}
