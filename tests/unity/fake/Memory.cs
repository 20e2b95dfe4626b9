using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace FakeUnity
{
    /// <summary>Native memory that knows whether it is still there; the engine's leak check counts what was not freed.</summary>
    public sealed class NativeMemory
    {
        private const byte Guard = 0xA5;
        private const int GuardBytes = 64;
        private static readonly HashSet<NativeMemory> s_live = new HashSet<NativeMemory>();
        private readonly List<NativeView> _views = new List<NativeView>();
        private IntPtr _block;

        public NativeMemory(int bytes, string what)
        {
            Bytes = bytes;
            What = what;
            _block = Marshal.AllocHGlobal(bytes + GuardBytes);
            for (var i = 0; i < GuardBytes; i++) Marshal.WriteByte(_block, bytes + i, Guard);
            lock (s_live) s_live.Add(this);
        }

        public int Bytes { get; }
        public string What { get; }
        public bool Live => _block != IntPtr.Zero;
        public IntPtr Address => Live ? _block : throw new EngineError(What + " was freed");

        public static NativeMemory Persistent(int bytes) => new NativeMemory(bytes, "NativeArray");
        public static IReadOnlyCollection<NativeMemory> AllLive { get { lock (s_live) return new List<NativeMemory>(s_live); } }

        public NativeView View()
        {
            var view = new NativeView(this);
            _views.Add(view);
            return view;
        }

        public void CopyTo(byte[] target) => Marshal.Copy(Address, target, 0, Bytes);
        public void CopyFrom(byte[] source) => Marshal.Copy(source, 0, Address, Bytes);

        /// <summary>Arrays that were handed out before are no longer valid.</summary>
        public void EndViews()
        {
            CheckGuard();
            foreach (var v in _views) v.End();
            _views.Clear();
        }

        public void Free()
        {
            EndViews();
            Marshal.FreeHGlobal(_block);
            _block = IntPtr.Zero;
            lock (s_live) s_live.Remove(this);
        }

        private void CheckGuard()
        {
            for (var i = 0; i < GuardBytes; i++)
                if (Marshal.ReadByte(_block, Bytes + i) != Guard) throw new EngineError("something wrote behind the end of " + What);
        }
    }

    public sealed class NativeView
    {
        private readonly NativeMemory _memory;
        private bool _ended;
        internal NativeView(NativeMemory memory) => _memory = memory;
        public bool Valid => !_ended && _memory.Live;
        public int Bytes => _memory.Bytes;
        internal void End() => _ended = true;
        public void Dispose() { if (!Valid) throw new ObjectDisposedException("NativeArray"); _memory.Free(); }
        public unsafe void* Pointer() => Valid ? (void*)_memory.Address : throw new ObjectDisposedException("NativeArray", "the array is no longer valid: the texture was applied or destroyed");
    }
}
