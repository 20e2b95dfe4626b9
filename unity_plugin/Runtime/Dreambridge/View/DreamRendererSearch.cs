#nullable enable
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.SceneManagement;

namespace Dreambridge
{
    /// <summary>
    /// Finds the renderers of all loaded scenes a few objects at a time. The engine's own search makes one array of all of them, which in a large scene
    /// takes longer than a tick has.
    /// </summary>
    internal sealed class DreamRendererSearch
    {
        private readonly List<GameObject> _roots = new List<GameObject>();
        private readonly List<GameObject> _ofScene = new List<GameObject>();
        private readonly List<Renderer> _parts = new List<Renderer>();
        // The way from a root down: each object, and which of its children comes next.
        private readonly List<(Transform at, int next)> _way = new List<(Transform, int)>();
        private int _root;
        private int _part;
        private Scene _kept;
        private bool _knowsKept;

        /// <summary>Is there more to look at?</summary>
        internal bool Runs => _part < _parts.Count || _way.Count > 0 || _root < _roots.Count;

        /// <summary>Begin again. <paramref name="own"/>: the scene of the view, which during the editing of a prefab is not among the loaded ones.</summary>
        internal void Begin(Scene own)
        {
            Stop();
            var ownLoaded = false;
            for (var i = 0; i < SceneManager.sceneCount; i++)
            {
                var scene = SceneManager.GetSceneAt(i);
                ownLoaded |= scene == own;
                Add(scene);
            }
            if (Application.isPlaying)
            {
                ownLoaded |= own == Kept();
                Add(Kept());
            }
            if (!ownLoaded) Add(own);
        }

        internal void Stop()
        {
            _roots.Clear();
            _parts.Clear();
            _way.Clear();
            _root = _part = 0;
        }

        /// <summary>The next renderer, if one is found with at most <paramref name="steps"/> objects, of which those that were looked at are taken off.</summary>
        internal Renderer? Next(ref int steps)
        {
            while (true)
            {
                while (_part < _parts.Count)
                {
                    var found = _parts[_part++];
                    if (found) return found;
                }
                if (steps <= 0 || !Runs) return null;
                steps--;
                if (_way.Count == 0)
                {
                    var root = _roots[_root++];
                    if (root) Enter(root.transform);
                    continue;
                }
                var (at, next) = _way[_way.Count - 1];
                if (!at || next >= at.childCount)
                {
                    _way.RemoveAt(_way.Count - 1);
                    continue;
                }
                _way[_way.Count - 1] = (at, next + 1);
                Enter(at.GetChild(next));
            }
        }

        private void Enter(Transform at)
        {
            if (!at.gameObject.activeInHierarchy) return;
            at.GetComponents(_parts);
            _part = 0;
            if (at.childCount > 0) _way.Add((at, 0));
        }

        private void Add(Scene scene)
        {
            if (!scene.IsValid() || !scene.isLoaded) return;
            scene.GetRootGameObjects(_ofScene);
            _roots.AddRange(_ofScene);
            _ofScene.Clear();
        }

        // The scene of what is not destroyed on load is not among the loaded ones either; an object in it says which it is.
        private Scene Kept()
        {
            if (_knowsKept && _kept.IsValid()) return _kept;
            var probe = new GameObject("Dream view");
            Object.DontDestroyOnLoad(probe);
            _kept = probe.scene;
            _knowsKept = true;
            Object.DestroyImmediate(probe);
            return _kept;
        }
    }
}
