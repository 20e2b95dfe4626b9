#nullable enable

using System.Collections.Generic;
using System.Threading;

namespace Dreambridge
{
    /// <summary>
    /// What passes between the main thread and the channel's: frames to send in one direction, what came in in the other. Its lock is
    /// held for a copy of one message at most. Once warm it allocates nothing.
    /// </summary>
    sealed class Mailbox
    {
        const int MaxWaiting = 4096;

        readonly object _gate = new object();
        readonly Queue<Incoming> _inbox = new Queue<Incoming>(256);
        readonly Stack<Incoming> _free = new Stack<Incoming>(256);
        ByteQueue _outbox = new ByteQueue();
        int _waiting;
        int _generation;

        /// <summary>Messages that the main thread did not come to yet.</summary>
        internal int Waiting => Volatile.Read(ref _waiting);

        /// <summary>More stay with the daemon, which then sends no faster than the game handles them.</summary>
        internal bool IsFull => Waiting >= MaxWaiting;

        // -- the channel's thread -----------------------------------------------------------------------------------

        /// <summary>From now on messages of this connection are taken; 0: none are.</summary>
        internal void Accept(int generation)
        {
            lock (_gate)
            {
                _generation = generation;
                _outbox.Clear();
            }
        }

        /// <summary>Swap an empty queue for what waits to be sent.</summary>
        internal void TakeOut(ref ByteQueue empty)
        {
            lock (_gate)
            {
                if (_outbox.Count > 0)
                    (_outbox, empty) = (empty, _outbox);
            }
        }

        internal Incoming Rent()
        {
            lock (_gate)
                return _free.Count > 0 ? _free.Pop() : new Incoming();
        }

        internal void Put(Incoming item)
        {
            lock (_gate)
            {
                _inbox.Enqueue(item);
                Volatile.Write(ref _waiting, _inbox.Count);
                Monitor.PulseAll(_gate);
            }
        }

        // -- the main thread ----------------------------------------------------------------------------------------

        /// <summary>Queue a message as one frame, unless its connection is over.</summary>
        internal bool TrySend(byte[] data, int count, int generation)
        {
            lock (_gate)
            {
                if (generation != _generation || generation == 0)
                    return false;
                Zmtp.Frame(_outbox, 0, data, 0, count);
                return true;
            }
        }

        internal Incoming? Next()
        {
            if (Volatile.Read(ref _waiting) == 0)
                return null;
            lock (_gate)
            {
                var item = _inbox.Dequeue();
                Volatile.Write(ref _waiting, _inbox.Count);
                return item;
            }
        }

        internal void Return(Incoming item)
        {
            item.Recycle();
            lock (_gate)
                _free.Push(item);
        }

        /// <summary>Wait until something came in, at most <paramref name="ms"/>. For tools; a game polls.</summary>
        internal bool Wait(int ms)
        {
            lock (_gate)
                return _inbox.Count > 0 || Monitor.Wait(_gate, ms);
        }

        internal void Clear()
        {
            lock (_gate)
            {
                _inbox.Clear();
                _outbox.Clear();
                _generation = 0;
                Volatile.Write(ref _waiting, 0);
            }
        }
    }
}
