#nullable enable

using System;

namespace Dreambridge
{
    enum DirectionStage : byte
    {
        /// <summary>For the daemon, as soon as there is one.</summary>
        Waiting,
        /// <summary>Its values went out with a request to open.</summary>
        Opening,
        Sent,
        Accepted,
        Refused,
    }

    /// <summary>One direction or cut, from the call to the frame that obeys.</summary>
    sealed class Direction
    {
        internal readonly DreamMap Values = new DreamMap();
        internal int Ticket;
        internal double Over;
        internal DreamEasing Easing;
        internal bool Cut;
        internal long Seed;
        internal DirectionStage Stage;
        internal long Revision;
        /// <summary>Stopwatch ticks; ShownAt is 0 until its first frame is shown.</summary>
        internal long SentAt;
        internal long ShownAt;
        /// <summary>Index of the first frame with all its values; -1: the one that shows it, Unknown: the daemon has not told yet.</summary>
        internal long EndFrame;
        internal bool Replaced;
        /// <summary>Why it was refused; null: it was not, or for no stream.</summary>
        internal DreamError? Error;

        internal const long Unknown = long.MaxValue;
    }

    /// <summary>The latest directions by ticket. They are used again and again: once warm, a new one allocates nothing.</summary>
    sealed class DirectionLog
    {
        internal const int Kept = 512;

        readonly Direction?[] _slots = new Direction?[Kept];
        int _oldestOpen = 1;

        /// <summary>Ticket of the newest; 0 before the first.</summary>
        internal int Last { get; private set; }

        internal Direction? Find(int ticket)
        {
            var found = ticket > 0 ? _slots[ticket % Kept] : null;
            return found != null && found.Ticket == ticket ? found : null;
        }

        /// <summary>A new one, to be filled. The one whose place it takes is forgotten, but its values are not lost if they still wait.</summary>
        internal Direction Add()
        {
            var ticket = ++Last;
            var direction = _slots[ticket % Kept] ??= new Direction();
            if (direction.Ticket > 0 && direction.Stage == DirectionStage.Waiting)
                HandOn(direction);
            direction.Ticket = ticket;
            direction.Revision = -1;
            direction.ShownAt = 0;
            direction.EndFrame = -1;
            direction.Replaced = false;
            direction.Error = null;
            direction.Stage = DirectionStage.Waiting;
            return direction;
        }

        /// <summary>The next one after <paramref name="ticket"/> that is in that stage; null when there is none.</summary>
        internal Direction? NextIn(DirectionStage stage, int ticket)
        {
            for (var t = Math.Max(ticket + 1, Last - Kept + 1); t <= Last; t++)
            {
                if (Find(t) is { } found && found.Stage == stage)
                    return found;
            }
            return null;
        }

        /// <summary>A frame of that revision was taken at <paramref name="now"/>.</summary>
        internal void MarkShown(long revision, long now)
        {
            var first = Math.Max(_oldestOpen, Last - Kept + 1);
            var open = false;
            for (var t = first; t <= Last; t++)
            {
                var direction = Find(t)!;
                var done = direction.ShownAt != 0 || direction.Stage == DirectionStage.Refused;
                if (!done && direction.Stage == DirectionStage.Accepted && direction.Revision <= revision)
                {
                    direction.ShownAt = now;
                    done = true;
                }
                open |= !done;
                if (!open)
                    _oldestOpen = t + 1;
            }
        }

        /// <summary>The transitions of that revision have ended with that frame.</summary>
        internal void Settle(long revision, long frame, bool replaced)
        {
            for (var t = Last; t > Math.Max(0, Last - Kept) && Find(t) is { } direction; t--)
            {
                if (direction.Stage != DirectionStage.Accepted || direction.Revision != revision)
                    continue;
                direction.EndFrame = frame;
                direction.Replaced = replaced;
            }
        }

        /// <summary>Another daemon has the stream: all values hold from its first frame on.</summary>
        internal void SettleAll()
        {
            for (var d = NextIn(DirectionStage.Accepted, 0); d != null; d = NextIn(DirectionStage.Accepted, d.Ticket))
                d.EndFrame = d.EndFrame == Direction.Unknown ? -1 : d.EndFrame;
        }

        /// <summary>The stream is at another place: indices of frames before it say nothing any more. What was settled stays settled.</summary>
        internal void Landed()
        {
            for (var t = Math.Max(1, Last - Kept + 1); t <= Last; t++)
            {
                if (Find(t) is { } d && d.EndFrame != Direction.Unknown)
                    d.EndFrame = -1;
            }
        }

        /// <summary>What an old one would have set, the next one that waits sets too, unless it says otherwise.</summary>
        void HandOn(Direction old)
        {
            var next = NextIn(DirectionStage.Waiting, old.Ticket);
            if (next == null || next == old)
                return;
            for (var i = 0; i < old.Values.Count; i++)
            {
                if (!next.Values.Has(old.Values.KeyAt(i)))
                    next.Values[old.Values.KeyAt(i)] = old.Values.ValueAt(i);
            }
            next.Cut |= old.Cut;
            if (next.Seed < 0)
                next.Seed = old.Seed;
        }
    }
}
