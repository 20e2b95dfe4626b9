#nullable enable
using System.IO;
using System.Text;
using UnityEditor;
using UnityEditor.Build;
using UnityEditor.Build.Reporting;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Before a build: says what the player will lack, and lets it go on. After it: puts the daemon's folder next to the player, if the project settings say so.</summary>
    internal sealed class DreamBuildStep : IPreprocessBuildWithReport, IPostprocessBuildWithReport
    {
        /// <summary>Name of the folder next to the player, in which the component looks.</summary>
        internal const string FolderName = "dreambridge";

        /// <inheritdoc/>
        public int callbackOrder => 100;

        /// <inheritdoc/>
        public void OnPreprocessBuild(BuildReport report)
        {
            var settings = DreamSettings.instance;
            var platform = report.summary.platform;
            var problem = Problem(platform);
            if (problem != null) Debug.LogWarning("Dreambridge: " + problem);
            else if (PlayerSettings.GetScriptingBackend(NamedBuildTarget.FromBuildTargetGroup(BuildPipeline.GetBuildTargetGroup(platform))) == ScriptingImplementation.IL2CPP)
                Debug.Log("Dreambridge: " + Il2Cpp(platform));
        }

        /// <inheritdoc/>
        public void OnPostprocessBuild(BuildReport report)
        {
            var settings = DreamSettings.instance;
            if (!settings.PackageWithBuild || Problem(report.summary.platform) != null) return;
            if (report.summary.platform != BuildTarget.StandaloneLinux64)
            {
                Debug.LogWarning("Dreambridge: `dreambridge package` makes folders for Linux only; this player for " + report.summary.platform + " gets none. Ship a Python with dreambridge[cpu], and set the stream's property python from a script.");
                return;
            }
            var folder = FolderBeside(report.summary.outputPath);
            EditorUtility.DisplayProgressBar("Dreambridge", "dreambridge package --out " + folder, 0.5f);
            try
            {
                Debug.Log("Dreambridge: " + Package(DreamSettings.Python, settings.PackageBundle, folder));
            }
            finally
            {
                EditorUtility.ClearProgressBar();
            }
        }

        /// <summary>What to know of a player with the scripting backend IL2CPP.</summary>
        internal static string Il2Cpp(BuildTarget target) =>
            "with IL2CPP the player starts the daemon by " + (target == BuildTarget.StandaloneWindows || target == BuildTarget.StandaloneWindows64 ? "CreateProcess" : "posix_spawn")
            + ", because System.Diagnostics.Process does not work there. Nobody has run this in a Unity player yet: try the player. If it says not_supported, start the daemon from the game's launcher (`dreambridge serve --parent-pid`, with the game's process number)."
            + (target == BuildTarget.StandaloneOSX ? " An app in the App Sandbox may start no program outside of it." : "");

        /// <summary>Why there is no stream on that platform; null: there is.</summary>
        internal static string? Problem(BuildTarget target)
        {
            switch (target)
            {
                case BuildTarget.StandaloneLinux64:
                case BuildTarget.StandaloneWindows:
                case BuildTarget.StandaloneWindows64:
                case BuildTarget.StandaloneOSX:
                    return null;
                default:
                    return "on " + target + " there is no stream, because it needs a daemon and a shared file on the same machine. The player is built; each DreamStream in it shows its Fallback picture and says not_supported.";
            }
        }

        /// <summary>Where the daemon's folder goes, for a player at that path.</summary>
        internal static string FolderBeside(string player) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(player)) ?? "", FolderName);

        /// <summary>Run the command and hand back its summary.</summary>
        /// <exception cref="BuildFailedException">No Python is set, or the command failed; with what it said.</exception>
        internal static string Package(string python, string bundle, string folder)
        {
            if (python.Length == 0) throw new BuildFailedException("Dreambridge: no Python is set, so the daemon's folder cannot be made. Set one in Project Settings > Dreambridge, or switch off \"Ship the daemon with the player\".");
            try
            {
                using var tool = new Tool(python, new[] { "-m", "dreambridge", "package", "--out", folder, "--bundle", bundle });
                while (!tool.Ended) System.Threading.Thread.Sleep(50);
                var said = new StringBuilder();
                while (tool.TryLine(out var line)) said.AppendLine(line);
                if (tool.ExitCode != 0) throw new BuildFailedException("Dreambridge: `dreambridge package` failed with exit code " + tool.ExitCode + ":\n" + said);
                return said.ToString().TrimEnd();
            }
            catch (DreamError e)
            {
                throw new BuildFailedException("Dreambridge: " + e.Message + " " + e.Hint);
            }
        }
    }
}
