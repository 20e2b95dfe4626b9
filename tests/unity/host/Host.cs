using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
#if NET8
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
#endif

/// <summary>
/// Runs scenarios of the fake engine, each domain of scripts in a real domain of the runtime: a collectible AssemblyLoadContext on .NET,
/// an AppDomain on mono. A scenario that answers "again" is gone on with in a new domain, after the old one was unloaded.
/// </summary>
public static class Host
{
    public static int Main(string[] args)
    {
        var folder = args[0];
        var scenario = args[1];
        var input = args.Length > 2 ? args[2] : "";
        try
        {
            Scripts.Run(folder, "WarmUp", "");
            var before = Belongings();
            var reloads = 0;
            string said;
            while ((said = Scripts.Run(folder, scenario, input)).StartsWith("again\n", StringComparison.Ordinal))
            {
                input = said.Substring(6);
                reloads++;
            }
            var left = Left(before);
            if (left.Length > 0) throw new Exception("left behind: " + left);
            Console.WriteLine("{\"ok\": true, \"reloads\": " + reloads + ", \"said\": \"" + said.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n") + "\"}");
            return 0;
        }
        catch (Exception e)
        {
            Console.WriteLine(e);
            return 1;
        }
    }

    /// <summary>Threads of the package's, open files and mapped rings of this process, by name.</summary>
    private static List<string> Belongings()
    {
        var have = new List<string>();
        have.AddRange(Directory.GetFiles("/proc/self/fd").Select(Target).Where(f => !f.EndsWith(".dll", StringComparison.Ordinal)).Select(f => "file " + f));
        have.AddRange(File.ReadAllLines("/proc/self/maps").Where(l => l.Contains("dreambridge-")).Select(l => "map " + l.Substring(l.IndexOf('/'))));
        have.AddRange(Directory.GetDirectories("/proc/self/task").Select(Name).Where(n => n.StartsWith("Dreambridge", StringComparison.Ordinal)).Select(n => "thread " + n));
        return have;
    }

    private static string Target(string link)
    {
        var target = new byte[4096];
        var n = readlink(link, target, target.Length);
        // Numbers of sockets and pipes differ from one to the next of the same sort.
        return n < 0 ? "gone" : System.Text.RegularExpressions.Regex.Replace(System.Text.Encoding.UTF8.GetString(target, 0, n), @"\d+", "#");
    }

    [System.Runtime.InteropServices.DllImport("libc")]
    private static extern int readlink(string path, byte[] buffer, int size);

    private static string Name(string task)
    {
        try { return File.ReadAllText(task + "/comm").Trim(); }
        catch (IOException) { return ""; }
    }

    private static string Left(List<string> before)
    {
        var said = "";
        for (var i = 0; i < 100; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var left = Belongings();
            foreach (var one in before) left.Remove(one);
            said = string.Join(", ", left);
            if (said.Length == 0) break;
            Thread.Sleep(20);
        }
        return said;
    }
}

#if NET8
public static class Scripts
{
    private sealed class Context : AssemblyLoadContext
    {
        private readonly string _folder;
        public Context(string folder) : base("scripts", true) => _folder = folder;
        protected override System.Reflection.Assembly? Load(System.Reflection.AssemblyName name)
        {
            var path = Path.Combine(_folder, name.Name + ".dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }

    public static string Run(string folder, string scenario, string input)
    {
        var (said, context) = Inside(folder, scenario, input);
        var end = DateTime.UtcNow.AddSeconds(20);
        while (context.IsAlive)
        {
            if (DateTime.UtcNow > end) throw new Exception("the scripts of " + scenario + " could not be unloaded: a thread or an event still holds them");
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(5);
        }
        return said;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (string, WeakReference) Inside(string folder, string scenario, string input)
    {
        var context = new Context(folder);
        var entry = context.LoadFromAssemblyPath(Path.Combine(folder, "Dreambridge.EngineScenarios.dll")).GetType("Dreambridge.EngineScenarios.Entry", true)!;
        var said = (string)entry.GetMethod("Run")!.Invoke(null, new object[] { scenario, input })!;
        SynchronizationContext.SetSynchronizationContext(null); // the fake engine's own, which lives among the scripts
        context.Unload();
        return (said, new WeakReference(context));
    }
}
#else
public sealed class Scripts : MarshalByRefObject
{
    public static string Run(string folder, string scenario, string input)
    {
        var domain = AppDomain.CreateDomain("scripts", null, new AppDomainSetup { ApplicationBase = folder });
        try
        {
            var inside = (Scripts)domain.CreateInstanceFromAndUnwrap(typeof(Scripts).Assembly.Location, typeof(Scripts).FullName);
            return inside.Inside(folder, scenario, input);
        }
        finally
        {
            AppDomain.Unload(domain);
        }
    }

    public string Inside(string folder, string scenario, string input)
    {
        var entry = System.Reflection.Assembly.LoadFrom(Path.Combine(folder, "Dreambridge.EngineScenarios.dll")).GetType("Dreambridge.EngineScenarios.Entry", true);
        try { return (string)entry.GetMethod("Run").Invoke(null, new object[] { scenario, input }); }
        catch (System.Reflection.TargetInvocationException e) { throw new Exception(e.InnerException!.ToString()); }
    }
}
#endif
