#nullable enable

using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;

namespace Dreambridge
{
    /// <summary>
    /// Ports of this process with nothing behind them. A daemon that is started here holds a connection to its own, and ends with this
    /// process. A process number would mean another process to a daemon in another container or sandbox.
    /// </summary>
    static class Lifeline
    {
#if !UNITY_EDITOR
        static readonly Dictionary<string, TcpListener> _listeners = new Dictionary<string, TcpListener>();
#endif

        /// <summary>
        /// A new port for the daemon of that name; its last one is closed. One port does not serve two daemons: connections that have
        /// ended stay in its queue, which then refuses others. 0 when there can be none, and in the editor: a domain reload would end
        /// it, and the daemon with it.
        /// </summary>
        internal static int NewPort(string daemon)
        {
#if UNITY_EDITOR
            return 0;
#else
            lock (_listeners)
            {
                if (_listeners.TryGetValue(daemon, out var last)) last.Stop();
                _listeners.Remove(daemon);
                var listener = new TcpListener(IPAddress.Loopback, 0);
                try
                {
                    listener.Start();
                }
                catch (SocketException)
                {
                    return 0;
                }
                _listeners[daemon] = listener;
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
#endif
        }
    }
}
