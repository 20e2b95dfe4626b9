#nullable enable

using System.Net;
using System.Net.Sockets;

namespace Dreambridge
{
    /// <summary>
    /// A port of this process with nothing behind it. A daemon that is started here holds a connection to it, and ends with this process. A
    /// process number would mean another process to a daemon in another container or sandbox.
    /// </summary>
    static class Lifeline
    {
#if !UNITY_EDITOR
        static readonly object _lock = new object();
        static TcpListener? _listener;
#endif

        /// <summary>
        /// The port; 0 when there can be none, and in the editor: a domain reload would end it, and the daemon with it.
        /// </summary>
        internal static int Port
        {
            get
            {
#if UNITY_EDITOR
                return 0;
#else
                lock (_lock)
                {
                    if (_listener == null)
                    {
                        var listener = new TcpListener(IPAddress.Loopback, 0);
                        try
                        {
                            listener.Start();
                        }
                        catch (SocketException)
                        {
                            return 0;
                        }
                        _listener = listener;
                    }
                    return ((IPEndPoint)_listener.LocalEndpoint).Port;
                }
#endif
            }
        }
    }
}
