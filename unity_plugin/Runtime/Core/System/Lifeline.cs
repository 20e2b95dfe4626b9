#nullable enable

using System;
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
        static readonly Dictionary<string, TcpListener> _listeners = new Dictionary<string, TcpListener>();

        /// <summary>
        /// Where the editor keeps one text through its domain reloads, which end all that the runtime holds: to read it and to write it. With it the ports
        /// are the process's own and outlive each reload. Null elsewhere.
        /// </summary>
        internal static (Func<string> Read, Action<string> Write)? Memory { get; set; }

        /// <summary>
        /// A new port for the daemon of that name; its last one is closed. One port does not serve two daemons: connections that have
        /// ended stay in its queue, which then refuses others. 0 when there can be none.
        /// </summary>
        internal static int NewPort(string daemon)
        {
            lock (_listeners)
                return Memory is { } memory ? Lasting(daemon, memory) : OfTheRuntime(daemon);
        }

        /// <summary>Close all ports that outlive domain reloads: their daemons end. For the end of the editor.</summary>
        internal static void CloseLasting()
        {
            lock (_listeners)
            {
                if (!(Memory is { } memory))
                    return;
                foreach (var port in Port.All(memory.Read()))
                    port.Close();
                memory.Write("");
            }
        }

        static int OfTheRuntime(string daemon)
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

        static int Lasting(string daemon, (Func<string> Read, Action<string> Write) memory)
        {
            var ports = Port.All(memory.Read());
            ports.FindAll(p => p.Daemon == daemon).ForEach(p => p.Close());
            ports.RemoveAll(p => p.Daemon == daemon);
            var made = Port.Open(daemon);
            if (made != null)
                ports.Add(made);
            memory.Write(string.Join(";", ports));
            return made?.Number ?? 0;
        }

        sealed class Port
        {
            readonly long _handle;

            Port(string daemon, long handle, int number) => (Daemon, _handle, Number) = (daemon, handle, number);

            internal string Daemon { get; }

            internal int Number { get; }

#if UNITY_EDITOR || !UNITY_5_3_OR_NEWER
            internal static Port? Open(string daemon) => NativePort.TryOpen(out var handle, out var number) ? new Port(daemon, handle, number) : null;

            internal void Close() => NativePort.Close(_handle, Number);
#else
            internal static Port? Open(string daemon) => null;

            internal void Close()
            {
            }
#endif

            /// <summary>What <see cref="ToString"/> gave, several with semicolons between them.</summary>
            internal static List<Port> All(string text)
            {
                var found = new List<Port>();
                foreach (var one in text.Split(';'))
                {
                    var words = one.Split(':');
                    if (words.Length == 3 && int.TryParse(words[0], out var number) && long.TryParse(words[1], out var handle))
                        found.Add(new Port(Uri.UnescapeDataString(words[2]), handle, number));
                }
                return found;
            }

            public override string ToString() => Number + ":" + _handle + ":" + Uri.EscapeDataString(Daemon);
        }
    }
}
