#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>
    /// Finds a Python that is new enough. A program with a window does not get the PATH of a shell: on macOS it lacks Homebrew and pyenv, so
    /// that only Apple's old Python is found. Therefore the folders in which Pythons usually lie are looked into as well.
    /// </summary>
    internal static class PythonSearch
    {
        internal static readonly Version Oldest = new Version(3, 11);
        // Newer than these may lack wheels of ONNX Runtime: they come last.
        private static readonly string[] s_names = { "python3.13", "python3.12", "python3.11", "python3.14", "python3", "python" };

        /// <summary>The program's version of Python; null: it is not a Python.</summary>
        internal static Version? VersionOf(string program, params string[] words)
        {
            try
            {
                var (code, text) = Tool.Ask(program, words.Append("--version"));
                var match = Regex.Match(text, @"Python (\d+)\.(\d+)");
                return code == 0 && match.Success ? new Version(int.Parse(match.Groups[1].Value), int.Parse(match.Groups[2].Value)) : null;
            }
            catch (DreamError)
            {
                return null;
            }
        }

        /// <summary>A Python that is new enough: of PATH, of the Windows launcher, or of a known folder.</summary>
        /// <exception cref="DreamError">not_running: there is none, or only older ones.</exception>
        internal static string Find(IEnumerable<string>? candidates = null)
        {
            var older = new List<string>();
            foreach (var program in candidates ?? Candidates(Application.platform, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), Environment.GetEnvironmentVariable("LOCALAPPDATA") ?? ""))
            {
                var version = VersionOf(program);
                if (version == null) continue;
                if (version >= Oldest) return program;
                older.Add(program + " is " + version);
            }
            throw older.Count > 0
                ? new DreamError(ErrorCodes.NotRunning, "Python " + Oldest + " or newer is needed; " + string.Join(", ", older) + ".", "Install a newer Python, or choose one in the field Base Python.")
                : new DreamError(ErrorCodes.NotRunning, "No Python was found on PATH or in the usual folders.", "Install Python " + Oldest + " or newer (python.org, or your system's packages), or choose one in the field Base Python.");
        }

        /// <summary>What is tried, in this order.</summary>
        internal static IEnumerable<string> Candidates(RuntimePlatform platform, string home, string localData)
        {
            foreach (var name in s_names) yield return name;
            if (platform == RuntimePlatform.WindowsEditor && Launched() is { } launched) yield return launched;
            foreach (var folder in Folders(platform, home, localData))
            foreach (var name in s_names)
            {
                var path = Path.Combine(folder, platform == RuntimePlatform.WindowsEditor ? name + ".exe" : name);
                if (File.Exists(path)) yield return path;
            }
        }

        private static IEnumerable<string> Folders(RuntimePlatform platform, string home, string localData)
        {
            if (platform == RuntimePlatform.WindowsEditor) return Below(Path.Combine(localData, "Programs", "Python"), "");
            var folders = new List<string>();
            if (platform == RuntimePlatform.OSXEditor)
            {
                folders.AddRange(new[] { "/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin" });
                folders.AddRange(Below("/Library/Frameworks/Python.framework/Versions", "bin"));
            }
            else
            {
                folders.AddRange(new[] { "/usr/local/bin", "/usr/bin", Path.Combine(home, ".local", "bin") });
            }
            folders.AddRange(Below(Path.Combine(home, ".pyenv", "versions"), "bin"));
            return folders;
        }

        // The newest first, by name.
        private static IEnumerable<string> Below(string folder, string inner)
        {
            if (!Directory.Exists(folder)) return Array.Empty<string>();
            var found = Directory.GetDirectories(folder);
            Array.Sort(found, StringComparer.OrdinalIgnoreCase);
            Array.Reverse(found);
            return found.Select(f => Path.Combine(f, inner));
        }

        // The launcher knows where Pythons of python.org and of the Store are; it is asked for the path, as a venv is made by the Python itself.
        private static string? Launched()
        {
            try
            {
                var (code, text) = Tool.Ask("py", new[] { "-3", "-c", "import sys; print(sys.executable)" });
                return code == 0 && text.Trim().Length > 0 ? text.Trim() : null;
            }
            catch (DreamError)
            {
                return null;
            }
        }
    }
}
