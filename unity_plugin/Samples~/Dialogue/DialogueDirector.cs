#nullable enable
using System;
using System.Collections;
using System.Collections.Generic;
using UnityEngine;

namespace Dreambridge.Samples
{
    /// <summary>
    /// A plain dialogue box that directs the picture: a line appears after its tags were carried out (<c>dream: weather=storm over=3</c>), and the
    /// options of a choice are made ahead while the player reads. The adapters for Ink and Yarn use it.
    /// </summary>
    [RequireComponent(typeof(DreamDirector))]
    public sealed class DialogueDirector : MonoBehaviour
    {
        private DreamDirector _director = null!;
        private string _line = "";
        private bool _next;
        private IReadOnlyList<string> _options = Array.Empty<string>();
        private int _chosen = -1;

        /// <summary>What the player reads now.</summary>
        public string line => _line;

        private void Awake() => _director = GetComponent<DreamDirector>()!;

        /// <summary>Carry out the tags of a line, then show it until the player goes on.</summary>
        public IEnumerator Line(string text, IEnumerable<string> tags)
        {
            yield return _director.Tags(tags);
            _line = text.Trim();
            _next = false;
            while (!_next) yield return null;
        }

        /// <summary>Show options until the player takes one, whose index goes to <paramref name="chosen"/> after its directions were carried out.</summary>
        public IEnumerator Choice(IReadOnlyList<string> texts, IReadOnlyList<IReadOnlyList<string>> tags, Action<int> chosen)
        {
            _director.Offer(tags);
            _options = texts;
            _chosen = -1;
            while (_chosen < 0) yield return null;
            _options = Array.Empty<string>();
            yield return _director.Choose(_chosen);
            chosen(_chosen);
        }

        private void OnGUI()
        {
            GUILayout.BeginArea(new Rect(10, Screen.height - 140, Screen.width - 20, 130));
            GUILayout.Label(_line);
            for (var i = 0; i < _options.Count; i++)
            {
                if (GUILayout.Button(_options[i])) _chosen = i;
            }
            // A click during a wait skips it.
            if (_options.Count == 0 && GUILayout.Button("…"))
            {
                _next = true;
                _director.Skip();
            }
            GUILayout.EndArea();
        }
    }
}
