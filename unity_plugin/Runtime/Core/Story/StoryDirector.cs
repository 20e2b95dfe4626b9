#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace Dreambridge
{
    /// <summary>
    /// Carries out a story's directions on one stream (protocol/SCRIPT.md). It throws for nothing that a story says, and waits for nothing
    /// without a limit, in real time. For the session's thread: call <see cref="Poll"/> once a tick, after the session's own.
    /// </summary>
    public sealed partial class StoryDirector
    {
        // Seconds that a new stream may look for a daemon before a wait takes it for lost.
        const double SearchTimeout = 1;

        readonly DreamSession _session;
        readonly StoryPending _pending;
        readonly StoryOptions _options;
        readonly List<StoryTelling> _tellings = new List<StoryTelling>();
        readonly List<int> _unanswered = new List<int>();
        readonly Queue<StoryStatement> _sending = new Queue<StoryStatement>();
        readonly HashSet<string> _passed = new HashSet<string>();
        IReadOnlyList<IReadOnlyList<string>> _offered = Array.Empty<IReadOnlyList<string>>();
        long _searchingSince = Stopwatch.GetTimestamp();
        // A request whose answer the next direction waits for.
        bool _asking;
        bool _toldLost;
        bool _played;
        bool _refused;
        bool _ended;
        int _skips;
        int _ticket = -1;
        long _revision = -1;

        public StoryDirector(DreamSession session)
        {
            _session = session;
            _pending = new StoryPending(name => session.Info != null && session.Info.Conditions.IsMomentary(name));
            _options = new StoryOptions(session, this);
            session.Opened += OnOpened;
            session.StateChanged += OnState;
            session.Cutscene.Happened += OnHappened;
        }

        /// <summary>
        /// Plays the cutscene of that name from that shot (null: the first), and calls the action once with null or the error; or returns the error
        /// at once. The director knows no files.
        /// </summary>
        public Func<string, string?, Action<DreamError?>, DreamError?>? Play { get; set; }

        /// <summary>Seconds that a wait without a limit of its own lasts at most.</summary>
        public double Limit { get; set; } = 5;

        /// <summary>While it is true, no wait lasts: for a game that skips.</summary>
        public bool Skipping { get; set; }

        /// <summary>Seconds of each option that the daemon makes ahead, in spare time, while the player reads; 0: none.</summary>
        public double Preroll { get => _options.Seconds; set => _options.Seconds = value; }

        /// <summary>Options that are made ahead at most; further ones are directed when they are chosen.</summary>
        public int Forks { get => _options.Most; set => _options.Most = value; }

        /// <summary>Choices that went on as a fork.</summary>
        public int Adopted => _options.Adopted;

        /// <summary>Choices that were directed.</summary>
        public int Directed => _options.Directed;

        /// <summary>A direction could not be carried out. Each is told once, and the story goes on.</summary>
        public event Action<DreamError>? Failed;

        /// <summary>A direction was understood, and is carried out now.</summary>
        public event Action<StoryStatement>? Told;

        /// <summary>Does the daemon that the game starts itself still start? A wait is not lost meanwhile.</summary>
        internal Func<bool> OwnDaemonStarts { get; set; } = () => false;

        /// <summary>Seconds that a daemon that was found may take to answer; it may be stopped, or speak another protocol. Tests set it.</summary>
        internal double AnswerTimeout { get; set; } = 6;

        /// <summary>Directions other than changes of conditions that were sent.</summary>
        internal int Changes { get; private set; }

        /// <summary>Directions that wait for the stream.</summary>
        public int Pending => _pending.Count;

        /// <summary>Was everything sent and answered?</summary>
        public bool IsIdle => _pending.Count == 0 && _sending.Count == 0 && _unanswered.Count == 0 && !_asking;

        /// <summary>Can a direction be sent now?</summary>
        public bool IsReady => _session.HasStream && _session.State != StreamState.Lost && _session.State != StreamState.Failed && !_session.Cutscene.IsReturning;

        /// <summary>Carry out one direction, such as <c>weather=storm over=2</c>.</summary>
        public StoryTelling Tell(string text) => Begin(new[] { text });

        /// <summary>Carry out the tags that are directions (<c>dream: …</c>), one after the other; other tags are skipped over.</summary>
        public StoryTelling Tags(IEnumerable<string> tags) => Begin(DirectionsIn(tags));

        /// <summary>The player reads these options: what their tags direct is made ahead. One list of tags for each option.</summary>
        public void Offer(IReadOnlyList<IReadOnlyList<string>> options)
        {
            _offered = options;
            _options.Prepare(options);
        }

        /// <summary>The player chose that one of the offered options: what was made ahead of it is shown, or its directions are carried out.</summary>
        public StoryTelling Choose(int index)
        {
            var tags = index >= 0 && index < _offered.Count ? DirectionsIn(_offered[index]) : new List<string>();
            _offered = Array.Empty<IReadOnlyList<string>>();
            var telling = new StoryTelling { Held = true };
            _tellings.Add(telling);
            _options.Adopt(index, made =>
            {
                if (!telling.Held)
                    return;
                foreach (var text in tags)
                {
                    if (!made || IsWait(text))
                        telling.Left.Enqueue(text);
                }
                telling.Held = false;
                Go(telling);
            });
            return telling;
        }

        /// <summary>The player clicked on: waits that last now end.</summary>
        public void Skip() => _skips++;

        /// <summary>The game loaded a save: what waited is dropped, and the next frame shows it. <paramref name="cutscene"/>: one goes on.</summary>
        public void Restored(bool cutscene)
        {
            if (_ended)
                return;
            _pending.Take();
            _sending.Clear();
            _passed.Clear();
            _played = cutscene;
            // What was made ahead belongs to the state before.
            _offered = Array.Empty<IReadOnlyList<string>>();
            _options.Forget();
            (_ticket, _revision, _refused) = (_session.Direct(new DreamMap(), 0), -1, false);
        }

        /// <summary>Once a tick: what can be sent is sent, and waits look again.</summary>
        public void Poll()
        {
            _options.Poll();
            Look();
            for (var i = 0; i < _tellings.Count; i++)
                Go(_tellings[i]);
            _tellings.RemoveAll(t => t.IsDone);
        }

        /// <summary>What was made ahead is dropped: the options are directed when they are chosen.</summary>
        internal void DropAhead() => _options.Prepare(Array.Empty<IReadOnlyList<string>>());

        /// <summary>
        /// The story directs this session no longer: what waits ends as <see cref="StoryOutcome.Lost"/>, nothing more is sent, and what was made ahead is
        /// dropped. The director is of no use after it.
        /// </summary>
        internal void End()
        {
            if (_ended)
                return;
            _ended = true;
            _session.Opened -= OnOpened;
            _session.StateChanged -= OnState;
            _session.Cutscene.Happened -= OnHappened;
            _pending.Take();
            _sending.Clear();
            _unanswered.Clear();
            foreach (var telling in _tellings)
                telling.Lose();
            _tellings.Clear();
            _options.Forget();
        }

        /// <summary>The stream goes on as a fork whose directions have that revision, or that ticket.</summary>
        internal void Become(long revision, int ticket) => (_ticket, _revision, _refused) = (ticket, revision, false);

        internal static List<string> DirectionsIn(IEnumerable<string> tags)
        {
            var found = new List<string>();
            foreach (var tag in tags)
            {
                // Ink gives tags without their mark, and Yarn with it.
                if (StoryStatement.DirectionIn(tag.TrimStart(' ', '\t', '#')) is { } text)
                    found.Add(text);
            }
            return found;
        }

        static bool IsWait(string text)
        {
            try
            {
                return StoryStatement.Parse(text).Do == "wait";
            }
            catch (StoryError)
            {
                return false;
            }
        }

        StoryTelling Begin(IEnumerable<string> texts)
        {
            var telling = new StoryTelling();
            foreach (var text in texts)
                telling.Left.Enqueue(text);
            if (_ended)
                telling.Lose();
            Go(telling);
            if (!telling.IsDone)
                _tellings.Add(telling);
            return telling;
        }

        /// <summary>Until a wait holds it.</summary>
        void Go(StoryTelling telling)
        {
            while (!telling.Held)
            {
                if (telling.Waiting != null)
                {
                    if (!(OutcomeOf(telling.Waiting) is { } outcome))
                        return;
                    telling.Waiting = null;
                    telling.Add(outcome);
                }
                if (telling.Left.Count == 0)
                    return;
                Carry(telling, telling.Left.Dequeue().Trim());
            }
        }

        void Carry(StoryTelling telling, string text)
        {
            StoryStatement s;
            try
            {
                s = StoryStatement.Parse(text);
            }
            catch (StoryError e)
            {
                Fail(new DreamError(ErrorCodes.BadScript, $"In the direction \"{StoryNames.Head(text, 200)}\", column {e.Column}: {e.Message}", e.Hint));
                telling.Add(StoryOutcome.Refused);
                return;
            }
            Told?.Invoke(s);
            if (s.Do == "wait")
            {
                var until = Stopwatch.GetTimestamp() + (long)((s.Limit ?? Limit) * Stopwatch.Frequency);
                telling.Waiting = new StoryWait(s, until, _skips);
                return;
            }
            if (_session.State == StreamState.Failed || _session.State == StreamState.Closed)
            {
                telling.Add(Without());
                return;
            }
            _pending.Add(s);
            Look();
            telling.Add(StoryOutcome.Pending);
        }

        // -- the stream ----------------------------------------------------------------------------------------------------------

        void OnState(StreamState state, string why)
        {
            if (state == StreamState.Searching)
                _searchingSince = Stopwatch.GetTimestamp();
        }

        // All conditions hold from the first frame of the session that was opened.
        void OnOpened(StreamInfo info)
        {
            if (_revision >= 0)
                _revision = info.Revision;
        }

        void OnHappened(CutsceneEvent e)
        {
            if (e.Happened == CutsceneHappening.Mark)
                _passed.Add(e.Name);
        }

        bool IsGone => _session.State == StreamState.Lost || _session.State == StreamState.Failed || _session.State == StreamState.Closed
            || (_session.State == StreamState.Searching && !OwnDaemonStarts() && SecondsSearched > (_session.Channel.Connection == null ? SearchTimeout : AnswerTimeout));

        double SecondsSearched => (Stopwatch.GetTimestamp() - _searchingSince) / (double)Stopwatch.Frequency;

        /// <summary>One message, however long the story.</summary>
        string Without()
        {
            if (!_toldLost)
                Fail(new DreamError(ErrorCodes.DaemonGone, "There is no stream: the story goes on without it.", ""));
            _toldLost = true;
            return StoryOutcome.Lost;
        }

        // -- waiting -------------------------------------------------------------------------------------------------------------

        string? OutcomeOf(StoryWait wait)
        {
            if ((wait.Statement.Moment == "shown" ? Shown() : Moment(wait.Statement)) is { } outcome)
                return outcome;
            if (Skipping || wait.Skips != _skips)
                return StoryOutcome.Skipped;
            if (IsGone)
                return Without();
            return Stopwatch.GetTimestamp() >= wait.Until ? StoryOutcome.Timeout : null;
        }

        string? Shown()
        {
            if (!IsIdle || !IsReady)
                return null;
            if (_refused)
                return StoryOutcome.Refused;
            if (!_session.Ring.IsOpen || _session.Frame.Index < 0)
                return null;
            var there = _revision >= 0 ? _session.Frame.Revision >= _revision : _ticket < 0 || _session.IsShown(_ticket);
            return there ? StoryOutcome.Shown : null;
        }

        string? Moment(StoryStatement s)
        {
            if (!IsIdle)
                return null;
            if (!_played)
                return IsGone ? null : StoryOutcome.Refused;
            var ended = _session.Cutscene.Status == CutsceneStatus.Ended;
            var there = s.Moment == "ended" ? ended : s.Moment == "mark" ? _passed.Contains(s.Name) : !ended && _session.Cutscene.Shot == s.Name;
            return there ? StoryOutcome.Reached : ended ? StoryOutcome.Refused : null;
        }
    }
}
