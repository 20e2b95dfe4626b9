#nullable enable

using System;

namespace Dreambridge
{
    public sealed partial class DreamSession
    {
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
        /// Go back and continue from there. <paramref name="to"/> is one of "name", "seconds" of stream time, "mark" and "shot" of a cutscene. The
        /// answer has frame_index, time, shot and at of the place. Afterwards <see cref="Effective"/> still has what was directed since.
        /// </summary>
        public bool Rewind(DreamMap to, Action<DreamMap?, DreamError?>? done = null)
        {
            if (!(BeginRequest(Messages.Rewind, to.Count + 1) is { } w))
                return false;
            for (var k = 0; k < to.Count; k++)
            {
                w.Text(to.KeyAt(k));
                w.Value(to.ValueAt(k));
            }
            return SendRequest(new Reply((map, error) => done?.Invoke(map, error)), 0);
        }

        /// <summary>A paused copy of the stream before its next frame: model, conditions and cutscene. There are at most 8.</summary>
        public bool Fork(Action<DreamFork?, DreamError?> done) =>
            Ask(Messages.Fork, 1, new Reply((map, error) => done(map == null ? null : new DreamFork(this, map), error)));

        /// <summary>The stream went on as a fork with these conditions.</summary>
        internal void Became(DreamMap values, long seed)
        {
            _want.Seed = seed;
            if (Info != null)
                Info.Seed = seed;
            Effective.CopyFrom(values);
        }

        internal void MergeLasting(DreamMap into, DreamMap values)
        {
            WithoutEvents(values);
            into.Merge(values);
        }
    }
}
