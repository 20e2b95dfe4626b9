using System;
using System.IO;
using System.Linq;
using Dreambridge.Editors;
using FakeUnity;
using UnityEditor;
using UnityEditor.Build.Reporting;
using UnityEngine;
using UnityEngine.Video;

namespace Dreambridge.EngineScenarios
{
    /// <summary>Films for players without a daemon: baked by the real command before a build, and played when nobody answers.</summary>
    public static class Films
    {
        private const string Story = "{\"format\":\"1.0\",\"name\":\"story\",\"bundle\":\"testcard\",\"start\":\"a\",\"shots\":{"
            + "\"a\":{\"lanes\":{\"level\":{\"keys\":[{\"at\":0,\"value\":0.1}]}},\"length\":0.2,\"audio\":{\"file\":\"bell.wav\"},\"next\":{\"choice\":[{\"id\":\"left\",\"then\":\"b\"},{\"id\":\"right\",\"then\":\"c\"}]}},"
            + "\"b\":{\"lanes\":{\"level\":{\"keys\":[{\"at\":0,\"value\":0.5}]}},\"length\":0.2},"
            + "\"c\":{\"lanes\":{\"level\":{\"keys\":[{\"at\":0,\"value\":0.9}]}},\"length\":0.4}}}";

        private static DreamCutscene Asset(string name, string text, bool bake = true)
        {
            var asset = Engine.Asset(ScriptableObject.CreateInstance<DreamCutscene>());
            asset.name = name;
            asset.document = Engine.Asset(new TextAsset(text));
            asset.bakeFilm = bake;
            AssetDatabase.Paths[asset] = "Assets/" + name + ".asset";
            return asset;
        }

        private static BuildReport Report(BuildTarget target) => new BuildReport { summary = new BuildSummary { platform = target } };

        /// <summary>The folder has a sound, bell.wav. Answers the paths of the films.</summary>
        public static string FilmsBakedBeforeABuild(string input)
        {
            Engine.DataPath = input;
            var films = Path.Combine(input, "StreamingAssets", "Dreambridge");
            var asset = Asset("arrival", Story);
            asset.filmChoices.Add("right");
            Asset("never", Story, false);
            var bell = Engine.Asset(new AudioClip(0.2f, 48000) { name = "bell" });
            AssetDatabase.Paths[bell] = Path.Combine(input, "bell.wav");
            asset.sounds.Add(bell);

            // Nothing of what goes wrong stops a build.
            DreamSettings.Python = "";
            new DreamFilmStep().OnPreprocessBuild(Report(BuildTarget.StandaloneLinux64));
            Told("no Python is set");
            DreamSettings.Python = "/no/such/python";
            new DreamFilmStep().OnPreprocessBuild(Report(BuildTarget.StandaloneLinux64));
            Told("/no/such/python");
            DreamSettings.Python = Environment.GetEnvironmentVariable("DREAM_PYTHON")!;
            var broken = Asset("broken", Story.Replace("level", "lvel"));
            var before = asset.bakeFilm = false;
            new DreamFilmStep().OnPreprocessBuild(Report(BuildTarget.StandaloneLinux64));
            Told("no condition 'lvel'");
            broken.bakeFilm = before;
            EditorUtility.Cancels = true;
            asset.bakeFilm = true;
            new DreamFilmStep().OnPreprocessBuild(Report(BuildTarget.StandaloneLinux64));
            Told("cancelled");
            EditorUtility.Cancels = false;
            Stage.Require(!Directory.Exists(films) || Directory.GetFiles(films).Length == 0, "a film was made");

            new DreamFilmStep().OnPreprocessBuild(Report(BuildTarget.StandaloneLinux64));
            var linux = Path.Combine(films, asset.FilmName() + ".webm");
            Stage.Require(File.Exists(linux) && Directory.GetFiles(films).Length == 1, "the film: " + string.Join(", ", Engine.Log.Select(l => l.text)));
            // What is there is not baked again; for another system it is another file.
            var made = File.GetLastWriteTimeUtc(linux);
            new DreamFilmStep().OnPreprocessBuild(Report(BuildTarget.StandaloneLinux64));
            Stage.Require(File.GetLastWriteTimeUtc(linux) == made, "it was baked again");
            File.Copy(linux, Path.Combine(input, "linux.webm"));
            File.WriteAllText(linux + ".meta", "");
            asset.sounds.Clear();
            new DreamFilmStep().OnPreprocessBuild(Report(BuildTarget.StandaloneWindows64));
            Told("bell.wav has no AudioClip");
            var windows = Path.Combine(films, asset.FilmName() + ".mp4");
            Stage.Require(Directory.GetFiles(films).Single() == windows, "what is of no use any more stays: " + string.Join(", ", Directory.GetFiles(films)));
            Stage.Require(AssetDatabase.Refreshed > 0, "the editor does not know of it");
            File.Copy(windows, Path.Combine(input, "windows.mp4"));
            var old = asset.FilmName();
            asset.filmChoices.Clear();
            Stage.Require(asset.FilmName() != old, "another way is another film");
            AssetDatabase.Paths.Clear();
            Engine.DataPath = "";
            return "baked";
        }

        private static void Told(string what)
        {
            Stage.Require(Engine.Log.Any(l => l.level == "warning" && l.text.Contains(what)), "not told: " + what + "; but " + string.Join("\n", Engine.Log.Select(l => l.text)));
            Engine.Log.Clear();
        }

        public static string FilmWithoutADaemon(string input)
        {
            var folder = Stage.Folder();
            Engine.Playing = true;
            Engine.DataPath = folder;
            var films = Path.Combine(folder, "StreamingAssets", "Dreambridge");
            Directory.CreateDirectory(films);
            try
            {
                var asset = Asset("arrival", Story);
                File.WriteAllText(Path.Combine(films, asset.FilmName() + ".mp4"), "a film");
                var image = Stage.Image();
                var speaker = new GameObject("speaker").AddComponent<AudioSource>();
                var poster = Engine.Asset(new Texture2D(8, 8, TextureFormat.RGBA32, false, false));
                var s = Stage.Stream("stream", x => { x.daemon = "nobody"; x.targetImage = image; x.poster = poster; x.cutsceneOnOpen = asset; x.cutsceneAudio = speaker; });
                var ended = 0;
                s.cutsceneEvents.ended.AddListener(() => ended++);
                var wait = s.WaitForCutscene(CutsceneHappening.Ended);
                Engine.Until(() => s.playsFilm, "the film");
                Stage.Require(s.lastError?.Code == ErrorCodes.NotRunning, "the game is told why: " + s.lastError);
                var player = Engine.All<VideoPlayer>().Single();
                Stage.Require(!player.isLooping && player.Heard == speaker, "how it is played");
                Engine.Until(() => s.texture == player.texture && image.texture == player.texture && player.texture, "its picture");
                Engine.Until(() => ended == 1 && !s.playsFilm, "its end");
                Stage.Require(!wait.keepWaiting && wait.happened != null && wait.error == null, "who waits for the end of the cutscene waits on");
                Stage.Require(image.texture == player.texture && player.texture, "its last picture does not stay");
                for (var i = 0; i < 30; i++) Engine.Tick();
                Stage.Require(ended == 1, "it ended " + ended + " times");

                // Once more, now that it is known that nobody answers.
                wait = s.PlayCutscene(asset);
                Engine.Until(() => s.playsFilm, "the film again");
                Engine.Until(() => !wait.keepWaiting, "its end again");
                Stage.Require(wait.happened != null && ended == 2 && Engine.All<VideoPlayer>().Count() == 1, "another player was left");
                VideoPlayer.Broken = true;
                s.PlayCutscene(asset);
                Engine.Until(() => s.lastError!.Code == ErrorCodes.NotSupported, "that the film is broken");
                VideoPlayer.Broken = false;
                Stage.Require(!s.playsFilm, "a broken film plays");

                // Another version has no film.
                var other = Asset("other", Story.Replace("0.9", "0.8"));
                s.PlayCutscene(other);
                for (var i = 0; i < 30; i++) Engine.Tick();
                Stage.Require(!s.playsFilm && !Engine.All<VideoPlayer>().Any(), "a film of another version");
                s.Close();

                // A daemon that appears takes over: the cutscene itself is played.
                VideoPlayer.Seconds = 600;
                var late = Stage.Stream("late", x => { x.daemon = "nobody"; x.cutsceneOnOpen = asset; });
                Engine.Until(() => late.playsFilm, "the film of another stream");
                late.Close();
                Stage.Require(!late.playsFilm, "it plays on for a closed stream");
                late.daemon = Environment.GetEnvironmentVariable("DREAM_NAME")!;
                late.Open();
                Engine.Until(() => late.cutscene.Status == CutsceneStatus.Choosing, "the cutscene by a daemon");
                Stage.Require(!Engine.All<VideoPlayer>().Any(), "a film beside a stream");
                UnityEngine.Object.DestroyImmediate(late.gameObject);
                return "played";
            }
            finally
            {
                VideoPlayer.Seconds = 0.3;
                AssetDatabase.Paths.Clear();
                Engine.DataPath = "";
                Directory.Delete(folder, true);
            }
        }
    }
}
