using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using UnityEngine;

namespace FakeUnity
{
    /// <summary>The engine's messages to scripts: who gets Awake, OnEnable, Update and so on, when and in which order.</summary>
    public static class Messages
    {
        private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        public static bool Runs(MonoBehaviour m) => (Engine.Playing && !m.Owner!.InPrefabStage) || m.GetType().IsDefined(typeof(ExecuteAlways), true);

        public static void Send(object target, string message)
        {
            if (message != "OnGUI") { Post(target, message); return; }
            // IMGUI draws in the screen's encoded space.
            var encodes = GL.Encodes;
            GL.Encodes = false;
            try { Post(target, message); }
            finally
            {
                if (GL.Encodes) Engine.Say("error", "OnGUI left GL.sRGBWrite changed", null);
                GL.Encodes = encodes;
            }
        }

        private static void Post(object target, string message)
        {
            for (var type = target.GetType(); type != null && type != typeof(MonoBehaviour); type = type.BaseType)
            {
                var method = type.GetMethod(message, Any, null, Type.EmptyTypes, null);
                if (method == null) continue;
                try { method.Invoke(target, null); }
                catch (TargetInvocationException e) when (e.InnerException is ExitGUIException) { throw e.InnerException; }
                catch (TargetInvocationException e) { Engine.Say("exception", message + ": " + e.InnerException, null); }
                return;
            }
        }

        public static void Born(Component part)
        {
            if (part is MonoBehaviour m) { if (!Engine.Playing) Send(m, "Reset"); Refresh(m); }
        }

        public static void Refresh(GameObject owner) { foreach (var m in owner.Parts.OfType<MonoBehaviour>().ToArray()) Refresh(m); }

        public static void Refresh(MonoBehaviour m)
        {
            var should = !m.Dead && m.On && m.Owner!.activeInHierarchy && Runs(m);
            if (should == m.Live) return;
            if (should && !m.Awoken) { m.Awoken = true; Send(m, "Awake"); }
            m.Live = should;
            Send(m, should ? "OnEnable" : "OnDisable");
        }

        public static void Gone(MonoBehaviour m)
        {
            if (m.Live) { m.Live = false; Send(m, "OnDisable"); }
            if (m.Awoken) Send(m, "OnDestroy");
            m.Routines.Clear();
        }

        public static IEnumerable<MonoBehaviour> Live() =>
            Engine.All<MonoBehaviour>().Where(m => m.Live).OrderBy(m => m.GetType().GetCustomAttribute<DefaultExecutionOrder>()?.order ?? 0).ToList();

        public static void Everyone(string message, Func<MonoBehaviour, bool>? wanted = null)
        {
            foreach (var m in Live())
                if (m.Live && (wanted == null || wanted(m))) Send(m, message);
        }

        public static void Routines()
        {
            foreach (var m in Live())
            foreach (var r in m.Routines.ToArray())
            {
                if (r.Current is CustomYieldInstruction wait && wait.keepWaiting) continue;
                if (!r.MoveNext()) m.Routines.Remove(r);
            }
        }
    }
}
