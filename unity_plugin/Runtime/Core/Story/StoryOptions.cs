#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>Options made ahead while the player reads: a fork of the stream for each one, and choosing adopts it.</summary>
    sealed class StoryOptions
    {
        /// <summary>What a fork can do.</summary>
        static readonly string[] OfForks = { "direct", "cut", "choose", "signal" };

        readonly DreamSession _session;
        readonly StoryDirector _director;
        readonly Dictionary<int, Made> _made = new Dictionary<int, Made>();
        // What is to be made ahead, as soon as the director is idle.
        readonly List<(int index, List<StoryStatement> changes)> _wanted = new List<(int, List<StoryStatement>)>();
        DreamMap _before = new DreamMap();
        int _changes;
        // Answers that are still to come; what belongs to an earlier choice is dropped when it comes.
        int _coming;
        int _choice;
        (int index, Action<bool> done)? _chosen;

        internal StoryOptions(DreamSession session, StoryDirector director)
        {
            _session = session;
            _director = director;
        }

        internal double Seconds { get; set; } = 1;

        internal int Most { get; set; } = 4;

        internal int Adopted { get; private set; }

        internal int Directed { get; private set; }

        internal void Prepare(IReadOnlyList<IReadOnlyList<string>> options)
        {
            Settle();
            Drop();
            if (Seconds <= 0 || !_director.IsReady)
                return;
            for (var index = 0; index < options.Count && _wanted.Count < Most; index++)
            {
                var changes = new List<StoryStatement>();
                foreach (var text in StoryDirector.DirectionsIn(options[index]))
                {
                    try
                    {
                        changes.Add(StoryStatement.Parse(text));
                    }
                    catch (StoryError)
                    {
                        continue; // told when it is carried out
                    }
                }
                changes.RemoveAll(s => s.Do == "wait");
                if (changes.Count > 0 && changes.TrueForAll(s => Array.IndexOf(OfForks, s.Do) >= 0))
                    _wanted.Add((index, changes));
            }
        }

        internal void Poll()
        {
            if (_wanted.Count > 0 && _director.IsIdle)
            {
                _before = _session.Effective.Copy();
                _changes = _director.Changes;
                foreach (var (index, changes) in _wanted)
                    Fork(index, changes);
                _wanted.Clear();
            }
            if (_chosen is { } chosen && _coming == 0)
            {
                _chosen = null;
                Decide(chosen.index, chosen.done);
            }
        }

        void Fork(int index, List<StoryStatement> changes)
        {
            var choice = _choice;
            var asked = _session.Fork((fork, error) =>
            {
                _coming--;
                if (fork == null)
                    return;
                if (choice != _choice)
                    fork.Drop();
                else
                    Direct(index, fork, changes, choice);
            });
            _coming += asked ? 1 : 0;
        }

        void Direct(int index, DreamFork fork, List<StoryStatement> changes, int choice)
        {
            var made = new Made(fork);
            var refused = false;
            foreach (var s in changes)
            {
                made.Own.Merge(s.Values);
                Action<DreamError?> done = error =>
                {
                    _coming--;
                    refused |= error != null;
                };
                var asked = s.Do == "direct" ? fork.Direct(s.Values, s.Over ?? -1, s.EasingValue, done)
                    : s.Do == "cut" ? fork.Cut(s.Values, s.Seed ?? -1, done)
                    : s.Do == "choose" ? fork.Choose(s.Name, done) : fork.Signal(s.Name, (_, error) => done(error));
                _coming += asked ? 1 : 0;
                refused |= !asked;
            }
            var last = fork.Prepare(Seconds, 0, (_, error) =>
            {
                _coming--;
                // A fork that refused its option makes room; the option is directed, and then its error is told.
                if (refused || error != null || choice != _choice)
                    fork.Drop();
                else
                    _made[index] = made;
            });
            _coming += last ? 1 : 0;
        }

        /// <summary>The player chose; <paramref name="done"/> gets whether the stream goes on as the option's fork.</summary>
        internal void Adopt(int index, Action<bool> done)
        {
            // What was made ahead is of the options that the earlier choice was among.
            if (Settle())
                Drop();
            _wanted.Clear();
            _chosen = (index, done);
        }

        /// <summary>What was made ahead is dropped, and a choice that is not decided yet directs nothing.</summary>
        internal void Forget()
        {
            var chosen = _chosen;
            _chosen = null;
            Drop();
            chosen?.done(true);
        }

        /// <summary>A choice that is not decided yet is directed: another choice, or other options, took its place.</summary>
        bool Settle()
        {
            if (!(_chosen is { } chosen))
                return false;
            _chosen = null;
            Directed++;
            chosen.done(false);
            return true;
        }

        void Decide(int index, Action<bool> done)
        {
            // Something else than a change of conditions came since: the fork does not have it.
            if (!_made.TryGetValue(index, out var mine) || _changes != _director.Changes || !_director.IsIdle)
            {
                End(false, done, _choice);
                return;
            }
            var since = Since(mine);
            var choice = _choice;
            _made.Remove(index);
            var asked = mine.Fork.Adopt((place, error) =>
            {
                _coming--;
                if (place == null)
                {
                    mine.Fork.Drop();
                    End(false, done, choice);
                    return;
                }
                // What the game directed by itself meanwhile.
                var ticket = since.Count > 0 ? _session.Direct(since, 0) : -1;
                _director.Become(ticket >= 0 ? -1 : place.Revision, ticket);
                End(true, done, choice);
            });
            if (asked)
                _coming++;
            else
                End(false, done, choice);
        }

        DreamMap Since(Made mine)
        {
            var since = new DreamMap();
            var now = _session.Effective;
            for (var i = 0; i < now.Count; i++)
            {
                var name = now.KeyAt(i);
                if (!mine.Own.Has(name) && !(_before.TryGet(name, out var then) && IsSame(then, now.ValueAt(i))))
                    since[name] = now.ValueAt(i);
            }
            return since.Copy();
        }

        /// <summary>As they are sent: pictures and poses have no JSON.</summary>
        static bool IsSame(in DreamValue a, in DreamValue b)
        {
            var (one, other) = (new MsgpackWriter(), new MsgpackWriter());
            one.Value(a);
            other.Value(b);
            return one.ToArray().AsSpan().SequenceEqual(other.ToArray());
        }

        /// <summary><paramref name="choice"/>: of the options that it was chosen from; others may have been offered meanwhile.</summary>
        void End(bool adopted, Action<bool> done, int choice)
        {
            Adopted += adopted ? 1 : 0;
            Directed += adopted ? 0 : 1;
            if (choice == _choice)
                Drop();
            done(adopted);
        }

        void Drop()
        {
            _choice++;
            _wanted.Clear();
            foreach (var made in _made.Values)
                made.Fork.Drop();
            _made.Clear();
        }

        sealed class Made
        {
            internal readonly DreamFork Fork;
            internal readonly DreamMap Own = new DreamMap();

            internal Made(DreamFork fork) => Fork = fork;
        }
    }
}
