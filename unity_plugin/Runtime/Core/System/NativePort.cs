#nullable enable
#if UNITY_EDITOR || !UNITY_5_3_OR_NEWER

using System;
using System.Runtime.InteropServices;

namespace Dreambridge
{
    /// <summary>
    /// A listening socket on 127.0.0.1 that belongs to the process and to no object of the runtime: a domain reload, which closes each Socket, leaves it
    /// open. The system closes it when the process ends, however it ends. Programs that this process starts do not inherit it.
    /// </summary>
    static class NativePort
    {
#if UNITY_EDITOR_OSX
        const string C = "/usr/lib/libSystem.B.dylib";
#else
        const string C = "libc.so.6";
#endif
        const string Ws2 = "ws2_32.dll";
        const int Inet = 2, Stream = 1, Tcp = 6, Places = 16, AddressBytes = 16;
        // SOCK_CLOEXEC of Linux. macOS has none: FIOCLEX does the same there. Not fcntl, whose third word is passed in another way on Apple silicon.
        const int CloseOnExec = 0x80000;
        const ulong AppleCloseOnExec = 0x20006601;
        const ushort WinsockVersion = 0x0202;
        const uint Overlapped = 0x01, NoInherit = 0x80;

        static bool Windows => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

        static bool Apple => RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

        /// <summary>Open one; its handle and port. False where there can be none.</summary>
        internal static bool TryOpen(out long handle, out int port)
        {
            (handle, port) = (-1, 0);
            try
            {
                if (!TryMake(out handle))
                    return false;
                var address = Address();
                var bound = Windows
                    ? wsBind((IntPtr)handle, address, AddressBytes) == 0 && wsListen((IntPtr)handle, Places) == 0
                    : bind((int)handle, address, AddressBytes) == 0 && listen((int)handle, Places) == 0;
                port = bound ? PortOf(handle) : 0;
                if (port > 0)
                    return true;
                Release(handle);
            }
            catch (Exception e) when (e is DllNotFoundException || e is EntryPointNotFoundException)
            {
            }
            return false;
        }

        /// <summary>Close it, if that handle is still the socket with that port: a handle that was closed may be anything by now.</summary>
        internal static void Close(long handle, int port)
        {
            try
            {
                if (port > 0 && PortOf(handle) == port)
                    Release(handle);
            }
            catch (Exception e) when (e is DllNotFoundException || e is EntryPointNotFoundException)
            {
            }
        }

        static bool TryMake(out long handle)
        {
            if (Windows)
            {
                // Counted by the system, so that it is started as often as it is ended.
                var started = WSAStartup(WinsockVersion, new byte[1024]) == 0;
                handle = started ? WSASocketW(Inet, Stream, Tcp, IntPtr.Zero, 0, Overlapped | NoInherit).ToInt64() : -1;
                return handle != -1;
            }
            handle = socket(Inet, Apple ? Stream : Stream | CloseOnExec, 0);
            if (handle < 0 || !Apple || ioctl((int)handle, (UIntPtr)AppleCloseOnExec) == 0)
                return handle >= 0;
            Release(handle);
            return false;
        }

        // sockaddr_in of 127.0.0.1, any port. On macOS its first byte is its length, and the family is one byte.
        static byte[] Address()
        {
            var address = new byte[AddressBytes];
            (address[0], address[1]) = Apple ? ((byte)AddressBytes, (byte)Inet) : ((byte)Inet, (byte)0);
            (address[4], address[7]) = (127, 1);
            return address;
        }

        // 0: it is no socket of 127.0.0.1.
        static int PortOf(long handle)
        {
            var address = new byte[AddressBytes];
            var size = AddressBytes;
            var known = (Windows ? wsGetsockname((IntPtr)handle, address, ref size) : getsockname((int)handle, address, ref size)) == 0;
            return known && size == AddressBytes && address[4] == 127 ? address[2] << 8 | address[3] : 0;
        }

        static void Release(long handle)
        {
            if (Windows)
                closesocket((IntPtr)handle);
            else
                close((int)handle);
        }

        [DllImport(C)]
        static extern int socket(int family, int type, int protocol);

        [DllImport(C)]
        static extern int bind(int handle, byte[] address, int size);

        [DllImport(C)]
        static extern int listen(int handle, int places);

        [DllImport(C)]
        static extern int getsockname(int handle, [In, Out] byte[] address, ref int size);

        [DllImport(C)]
        static extern int ioctl(int handle, UIntPtr request);

        [DllImport(C)]
        static extern int close(int handle);

        [DllImport(Ws2)]
        static extern int WSAStartup(ushort version, [Out] byte[] about);

        [DllImport(Ws2)]
        static extern IntPtr WSASocketW(int family, int type, int protocol, IntPtr information, uint group, uint flags);

        [DllImport(Ws2, EntryPoint = "bind")]
        static extern int wsBind(IntPtr handle, byte[] address, int size);

        [DllImport(Ws2, EntryPoint = "listen")]
        static extern int wsListen(IntPtr handle, int places);

        [DllImport(Ws2, EntryPoint = "getsockname")]
        static extern int wsGetsockname(IntPtr handle, [In, Out] byte[] address, ref int size);

        [DllImport(Ws2)]
        static extern int closesocket(IntPtr handle);
    }
}
#endif
