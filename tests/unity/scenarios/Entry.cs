using System;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using FakeUnity;
using UnityEditor;

namespace Dreambridge.EngineScenarios
{
    /// <summary>Begins a domain of scripts as the editor does, and runs one scenario in it: a public static method of a class of this assembly.</summary>
    public static class Entry
    {
        public static string Run(string scenario, string input)
        {
            Engine.Boot();
            foreach (var type in typeof(Dreambridge.Editors.DreamSettings).Assembly.GetTypes())
                if (type.IsDefined(typeof(InitializeOnLoadAttribute), false)) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            var method = typeof(Entry).Assembly.GetTypes().Where(t => t.IsPublic).Select(t => t.GetMethod(scenario, BindingFlags.Public | BindingFlags.Static)).FirstOrDefault(m => m != null)
                ?? throw new EngineError("no scenario " + scenario);
            string said;
            try { said = (string)method.Invoke(null, new object[] { input })!; }
            catch (TargetInvocationException e) { throw new Exception(e.InnerException + "\nconsole:\n" + string.Join("\n", Engine.Log.Select(l => l.level + ": " + l.text))); }
            Engine.NoErrors();
            if (!said.StartsWith("again\n", StringComparison.Ordinal))
            {
                Engine.Clear();
                EditorApplication.Quit();
            }
            Engine.NoLeaks("at the end");
            return said;
        }

        /// <summary>A thread with an exception, a socket, a mapped file and a process, so that what a runtime makes for them once for all is there before anything is counted.</summary>
        public static string WarmUp(string input)
        {
            var thread = new System.Threading.Thread(() => { try { throw new InvalidOperationException(); } catch (InvalidOperationException) { } });
            thread.Start();
            thread.Join();
            var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            listener.Start();
            using (var client = new System.Net.Sockets.TcpClient())
            {
                client.Connect((System.Net.IPEndPoint)listener.LocalEndpoint);
                using var server = listener.AcceptSocket();
            }
            listener.Stop();
            var path = System.IO.Path.GetTempFileName();
            System.IO.File.WriteAllBytes(path, new byte[4096]);
            using (var map = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(path)) map.CreateViewAccessor().Dispose();
            System.IO.File.Delete(path);
            using (var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("true") { UseShellExecute = false })) process!.WaitForExit();
            return "";
        }
    }
}
