using System;
using System.Collections.Generic;
using FakeUnity;

namespace UnityEngine
{
    public interface IExposedPropertyTable { }

    public struct PropertyName { }
}

namespace UnityEngine.Playables
{
    public interface INotification { PropertyName id { get; } }
    public enum DirectorUpdateMode { DSPClock, GameTime, UnscaledGameTime, Manual }
    public enum PlayState { Paused, Playing, Delayed }
    public enum DirectorWrapMode { Hold, Loop, None }
    public interface IPlayable { }
    public interface IPlayableAsset { }
    public interface IPlayableBehaviour { }

    public struct FrameData
    {
        public enum EvaluationType { Evaluate, Playback }
        internal EvaluationType Kind;
        internal float Delta;
        public EvaluationType evaluationType => Kind;
        public float deltaTime => Delta;
    }

    public struct PlayableGraph
    {
        internal PlayableDirector? Director;
        internal List<PlayableBehaviour>? Behaviours;
        public IExposedPropertyTable GetResolver() { Engine.Check("GetResolver"); return Director!; }
    }

    public struct Playable : IPlayable
    {
        internal PlayableGraph Graph;
        public static Playable Null => default;
    }

    public struct ScriptPlayable<T> : IPlayable where T : class, IPlayableBehaviour, new()
    {
        internal PlayableGraph Graph;
        private T _behaviour;
        public static ScriptPlayable<T> Create(PlayableGraph graph, int inputCount = 0)
        {
            Engine.Check("ScriptPlayable.Create");
            var made = new ScriptPlayable<T> { Graph = graph, _behaviour = new T() };
            graph.Behaviours!.Add((PlayableBehaviour)(object)made._behaviour);
            return made;
        }
        public T GetBehaviour() => _behaviour;
        public static implicit operator Playable(ScriptPlayable<T> playable) => new Playable { Graph = playable.Graph };
    }

    public static class PlayableExtensions
    {
        public static PlayableGraph GetGraph<U>(this U playable) where U : struct, IPlayable => ((Playable)(object)playable).Graph;
    }

    public abstract class PlayableBehaviour : IPlayableBehaviour
    {
        public virtual void OnPlayableDestroy(Playable playable) { }
        public virtual void ProcessFrame(Playable playable, FrameData info, object playerData) { }
    }

    public abstract class PlayableAsset : ScriptableObject, IPlayableAsset
    {
        public abstract Playable CreatePlayable(PlayableGraph graph, GameObject owner);
        public virtual double duration => 5;
        internal virtual Playable Mixer(PlayableGraph graph, GameObject owner) => Playable.Null;
        internal virtual bool Owns(Object track) => false;
    }

    /// <summary>The fake one plays one track of one binding: its graph is built at Build, evaluated by Evaluate and Play.</summary>
    public class PlayableDirector : Behaviour, IExposedPropertyTable
    {
        private double _time;
        private PlayableGraph _graph;
        private object? _binding;
        public double time { get { Engine.Use(this, nameof(time)); return _time; } set { Engine.Use(this, nameof(time)); _time = value; } }
        public PlayState state { get; private set; }
        public DirectorUpdateMode timeUpdateMode { get; set; } = DirectorUpdateMode.GameTime;

        private readonly Dictionary<Object, Object?> _bindings = new Dictionary<Object, Object?>();
        public PlayableAsset? playableAsset { get; set; }
        public void SetGenericBinding(Object key, Object? value) { Engine.Use(this, nameof(SetGenericBinding)); _bindings[key] = value; }

        public void Build(Func<PlayableGraph, GameObject, Playable> mixer, object binding)
        {
            Stop();
            _binding = binding;
            _graph = new PlayableGraph { Director = this, Behaviours = new List<PlayableBehaviour>() };
            mixer(_graph, gameObject);
        }

        public void Play()
        {
            Engine.Use(this, nameof(Play));
            if (playableAsset) foreach (var e in _bindings) if (playableAsset!.Owns(e.Key)) Build((g, go) => ((PlayableAsset)e.Key).Mixer(g, go), e.Value!);
            state = PlayState.Playing;
        }
        public void Pause() => state = PlayState.Paused;

        public void Stop()
        {
            state = PlayState.Paused;
            if (_graph.Behaviours != null) foreach (var b in _graph.Behaviours) b.OnPlayableDestroy(new Playable { Graph = _graph });
            _graph = default;
        }

        public void Evaluate() => Process(FrameData.EvaluationType.Evaluate, 0);

        /// <summary>One tick of the engine's own.</summary>
        public void Advance(float delta)
        {
            if (state != PlayState.Playing || timeUpdateMode == DirectorUpdateMode.Manual) return;
            var end = playableAsset ? playableAsset!.duration : double.MaxValue;
            _time = Math.Min(_time + delta, end);
            Process(FrameData.EvaluationType.Playback, delta);
            if (_time >= end) Stop();
        }

        private void Process(FrameData.EvaluationType kind, float delta)
        {
            if (_graph.Behaviours != null) foreach (var b in _graph.Behaviours) b.ProcessFrame(new Playable { Graph = _graph }, new FrameData { Kind = kind, Delta = delta }, _binding!);
        }
    }
}
