#nullable enable

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dreambridge
{
    /// <summary>
    /// Rouses a thread that waits in Socket.Select, which takes no pipe and no event in .NET: two Unix datagram sockets where there are
    /// such, which costs half of what the other way does, else a socket of the loopback that is connected to itself.
    /// </summary>
    sealed class Wake : IDisposable
    {
        static readonly byte[] One = { 1 };

        readonly byte[] _scratch = new byte[8];
        readonly Socket _bell;
        int _rung;

        internal Wake()
        {
            if (HasUnix(out var bell, out var ear) || TryLoopback(out bell, out ear))
            {
                _bell = bell!;
                Socket = ear!;
                _bell.Blocking = Socket.Blocking = false;
                return;
            }
            throw new DreamError(ErrorCodes.NoAccess, "This process may not open sockets.", "Allow it to use the loopback interface.");
        }

        /// <summary>Readable once it was rung.</summary>
        internal Socket Socket { get; }

        /// <summary>From any thread. One datagram, however often it is rung before the other thread answers.</summary>
        internal void Ring()
        {
            if (Interlocked.Exchange(ref _rung, 1) == 0)
                _bell.Send(One, 0, 1, SocketFlags.None, out _);
        }

        /// <summary>On the roused thread, before it looks for what it was roused for.</summary>
        internal void Answer()
        {
            // In this order: a ring in between makes another datagram, and one look too many.
            Interlocked.Exchange(ref _rung, 0);
            Socket.Receive(_scratch, 0, _scratch.Length, SocketFlags.None, out _);
        }

        public void Dispose()
        {
            _bell.Dispose();
            Socket.Dispose();
        }

        /// <summary>A runtime that lacks the types says so when the method that names them is compiled.</summary>
        static bool HasUnix(out Socket? bell, out Socket? ear)
        {
            try
            {
                return TryUnix(out bell, out ear);
            }
            catch (TypeLoadException)
            {
                bell = ear = null;
                return false;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static bool TryUnix(out Socket? bell, out Socket? ear)
        {
            bell = ear = null;
            var path = Path.Combine(Path.GetTempPath(), "dreambridge-" + Guid.NewGuid().ToString("N").Substring(0, 16));
            // A socket's name has room for 108 bytes, on some systems for 104.
            if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows) || System.Text.Encoding.UTF8.GetByteCount(path) > 100)
                return false;
            try
            {
                var place = new UnixDomainSocketEndPoint(path);
                ear = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
                ear.Bind(place);
                bell = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
                bell.Connect(place);
                File.Delete(path);
                return true;
            }
            catch (Exception e) when (e is SocketException || e is NotSupportedException || e is IOException || e is UnauthorizedAccessException)
            {
                bell?.Dispose();
                ear?.Dispose();
                return false;
            }
        }

        static bool TryLoopback(out Socket? bell, out Socket? ear)
        {
            bell = ear = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                bell.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                bell.Connect(bell.LocalEndPoint!);
                return true;
            }
            catch (SocketException)
            {
                bell.Dispose();
                return false;
            }
        }
    }
}
