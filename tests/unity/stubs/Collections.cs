using System;
using FakeUnity;

namespace Unity.Collections
{
    public enum Allocator { Invalid, None, Temp, TempJob, Persistent }
    public enum NativeArrayOptions { UninitializedMemory, ClearMemory }

    public struct NativeArray<T> : IDisposable where T : struct
    {
        internal NativeView? Memory;
        private readonly bool _own;
        internal NativeArray(NativeView view) { Memory = view; _own = false; }

        public NativeArray(int length, Allocator allocator, NativeArrayOptions options = NativeArrayOptions.ClearMemory)
        {
            if (allocator != Allocator.Persistent) throw new NotSupportedException("the fake engine knows Persistent");
            Memory = NativeMemory.Persistent(length * System.Runtime.InteropServices.Marshal.SizeOf<T>()).View();
            _own = true;
        }

        public bool IsCreated => Memory != null && Memory.Valid;
        public int Length => Memory == null ? 0 : Memory.Bytes / System.Runtime.InteropServices.Marshal.SizeOf<T>();
        public void Dispose() { if (!_own) throw new InvalidOperationException("The NativeArray can not be Disposed because it was not allocated with a valid allocator."); Memory!.Dispose(); Memory = null; }
    }
}

namespace Unity.Collections.LowLevel.Unsafe
{
    public static unsafe class NativeArrayUnsafeUtility
    {
        public static void* GetUnsafePtr<T>(this NativeArray<T> nativeArray) where T : struct => nativeArray.Memory == null ? throw new ObjectDisposedException("NativeArray") : nativeArray.Memory.Pointer();
        public static void* GetUnsafeReadOnlyPtr<T>(this NativeArray<T> nativeArray) where T : struct => GetUnsafePtr(nativeArray);
    }
}
