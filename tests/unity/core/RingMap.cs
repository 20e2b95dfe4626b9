#nullable enable

using System;
using System.Diagnostics;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>A ring's file, mapped, for what the benches compare with. The product maps no ring. Closing it twice does no harm.</summary>
    sealed unsafe class RingMap : IDisposable
    {
        readonly FileStream _stream;
        readonly MemoryMappedFile _file;
        readonly MemoryMappedViewAccessor _view;
        byte* _at;
        bool _whole;
        long _lookedAt;

        /// <summary>Map what is at <paramref name="path"/>, for reading only or for writing too; IOException or UnauthorizedAccessException.</summary>
        internal RingMap(string path, bool write = false)
        {
            var access = write ? MemoryMappedFileAccess.ReadWrite : MemoryMappedFileAccess.Read;
            // The daemon writes it and may unlink it meanwhile.
            var stream = _stream = new FileStream(path, FileMode.Open, write ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            Size = stream.Length;
            if (Size < RingLayout.Header)
            {
                stream.Dispose();
                throw new IOException($"it has {Size} bytes only");
            }
            try
            {
                _file = MemoryMappedFile.CreateFromFile(stream, null, 0, access, HandleInheritability.None, false);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
            try
            {
                _view = _file.CreateViewAccessor(0, 0, access);
                _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _at);
                _at += _view.PointerOffset;
            }
            catch
            {
                _view?.Dispose();
                _file.Dispose();
                throw;
            }
        }

        /// <summary>Bytes of the file when it was opened. Rings are never made shorter.</summary>
        internal long Size { get; }

        /// <summary>
        /// Has the file its length still? To be asked before the map is touched: on Linux and macOS an access behind the end of a file that
        /// another program cut short ends the process. An answer holds for 0.2 ms, so that a tick asks the system once (0.5 us).
        /// </summary>
        internal bool IsWhole
        {
            get
            {
                var now = Stopwatch.GetTimestamp();
                if (_whole && now - _lookedAt < Stopwatch.Frequency / 5000)
                    return true;
                _lookedAt = now;
                return _whole = _stream.Length >= Size;
            }
        }

        internal byte* At(long offset) => _at + offset;

        /// <summary>An aligned word that another process writes; later reads of this thread come after it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal long Word(long offset) => Volatile.Read(ref *(long*)(_at + offset));

        /// <summary>Store an aligned word; earlier stores of this thread come before it.</summary>
        internal void Put(long offset, long value) => Volatile.Write(ref *(long*)(_at + offset), value);

        internal long Int64(long offset) => *(long*)(_at + offset);

        internal int Int32(long offset) => *(int*)(_at + offset);

        internal double Number(long offset) => *(double*)(_at + offset);

        /// <summary>At a domain's end, when nobody closed it: a pointer that is not given back keeps the view mapped for ever.</summary>
        ~RingMap() => Release();

        public void Dispose()
        {
            if (!Release())
                return;
            GC.SuppressFinalize(this);
            _view.Dispose();
            _file.Dispose();
        }

        bool Release()
        {
            if (_at == null)
                return false;
            _at = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            return true;
        }
    }
}
