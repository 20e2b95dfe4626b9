#nullable enable

using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Dreambridge
{
    /// <summary>
    /// Rouses a thread that waits in Socket.Select: a datagram socket of the loopback that is connected to itself. .NET has no pipe that
    /// Select takes.
    /// </summary>
    sealed class Wake : IDisposable
    {
        static readonly byte[] One = { 1 };

        readonly byte[] _scratch = new byte[8];
        int _rung;

        internal Wake()
        {
            Socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                Socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                Socket.Connect(Socket.LocalEndPoint!);
                Socket.Blocking = false;
            }
            catch
            {
                Socket.Dispose();
                throw;
            }
        }

        internal Socket Socket { get; }

        /// <summary>From any thread. One datagram, however often it is rung before the other thread answers.</summary>
        internal void Ring()
        {
            if (Interlocked.Exchange(ref _rung, 1) == 0)
                Socket.Send(One, 0, 1, SocketFlags.None, out _);
        }

        /// <summary>On the roused thread, before it looks for what it was roused for.</summary>
        internal void Answer()
        {
            // In this order: a ring in between makes another datagram, and one look too many.
            Interlocked.Exchange(ref _rung, 0);
            Socket.Receive(_scratch, 0, _scratch.Length, SocketFlags.None, out _);
        }

        public void Dispose() => Socket.Dispose();
    }
}
