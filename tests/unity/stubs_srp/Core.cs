using System;
using System.Collections.Generic;
using FakeUnity;

namespace UnityEngine.Rendering
{
    public static class CommandBufferPool
    {
        public static CommandBuffer Get(string name) => new CommandBuffer { name = name };
        public static void Release(CommandBuffer buffer) => buffer.Release();
    }

    public class RTHandle { }

    public static class CoreUtils
    {
        public static int Targets;
        public static void SetRenderTarget(CommandBuffer cmd, RTHandle colorBuffer, RTHandle depthBuffer) => Targets++;
    }

#if SRP_17
    public class ContextItem { }

    public class ContextContainer
    {
        private readonly Dictionary<Type, object> _items = new Dictionary<Type, object>();
        public T Get<T>() where T : ContextItem, new() => (T)_items[typeof(T)];
        public void Put<T>(T item) where T : ContextItem => _items[typeof(T)] = item;
    }

    public class UnsafeCommandBuffer { internal CommandBuffer Native = null!; }

    public static class CommandBufferHelpers
    {
        public static CommandBuffer GetNativeCommandBuffer(UnsafeCommandBuffer baseBuffer) => baseBuffer.Native;
    }
#endif
}

#if SRP_17
namespace UnityEngine.Rendering.RenderGraphModule
{
    public class UnsafeGraphContext { public UnsafeCommandBuffer cmd = null!; }

    public delegate void BaseRenderFunc<PassData, ContextType>(PassData data, ContextType renderGraphContext) where PassData : class, new();

    public interface IBaseRenderGraphBuilder : IDisposable
    {
        void AllowPassCulling(bool value);
        void AllowGlobalStateModification(bool value);
    }

    public interface IUnsafeRenderGraphBuilder : IBaseRenderGraphBuilder
    {
        void SetRenderFunc<PassData>(BaseRenderFunc<PassData, UnsafeGraphContext> renderFunc) where PassData : class, new();
    }

    /// <summary>A pass that writes nothing the graph knows is dropped, unless it says that it may not be; global state may not be set unasked.</summary>
    public class RenderGraph
    {
        private readonly List<Action<CommandBuffer>> _passes = new List<Action<CommandBuffer>>();

        private sealed class Builder<T> : IUnsafeRenderGraphBuilder where T : class, new()
        {
            internal T Data = new T();
            internal RenderGraph Graph = null!;
            private bool _culled = true, _global;
            private Action<CommandBuffer>? _run;
            public void AllowPassCulling(bool value) => _culled = value;
            public void AllowGlobalStateModification(bool value) => _global = value;
            public void SetRenderFunc<PassData>(BaseRenderFunc<PassData, UnsafeGraphContext> renderFunc) where PassData : class, new() =>
                _run = native => renderFunc((PassData)(object)Data, new UnsafeGraphContext { cmd = new UnsafeCommandBuffer { Native = native } });

            public void Dispose()
            {
                if (_culled) return;
                if (!_global) throw new EngineError("a pass modifies global state without AllowGlobalStateModification");
                Graph._passes.Add(_run!);
            }
        }

        public IUnsafeRenderGraphBuilder AddUnsafePass<PassData>(string passName, out PassData passData, string file = "", int line = 0) where PassData : class, new()
        {
            var made = new Builder<PassData> { Graph = this };
            passData = made.Data;
            return made;
        }

        public void Run(CommandBuffer cmd) { foreach (var p in _passes) p(cmd); _passes.Clear(); }
    }
}
#endif
