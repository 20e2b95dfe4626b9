using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using UnityEngine;
using Object = UnityEngine.Object;

namespace FakeUnity
{
    /// <summary>The fake engine refuses what the real one would refuse, or let pass and punish later.</summary>
    public sealed class EngineError : Exception { public EngineError(string message) : base(message) { } }

    /// <summary>A small engine with one scene: settings, the registry of objects, the strict checks and the player loop.</summary>
    public static class Engine
    {
        public static ColorSpace ColorSpace = ColorSpace.Linear;
        public static bool PrefabStage, UvStartsAtTop = true, Readback = true, Playing, Editor = true, ShadersWork = true;
        public static UnityEngine.Rendering.GraphicsDeviceType Device = UnityEngine.Rendering.GraphicsDeviceType.Vulkan;
        public static int MaxTextureSize = 16384, Uploads, Blits, Frame;
        public static RuntimePlatform Platform = RuntimePlatform.LinuxEditor;
        /// <summary>The render pipeline of the project; null: Built-in.</summary>
        public static UnityEngine.Rendering.RenderPipelineAsset? Pipeline;
        public static string DataPath = "";
        public static float Delta = 1f / 60;
        public static double Now;
        /// <summary>Seconds of the audio device in a real second.</summary>
        public static double AudioClock = 1;
        public static double RealTime => s_clock.Elapsed.TotalSeconds;
        public static readonly List<GameObject> Scene = new List<GameObject>();
        public static readonly List<(string level, string text)> Log = new List<(string, string)>();
        public static Action<float[]> Spectrum = samples => Array.Clear(samples, 0, samples.Length);

        private static readonly System.Diagnostics.Stopwatch s_clock = System.Diagnostics.Stopwatch.StartNew();
        private static readonly List<Object> s_objects = new List<Object>();
        private static readonly List<Object> s_assets = new List<Object>();
        private static readonly HashSet<Object> s_made = new HashSet<Object>();
        private static readonly List<Object> s_doomed = new List<Object>();
        private static readonly Dictionary<string, int> s_ids = new Dictionary<string, int>();
        private static readonly Dictionary<string, Object> s_resources = new Dictionary<string, Object>();
        private static readonly MainThread s_posted = new MainThread();
        private static int s_main = Thread.CurrentThread.ManagedThreadId;

        public static void Boot()
        {
            s_main = Thread.CurrentThread.ManagedThreadId;
            SynchronizationContext.SetSynchronizationContext(s_posted);
            s_resources["Dreambridge/DreamPicture"] = new Shader("Hidden/Dreambridge/Picture");
            s_resources["Dreambridge/DreamLabel"] = new Shader("Hidden/Dreambridge/Label");
        }

        public static void Check(string member)
        {
            if (Thread.CurrentThread.ManagedThreadId != s_main) throw new EngineError(member + " can only be called from the main thread");
        }

        public static void Use(Object? o, string member)
        {
            Check(member);
            if (o is null) throw new NullReferenceException(member);
            if (o.Dead) throw new MissingReferenceException("The object of type '" + o.GetType().Name + "' has been destroyed but you are still trying to access it (" + member + ")");
        }

        public static int Register(Object o) { s_objects.Add(o); return s_objects.Count; }
        /// <summary>A script made this object, which nobody but a script will destroy.</summary>
        public static void Made(Object o) => s_made.Add(o);
        /// <summary>The test owns it, like a file of the project.</summary>
        public static T Asset<T>(T o) where T : Object { s_made.Remove(o); s_assets.Add(o); return o; }
        public static Object? AssetNamed(string name) => s_assets.LastOrDefault(o => !o.Dead && o.name == name);
        public static Texture2D White()
        {
            var t = Asset(new Texture2D(1, 1, TextureFormat.RGBA32, false, false));
            for (var i = 0; i < 4; i++) t.Gpu.Memory[i] = 255;
            return t;
        }
        public static Material DefaultMaterial()
        {
            var m = Asset(new Material(Asset(new Shader("Default"))));
            m.SetTexture(Shader.PropertyToID("_MainTex"), null);
            return m;
        }
        /// <summary>Renderers that would be pink: under URP and HDRP all that wear a material of the Built-in pipeline.</summary>
        public static List<string> Pink() => !Pipeline ? new List<string>()
            : Scene.SelectMany(g => g.Parts).OfType<Renderer>().Where(r => !r.Dead && (!r.sharedMaterial || r.sharedMaterial!.shader.name == "Default")).Select(r => r.name).ToList();
        public static Object? Resource(string path) => s_resources.TryGetValue(path, out var o) ? o : null;
        public static int PropertyId(string name) { if (!s_ids.TryGetValue(name, out var id)) s_ids[name] = id = s_ids.Count + 1; return id; }
        public static T? Find<T>() where T : Component => Scene.SelectMany(g => g.Parts).OfType<T>().FirstOrDefault(p => !p.Dead);
        public static IEnumerable<T> All<T>() where T : Component => Scene.SelectMany(g => g.Parts).OfType<T>().Where(p => !p.Dead).ToList();

        public static void Say(string level, object message, Object? context) { lock (Log) Log.Add((level, message.ToString() ?? "")); }

        public static void Destroy(Object? o, bool now)
        {
            Check("Destroy");
            if (o is null || o.Dead) return;
            if (!now && !Playing) throw new EngineError("Destroy may not be called from edit mode! Use DestroyImmediate instead.");
            if (now) Kill(o);
            else if (!s_doomed.Contains(o)) s_doomed.Add(o);
        }

        /// <summary>One turn of the player loop (in edit mode: what QueuePlayerLoopUpdate does).</summary>
        public static void Tick(float delta = 1f / 60)
        {
            Delta = delta;
            Now += delta;
            Frame++;
            Messages.Everyone("Start", m => { if (m.Begun) return false; m.Begun = true; return true; });
            s_posted.Tick();
            Messages.Everyone("Update");
            Messages.Routines();
            Messages.Everyone("LateUpdate");
            foreach (var camera in All<Camera>()) if (camera.isActiveAndEnabled) Raster.Render(camera);
            foreach (var film in All<UnityEngine.Video.VideoPlayer>()) film.Advance();
            ReadbackState.Tick();
            EndOfFrame();
        }

        /// <summary>What was destroyed during the tick goes now.</summary>
        public static void EndOfFrame()
        {
            while (s_doomed.Count > 0)
            {
                var now = s_doomed.ToArray();
                s_doomed.Clear();
                foreach (var o in now) Kill(o);
            }
        }

        /// <summary>Tick until it holds, or fail after so many real seconds.</summary>
        public static void Until(Func<bool> holds, string what, double seconds = 90)
        {
            var end = RealTime + seconds;
            var (first, before, slowest) = (Frame, RealTime, 0.0);
            while (!holds())
            {
                if (RealTime > end)
                    throw new EngineError("did not happen in " + seconds + " s, " + (Frame - first) + " ticks of at most " + slowest.ToString("0.00") + " s: " + what + "\n" + string.Join("\n", Log.Select(l => l.level + ": " + l.text)));
                Tick();
                Thread.Sleep(2);
                (slowest, before) = (Math.Max(slowest, RealTime - before), RealTime);
            }
        }

        private static void Kill(Object o)
        {
            if (o.Dead) return;
            if (o is GameObject g) { foreach (var child in g.transform.Children) Kill(child); foreach (var p in g.Parts.ToArray()) Kill(p); Scene.Remove(g); }
            if (o is MonoBehaviour m) Messages.Gone(m);
            if (o is Texture2D t) t.Drop();
            if (o is RenderTexture r && RenderTexture.active == r) throw new EngineError("destroyed a RenderTexture that is active");
            if (o is Component c) c.Owner!.Parts.Remove(c);
            o.Dead = true;
            s_made.Remove(o);
        }

        public static void Clear() { foreach (var g in Scene.ToArray()) Kill(g); EndOfFrame(); }

        /// <summary>Textures, materials and native arrays that scripts made and nobody destroyed.</summary>
        public static List<string> Leaks()
        {
            var leaks = s_made.Where(o => !o.Dead).Select(o => o.ToString()).ToList();
            leaks.AddRange(Raster.Buffers.Select(b => "CommandBuffer " + b.name));
            leaks.AddRange(NativeMemory.AllLive.Where(m => m.What != "Texture2D").Select(m => m.What + " of " + m.Bytes + " bytes"));
            return leaks;
        }

        public static void NoLeaks(string when)
        {
            var leaks = Leaks();
            if (leaks.Count > 0) throw new EngineError("leaked " + when + ": " + string.Join(", ", leaks));
        }

        public static void NoErrors()
        {
            var bad = Log.Where(l => l.level == "exception" || l.level == "error").ToList();
            if (bad.Count > 0) throw new EngineError(string.Join("\n", bad.Select(l => l.text)));
        }
    }
}
