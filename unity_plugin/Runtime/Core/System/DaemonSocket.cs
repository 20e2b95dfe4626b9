#nullable enable

using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Dreambridge
{
    /// <summary>TCP without waiting and, when data goes to and fro, without exceptions.</summary>
    static class DaemonSocket
    {
        const int ConnectMs = 2000;

        /// <summary>
        /// Connect to "tcp://address:port"; null when nobody listens there, or when <paramref name="wrong"/> says what is wrong with the
        /// endpoint. Gives up after 2 s, and when <paramref name="stop"/> says so.
        /// </summary>
        internal static Socket? Connect(string endpoint, Func<bool> stop, out string wrong)
        {
            wrong = "";
            var address = endpoint.Replace("tcp://", "");
            var colon = address.LastIndexOf(':');
            if (colon < 0 || !IPAddress.TryParse(address.Substring(0, colon), out var ip) || !ushort.TryParse(address.Substring(colon + 1), out var port))
            {
                wrong = $"The connection file names no address: '{endpoint}'.";
                return null;
            }
            var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
            try
            {
                if (Connected(socket, new IPEndPoint(ip, port), stop))
                    return socket;
            }
            catch (SocketException)
            {
                // Refused: the file is of a daemon that is gone.
            }
            socket.Dispose();
            return null;
        }

        /// <summary>Take what is there; why the connection ended, or an empty text.</summary>
        internal static string Receive(Socket socket, ByteQueue into, out bool got)
        {
            got = false;
            while (true)
            {
                // Grows with what comes, never by what a frame's head promises.
                into.Reserve(4096);
                var room = into.Data.Length - into.End;
                var n = socket.Receive(into.Data, into.End, room, SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock)
                    return "";
                if (error != SocketError.Success || n == 0)
                    return "the daemon closed the connection";
                got = true;
                into.End += n;
                if (n < room)
                    return "";
            }
        }

        /// <summary>Send what the socket takes now; false when the connection is over.</summary>
        internal static bool Flush(Socket socket, ByteQueue from)
        {
            while (from.Count > 0)
            {
                var n = socket.Send(from.Data, from.Start, from.Count, SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock)
                    return true;
                if (error != SocketError.Success)
                    return false;
                from.Consume(n);
            }
            return true;
        }

        static bool Connected(Socket socket, IPEndPoint to, Func<bool> stop)
        {
            try
            {
                socket.Connect(to);
                return true;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock || e.SocketErrorCode == SocketError.InProgress)
            {
                var clock = Stopwatch.StartNew();
                while (!stop() && clock.ElapsedMilliseconds < ConnectMs)
                {
                    if (socket.Poll(50_000, SelectMode.SelectWrite))
                        return (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! == 0;
                }
                return false;
            }
        }
    }
}
