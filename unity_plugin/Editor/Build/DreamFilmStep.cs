#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using UnityEditor;
using UnityEditor.Build;
using UnityEditor.Build.Reporting;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>
    /// Before a build, and from the menu: bakes the films of cutscenes for players without a daemon, into the StreamingAssets. A film that cannot
    /// be baked never stops the build: the console says why, and the build goes on without it.
    /// </summary>
    internal sealed class DreamFilmStep : IPreprocessBuildWithReport
    {
        private const string Menu = "Assets/Dreambridge/Bake Fallback Films";

        /// <inheritdoc/>
        public int callbackOrder => 101;

        /// <inheritdoc/>
        public void OnPreprocessBuild(BuildReport report)
        {
            try
            {
                Bake(report.summary.platform);
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
            {
                Warn("No fallback film was baked: " + e.Message);
            }
        }

        [MenuItem(Menu)]
        internal static void BakeForThisPlatform() => Bake(EditorUserBuildSettings.activeBuildTarget);

        /// <summary>Bake what is not there yet, and remove films of other versions. Returns the names of the films that are there.</summary>
        internal static List<string> Bake(BuildTarget target)
        {
            var (form, extension) = FormFor(target);
            var folder = Path.Combine(Application.streamingAssetsPath, DreamFilm.FolderName);
            var there = new List<string>();
            foreach (var cutscene in Wanted())
            {
                var file = Path.Combine(folder, cutscene.FilmName() + extension);
                if (!File.Exists(file))
                {
                    var problem = BakeOne(cutscene, form, file);
                    if (problem.Length > 0)
                    {
                        Warn("No fallback film of " + cutscene.name + ": " + problem);
                        continue;
                    }
                    Debug.Log("Dreambridge: the fallback film of " + cutscene.name + " is " + file);
                }
                there.Add(Path.GetFileName(file));
            }
            RemoveOthers(folder, there);
            AssetDatabase.Refresh();
            return there;
        }

        /// <summary>The format that a VideoPlayer of that platform takes, by Unity's manual, and the extension of its files.</summary>
        internal static (string form, string extension) FormFor(BuildTarget target) =>
            target == BuildTarget.StandaloneLinux64 ? ("vp8", ".webm") : ("mp4", ".mp4");

        private static IEnumerable<DreamCutscene> Wanted()
        {
            var wanted = new List<DreamCutscene>();
            foreach (var guid in AssetDatabase.FindAssets("t:DreamCutscene"))
            {
                var cutscene = AssetDatabase.LoadAssetAtPath<DreamCutscene>(AssetDatabase.GUIDToAssetPath(guid));
                if (cutscene && cutscene!.bakeFilm) wanted.Add(cutscene);
            }
            return wanted;
        }

        // Empty: it is there. Else why not.
        private static string BakeOne(DreamCutscene cutscene, string form, string file)
        {
            var python = DreamSettings.Python;
            if (python.Length == 0) return "no Python is set. Set one in Project Settings > Dreambridge.";
            var work = Path.Combine(Path.GetTempPath(), "dreambridge-film-" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(work);
            try
            {
                var words = new List<string> { "-P", "-m", "dreambridge", "bake", WriteSource(cutscene, work, out var missing), "--out", Path.Combine(work, "out"), "--format", form, "--json" };
                if (cutscene.filmChoices.Count > 0) words.AddRange(new[] { "--path", string.Join(",", cutscene.filmChoices) });
                if (!NamesBundle(cutscene.text)) words.AddRange(new[] { "--bundle", DreamSettings.instance.PackageBundle });
                if (missing.Length > 0)
                {
                    words.Add("--silent");
                    Warn("The fallback film of " + cutscene.name + " has no sound, because " + missing + " has no AudioClip in its Sounds.");
                }
                var problem = Run(python, words, cutscene.name);
                if (problem.Length > 0) return problem;
                var made = Directory.GetFiles(Path.Combine(work, "out"), "*" + Path.GetExtension(file));
                if (made.Length != 1) return "`dreambridge bake` made " + made.Length + " films.";
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.Copy(made[0], file, true);
                return "";
            }
            finally
            {
                try { Directory.Delete(work, true); }
                catch (IOException) { /* it lies in the system's folder for such files */ }
                catch (UnauthorizedAccessException) { /* as above */ }
            }
        }

        // The document with its files and sounds, each under the name that stands in it.
        private static string WriteSource(DreamCutscene cutscene, string work, out string missing)
        {
            missing = "";
            var path = Path.Combine(work, "film.dream.json");
            File.WriteAllText(path, cutscene.text, new UTF8Encoding(false));
            foreach (var (name, data) in cutscene.FilesByName())
                if (Inside(work, name) is string at) File.WriteAllBytes(at, data);
            foreach (var name in CutsceneDocument.SoundsIn(cutscene.text))
            {
                var clip = cutscene.Sound(name);
                var source = clip ? AssetDatabase.GetAssetPath(clip!) : "";
                if (source.Length == 0 || !(Inside(work, name) is string at)) missing = name;
                else File.Copy(source, at, true);
            }
            return path;
        }

        // A document may name a file elsewhere; nothing is written there.
        private static string? Inside(string folder, string name)
        {
            var path = Path.GetFullPath(Path.Combine(folder, name));
            if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return null;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return path;
        }

        private static bool NamesBundle(string text)
        {
            try { return DreamJson.Parse(text).AsMap()?["bundle"].AsText().Length > 0; }
            catch (FormatException) { return false; }
        }

        private static string Run(string python, IReadOnlyList<string> words, string name)
        {
            try
            {
                using var tool = new Tool(python, words);
                var said = new StringBuilder();
                while (!tool.Ended)
                {
                    if (EditorUtility.DisplayCancelableProgressBar("Dreambridge", "Baking the fallback film of " + name, 0.5f))
                    {
                        tool.Kill();
                        return "it was cancelled.";
                    }
                    System.Threading.Thread.Sleep(50);
                }
                while (tool.TryLine(out var line)) said.AppendLine(line);
                return tool.ExitCode == 0 ? "" : "`dreambridge bake` failed with exit code " + tool.ExitCode + ":\n" + said;
            }
            catch (DreamError e)
            {
                return e.Message + " " + e.Hint;
            }
            finally
            {
                EditorUtility.ClearProgressBar();
            }
        }

        private static void RemoveOthers(string folder, ICollection<string> there)
        {
            if (!Directory.Exists(folder)) return;
            foreach (var path in Directory.GetFiles(folder))
            {
                var name = Path.GetFileName(path);
                var film = name.EndsWith(".meta", StringComparison.Ordinal) ? name.Substring(0, name.Length - 5) : name;
                if ((film.EndsWith(".mp4", StringComparison.Ordinal) || film.EndsWith(".webm", StringComparison.Ordinal)) && !there.Contains(film)) File.Delete(path);
            }
        }

        private static void Warn(string message) => Debug.LogWarning("Dreambridge: " + message);
    }
}
