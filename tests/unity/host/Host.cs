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
/// <c>Host FOLDER SCENARIO [INPUT]</c> runs one. <c>Host FOLDER</c> runs one for each line that it reads, a scenario and its percent-encoded
/// input with a tab between them, until one fails or the lines end. Each is answered with one line of JSON.
/// </summary>
public static class Host
{
    public static int Main(string[] args)
    {
        var folder = args[0];
        try
        {
            Scripts.Run(folder, "WarmUp", "");
        }
        catch (Exception e)
        {
            return Said(false, 0, e.ToString());
        }
        if (args.Length > 1) return Run(folder, args[1], args.Length > 2 ? args[2] : "", Belongings());
        // .NET opens its own handles of input and output when they are used first.
        Console.Out.Write("");
        Console.Out.Flush();
        var line = Console.In.ReadLine();
        // Of the whole process: what the first of many scenarios leaves behind is not taken for the runtime's own at the second.
        var before = Belongings();
        for (; line != null; line = Console.In.ReadLine())
        {
            var words = line.Split('\t');
            if (Run(folder, words[0], Uri.UnescapeDataString(words[1]), before) != 0) return 1;
        }
        return 0;
    }

    private static int Run(string folder, string scenario, string input, List<string> before)
    {
        try
        {
            var reloads = 0;
            string said;
            while ((said = Scripts.Run(folder, scenario, input)).StartsWith("again\n", StringComparison.Ordinal))
            {
                input = said.Substring(6);
                reloads++;
            }
            var left = Left(before);
            return left.Length > 0 ? Said(false, reloads, "left behind: " + left) : Said(true, reloads, said);
        }
        catch (Exception e)
        {
            return Said(false, 0, e.ToString());
        }
    }

    private static int Said(bool ok, int reloads, string said)
    {
        var text = new System.Text.StringBuilder();
        foreach (var c in said)
        {
            if (c == '\\' || c == '"') text.Append('\\').Append(c);
            else if (c < ' ' || c > '~') text.Append("\\u").Append(((int)c).ToString("x4"));
            else text.Append(c);
        }
        Console.WriteLine("{\"ok\": " + (ok ? "true" : "false") + ", \"reloads\": " + reloads + ", \"said\": \"" + text + "\"}");
        Console.Out.Flush();
        return ok ? 0 : 1;
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
