#nullable enable

using System;

namespace Dreambridge
{
    public sealed partial class DreamSession
    {
        /// <summary>The stream is at another place, by restore, rewind or adopt. Raised in Poll, before the callback of that request.</summary>
        public event Action<DreamPlace>? Landed;

        /// <summary>Keep the place before the next frame under a name, for <see cref="Rewind"/>.</summary>
        public bool Keep(string name, Action<DreamError?>? done = null)
        {
            if (!(BeginRequest(Messages.Keep, 2) is { } w))
                return false;
            w.Text("name");
            w.Text(name);
            return SendRequest(new Answer(done, null), 0);
        }

        /// <summary>
        /// Go back and continue from there. <paramref name="to"/> is one of "name", "seconds" of stream time, "mark" and "shot" of a cutscene; a
        /// mark may have its shot. A paused stream stays paused. Afterwards <see cref="Effective"/> and the seed are those of the place.
        /// </summary>
        public bool Rewind(DreamMap to, Action<DreamPlace?, DreamError?>? done = null)
        {
            if (!(BeginRequest(Messages.Rewind, to.Count + 1) is { } w))
                return false;
            for (var k = 0; k < to.Count; k++)
            {
                w.Text(to.KeyAt(k));
                w.Value(to.ValueAt(k));
            }
            return SendRequest(new Reply((map, error) =>
            {
                done?.Invoke(map == null ? null : Land(DreamLanding.Rewound, map), error);
            }), 0);
        }

        /// <summary>A paused copy of the stream before its next frame: model, conditions and cutscene. There are at most 8.</summary>
        public bool Fork(Action<DreamFork?, DreamError?> done) =>
            Ask(Messages.Fork, 1, new Reply((map, error) => done(map == null ? null : new DreamFork(this, map), error)));

        /// <summary>
        /// The stream is at another place, by the answer to restore, rewind or adopt: a restarted daemon is told the conditions and the
        /// seed of that place, and what was directed after it.
        /// </summary>
        internal DreamPlace Land(DreamLanding landing, DreamMap told)
        {
            var place = new DreamPlace(landing, told);
            var seed = told["seed"].AsInt(_want.Seed);
            _want.Seed = seed;
            if (Info != null)
                Info.Seed = seed;
            if (told["values"].AsMap() is { } values)
                Effective.CopyFrom(values);
            // The answer to a later direction may have come before this one.
            var revision = told["revision"].AsInt();
            for (var d = _log.NextIn(DirectionStage.Accepted, _beforeOpen); d != null; d = _log.NextIn(DirectionStage.Accepted, d.Ticket))
            {
                if (d.Revision <= revision)
                    continue;
                Effective.Merge(d.Values);
                if (d.Seed >= 0)
                    _want.Seed = Info!.Seed = d.Seed;
            }
            _log.Landed();
            Cutscene.Landed(place);
            Landed?.Invoke(place);
            return place;
        }
    }
}
