using System;
using System.Collections.Generic;
using FakeUnity;

namespace UnityEngine.Events
{
    public delegate void UnityAction();
    public delegate void UnityAction<T0>(T0 arg0);

    [Serializable] public abstract class UnityEventBase { }

    [Serializable]
    public class UnityEvent : UnityEventBase
    {
        private readonly List<UnityAction> _calls = new List<UnityAction>();
        public void AddListener(UnityAction call) => _calls.Add(call);
        public void RemoveListener(UnityAction call) => _calls.Remove(call);
        public void Invoke() { Engine.Check("UnityEvent.Invoke"); foreach (var call in _calls.ToArray()) call(); }
    }

    [Serializable]
    public class UnityEvent<T0> : UnityEventBase
    {
        private readonly List<UnityAction<T0>> _calls = new List<UnityAction<T0>>();
        public void AddListener(UnityAction<T0> call) => _calls.Add(call);
        public void RemoveListener(UnityAction<T0> call) => _calls.Remove(call);
        public void Invoke(T0 arg0) { Engine.Check("UnityEvent.Invoke"); foreach (var call in _calls.ToArray()) call(arg0); }
    }
}
