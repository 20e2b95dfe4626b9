#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>Directions that cannot be sent yet, merged so that they never queue up (protocol/SCRIPT.md, "What waits").</summary>
    public sealed class StoryPending
    {
        public const int MaxPending = 64;
        static readonly string[] OfCutscenes = { "play", "stop", "signal", "choose", "set", "release" };

        readonly Func<string, bool> _isEvent;
        List<StoryStatement> _list = new List<StoryStatement>();

        /// <summary><paramref name="isEvent"/> tells whether a condition is an event.</summary>
        public StoryPending(Func<string, bool> isEvent) => _isEvent = isEvent;

        public int Count => _list.Count;

        /// <summary>What waits, in the story's order; nothing waits then.</summary>
        public List<StoryStatement> Take()
        {
            var taken = _list;
            _list = new List<StoryStatement>();
            return taken;
        }

        /// <summary>A later direction replaces what an earlier one said about the same thing. Of more than 64 the oldest goes.</summary>
        public void Add(StoryStatement s)
        {
            if (s.Do == "direct" || s.Do == "set")
                Without(s.Do, s.Values);
            else if (s.Do == "cut")
                s = Cut(s);
            else if (s.Do == "play" || s.Do == "stop")
                _list.RemoveAll(p => Array.IndexOf(OfCutscenes, p.Do) >= 0);
            else
                _list.RemoveAll(p => p.Do == s.Do && p.Name == s.Name && string.Join("\n", p.Names) == string.Join("\n", s.Names));
            _list.Add(s);
            if (_list.Count > MaxPending)
                _list.RemoveAt(0);
        }

        void Without(string verb, DreamMap names)
        {
            for (var i = _list.Count - 1; i >= 0; i--)
            {
                if (_list[i].Do != verb)
                    continue;
                var left = _list[i].Values.Copy();
                for (var k = 0; k < names.Count; k++)
                    left.Remove(names.KeyAt(k));
                if (left.Count == 0)
                    _list.RemoveAt(i);
                else
                    _list[i] = _list[i].With(left, _list[i].Seed);
            }
        }

        /// <summary>A cut, with all that was directed before it except events.</summary>
        StoryStatement Cut(StoryStatement s)
        {
            var values = new DreamMap();
            var seed = (long?)null;
            foreach (var p in _list)
            {
                if (p.Do != "direct" && p.Do != "cut")
                    continue;
                for (var k = 0; k < p.Values.Count; k++)
                {
                    if (!_isEvent(p.Values.KeyAt(k)))
                        values[p.Values.KeyAt(k)] = p.Values.ValueAt(k);
                }
                seed = p.Seed ?? seed;
            }
            _list.RemoveAll(p => p.Do == "direct" || p.Do == "cut");
            values.Merge(s.Values);
            return s.With(values, s.Seed ?? seed);
        }
    }
}
