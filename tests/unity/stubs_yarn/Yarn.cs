using System;
using UnityEngine;

namespace Yarn.Unity
{
    /// <summary>What the sample uses of Yarn Spinner's DialogueRunner; does nothing here.</summary>
    public sealed class DialogueRunner : MonoBehaviour
    {
        public void AddCommandHandler<T1>(string commandName, Action<T1> handler) { }
        public void RemoveCommandHandler(string commandName) { }
    }
}
