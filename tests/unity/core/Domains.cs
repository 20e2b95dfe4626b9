#nullable enable

using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Real domain reloads: the core is loaded into a domain of its own (an AppDomain on mono, a collectible AssemblyLoadContext on
    /// .NET 8), plays a stream of the daemon (first word), and is unloaded; so many times (second). Third word "careless": without
    /// Stop, which the engine layer would call; "within": in this domain, as with Unity's domain reload disabled. Counts threads, handles and mapped rings before and after.
    /// </summary>
    static class Domains
    {
        internal static DreamMap Run(string[] words)
        {
            var rounds = int.Parse(words[1]);
            var stop = words.Length < 3 || words[2] != "careless";
            var round = words.Length < 3 || stop == false ? (Action<string, bool>)Round : Visitor.Visit;
            // The runtime makes its own helpers at the first ones.
            for (var i = 0; i < 3; i++)
                round(words[0], stop);
            var before = Counted();
            var domains = Living;
            for (var i = 0; i < rounds; i++)
                round(words[0], stop);
            return new DreamMap { ["before"] = before, ["after"] = Counted(), ["still_loaded"] = Living - domains, ["rounds"] = rounds };
        }

        static DreamMap Counted()
        {
            var clock = Stopwatch.StartNew();
            DreamMap? counted = null;
            var same = 0;
            // What ended a moment ago may still be counted.
            while (same < 5 && clock.Elapsed.TotalSeconds < 10)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Thread.Sleep(50);
                var now = Count();
                same = counted != null && counted["threads"].AsInt() == now["threads"].AsInt() && counted["handles"].AsInt() == now["handles"].AsInt() ? same + 1 : 0;
                counted = now;
            }
            return counted!;
        }

        static DreamMap Count()
        {
            var rings = 0;
            foreach (var line in File.ReadAllLines("/proc/self/maps"))
            {
                if (line.Contains(".ring"))
                    rings++;
            }
            return new DreamMap
            {
                ["threads"] = Directory.GetDirectories("/proc/self/task").Length, ["handles"] = Handles(), ["rings"] = rings,
            };
        }

        /// <summary>Without the framework's libraries: .NET keeps each one open that it loads, and loads some of them late.</summary>
        internal static int Handles()
        {
            var count = 0;
            var target = new byte[4096];
            foreach (var path in Directory.GetFiles("/proc/self/fd"))
            {
                var size = (int)readlink(path, target, (IntPtr)target.Length);
                if (size > 0 && !System.Text.Encoding.UTF8.GetString(target, 0, size).EndsWith(".dll", StringComparison.Ordinal))
                    count++;
            }
            return count;
        }

        [System.Runtime.InteropServices.DllImport("libc")]
        static extern IntPtr readlink(string path, byte[] into, IntPtr size);

        /// <summary>What <c>Visit</c> of that class says to <paramref name="given"/> in a domain of its own, which is unloaded before this returns.</summary>
        internal static string Inside(Type visitor, string given)
        {
#if NET8
            var (said, context) = Visited(visitor, given);
            for (var i = 0; i < 200 && context.IsAlive; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            if (context.IsAlive)
                throw new InvalidOperationException("the domain could not be unloaded");
            return said;
#else
            var domain = AppDomain.CreateDomain("round");
            domain.SetData("visitor", visitor.FullName);
            domain.SetData("given", given);
            domain.DoCallBack(VisitNamed);
            var said = (string)domain.GetData("said")!;
            AppDomain.Unload(domain);
            return said;
#endif
        }

#if !NET8
        static void VisitNamed()
        {
            var here = AppDomain.CurrentDomain;
            var visit = typeof(Domains).Assembly.GetType((string)here.GetData("visitor")!)!.GetMethod("Visit")!;
            here.SetData("said", visit.Invoke(null, new[] { here.GetData("given") }));
        }
#endif

#if NET8
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static (string, WeakReference) Visited(Type visitor, string given)
        {
            var context = new System.Runtime.Loader.AssemblyLoadContext("round", true);
            var folder = Path.GetDirectoryName(typeof(Domains).Assembly.Location)!;
            context.LoadFromAssemblyPath(Path.Combine(folder, "Dreambridge.Core.dll"));
            var own = context.LoadFromAssemblyPath(typeof(Domains).Assembly.Location);
            var said = (string)own.GetType(visitor.FullName!)!.GetMethod("Visit")!.Invoke(null, new object[] { given })!;
            context.Unload();
            return (said, new WeakReference(context));
        }

        static readonly System.Collections.Generic.List<WeakReference> Loaded = new System.Collections.Generic.List<WeakReference>();

        static int Living => Loaded.FindAll(w => w.IsAlive).Count;

        static void Round(string daemon, bool stop)
        {
            Loaded.Add(Inside(daemon, stop));
            for (var i = 0; i < 20 && Loaded[Loaded.Count - 1].IsAlive; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Inside(string daemon, bool stop)
        {
            var context = new System.Runtime.Loader.AssemblyLoadContext("round", true);
            var folder = Path.GetDirectoryName(typeof(Domains).Assembly.Location)!;
            context.LoadFromAssemblyPath(Path.Combine(folder, "Dreambridge.Core.dll"));
            var own = context.LoadFromAssemblyPath(typeof(Domains).Assembly.Location);
            var play = own.GetType("Dreambridge.Tests.Visitor")!.GetMethod("Visit")!;
            play.Invoke(null, new object[] { daemon, stop });
            context.Unload();
            return new WeakReference(context);
        }
#else
        static int Living => 0;

        static void Round(string daemon, bool stop)
        {
            var domain = AppDomain.CreateDomain("round");
            domain.SetData("daemon", daemon);
            domain.SetData("stop", stop);
            domain.DoCallBack(Visitor.VisitHere);
            AppDomain.Unload(domain);
        }
#endif
    }

    public static class Visitor
    {
        static DreamSession? _left;

        public static void VisitHere() =>
            Visit((string)AppDomain.CurrentDomain.GetData("daemon")!, (bool)AppDomain.CurrentDomain.GetData("stop")!);

        /// <summary>Open a stream, see a frame of it, direct it; and leave.</summary>
        public static void Visit(string daemon, bool stop)
        {
            var bed = new Bed();
            bed.Session.Start(daemon, new OpenRequest { Bundle = "testcard" });
            bed.Must("opens", bed.Until(() => bed.Frames > 1 && bed.Session.State == StreamState.Playing));
            bed.Session.Direct("level", 0.5);
            if (stop)
                bed.Dispose();
            else
                _left = bed.Session;
            GC.KeepAlive(_left);
        }
    }
}
