using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using FakeUnity;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>Bad input: each a clear message with the way out, and nothing lost.</summary>
    public static class Trouble
    {
        private static string Python => Environment.GetEnvironmentVariable("DREAM_PYTHON")!;
        private static string Runtime => Environment.GetEnvironmentVariable("DREAMBRIDGE_RUNTIME_DIR")!;
        private static string Good => Environment.GetEnvironmentVariable("DREAM_NAME")!;

        public static string NoDaemon(string input)
        {
            Expect(x => x.daemon = "nobody-here", ErrorCodes.NotRunning, "nobody-here", "\ndreambridge serve --name nobody-here\n");
            var ghost = Path.Combine(Runtime, "ghost.json");
            var text = System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(Path.Combine(Runtime, Good + ".json")), "(\"pid\": ?)\\d+", "${1}4194999");
            text = System.Text.RegularExpressions.Regex.Replace(text, "127.0.0.1:\\d+", "127.0.0.1:1");
            File.WriteAllText(ghost, text);
            Stage.Require(text.Contains("4194999"), "the connection file has no pid");
            Expect(x => x.daemon = "ghost", ErrorCodes.NotRunning, "is stale", "dreambridge serve");
            File.Delete(ghost);
            // A process that takes the connection and says nothing, as a daemon that was stopped does.
            var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            listener.Start();
            var silent = Path.Combine(Runtime, "silent.json");
            File.WriteAllText(silent, text.Replace("127.0.0.1:1", listener.LocalEndpoint.ToString()));
            Expect(x => x.daemon = "silent", ErrorCodes.NotAnswering, "(process 4194999) does not answer", "kill -9 4194999");
            File.Delete(silent);
            listener.Stop();
            return "said";
        }

        public static string NoPython(string input)
        {
            DreamDaemonProcess.Native = input == "native";
            Expect(x => { x.daemon = "nobody-here"; x.python = "/no/such python"; }, ErrorCodes.NotRunning, "/no/such python", "3.11");
            // A program that ends at once, as a Python without dreambridge does.
            Expect(x => { x.daemon = "nobody-here"; x.python = "false"; }, ErrorCodes.NotRunning, "exit code 1", "false -P -m dreambridge serve --name nobody-here-");
            return "said";
        }

        public static string WrongToken(string input)
        {
            var text = File.ReadAllText(Path.Combine(Runtime, Good + ".json"));
            var token = DreamJson.Parse(text).AsMap()!["token"].AsText();
            File.WriteAllText(Path.Combine(Runtime, "liar.json"), text.Replace(token, "not-" + token));
            Expect(x => x.daemon = "liar", ErrorCodes.WrongToken, "token", "", 4);
            File.Delete(Path.Combine(Runtime, "liar.json"));
            return "said";
        }

        /// <summary>The connection file of something that answers as a daemon of another major does.</summary>
        public static string AnotherMajor(string input)
        {
            Expect(x => x.daemon = input, ErrorCodes.ProtocolMismatch, "1.0", "Update", 4);
            return "said";
        }

        public static string NoBundle(string input)
        {
            Expect(x => x.bundle = "no-such-bundle", ErrorCodes.UnknownBundle, "no-such-bundle", "");
            return "said";
        }

        public static string ConditionsOfAnotherTime(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream("stream", x =>
            {
                x.conditions.Add(new DreamSetting { name = "level", number = 0.25 });
                x.conditions.Add(new DreamSetting { name = "gone", form = DreamSetting.Form.Text, text = "x" });
            });
            Engine.Until(() => s.framesShown > 0 && s.lastError?.Message.Contains("which this scene sets") == true, "it runs and tells");
            Stage.Require(s.lastError!.Code == ErrorCodes.UnknownCondition && s.lastError.Hint.Contains("inspector"), "the error is " + s.lastError);
            Engine.Until(() => Math.Abs(Stage.Seen(s.texture!)[(220 * 256 + 128) * 4] - 64) <= 1, "the condition that fits holds");
            Stage.Require(s.conditions.Count == 2, "a condition was lost");
            UnityEngine.Object.DestroyImmediate(s.gameObject);

            s = Stage.Stream("other", x => x.conditions.Add(new DreamSetting { name = "level", form = DreamSetting.Form.Text, text = "storm" }));
            Engine.Until(() => s.framesShown > 0 && s.lastError?.Code == ErrorCodes.BadValue, "a condition of another kind");
            Stage.Require(s.conditions[0].text == "storm", "the value was lost");
            return "said";
        }

        public static string BeyondTheGpu(string input)
        {
            Engine.MaxTextureSize = 128;
            Expect(_ => { }, ErrorCodes.NotSupported, "256 x 256", "smaller");
            Engine.MaxTextureSize = 16384;
            Engine.ShadersWork = false;
            Expect(x => { x.blend = true; x.fps = -1; }, ErrorCodes.NotSupported, "shader", "Blend");
            return "said";
        }

        public static string OutputsThatCannotShow(string input)
        {
            var wall = Stage.Renderer("_Strange");
            Expect(x => x.targetRenderer = wall, ErrorCodes.BadArgument, "_BaseMap", "Target Property");
            Expect(x => { x.targetRenderer = wall; x.targetProperty = "_Wrong"; }, ErrorCodes.BadArgument, "_Wrong", "empty");
            var s = Stage.Stream("right", x => { x.targetRenderer = wall; x.targetProperty = "_Strange"; });
            Stage.UntilShown(s);
            return "said";
        }

        public static string PlatformsWithoutFiles(string input)
        {
            foreach (var platform in new[] { RuntimePlatform.WebGLPlayer, RuntimePlatform.Android, RuntimePlatform.IPhonePlayer })
            {
                Engine.Platform = platform;
                Expect(_ => { }, ErrorCodes.NotSupported, platform.ToString(), "Windows, macOS or Linux");
            }
            return "said";
        }

        /// <summary>A scene of an older layout, with a field that nobody knows any more.</summary>
        public static string OlderScene(string input)
        {
            var s = Stage.Stream();
            var text = SceneFile.Write(false).Replace("field\t_sceneVersion\t1", "field\t_sceneVersion\t0\nfield\t_forgotten\t7");
            Stage.Require(text.Contains("_forgotten"), "the scene has no version");
            Engine.Clear();
            Engine.Playing = true;
            SceneFile.Read(text, false);
            Stage.UntilShown(DreamStream.all[0]);
            return "read";
        }

        /// <summary>The component starts a daemon, which dies, and starts it again. The last picture stays, the stream goes on by itself.</summary>
        public static string DaemonComesAndGoes(string input)
        {
            DreamDaemonProcess.Native = input == "native";
            Engine.Playing = true;
            var s = Stage.Stream("stream", x => { x.daemon = "mortal"; x.python = Python; x.conditions.Add(new DreamSetting { name = "level", number = 0.25 }); });
            Stage.UntilShown(s, 3);
            var ticket = s.Direct("level", 0.75, 0);
            Engine.Until(() => s.IsShown(ticket), "the direction");
            var name = "mortal-" + Process.GetCurrentProcess().Id; // of its own: two games do not share one
            Process.GetProcessById(ConnectionFile.Read(name)!.Pid).Kill();
            Engine.Until(() => s.state == StreamState.Lost, "the loss is noticed", 5);
            Stage.Require(Stage.Wrong(Stage.Seen(s.texture!), 1), "the last picture");
            var shown = s.framesShown;
            Engine.Until(() => s.framesShown > shown + 3, "the stream goes on", 60);
            Stage.Require(Math.Abs(Stage.Seen(s.texture!)[(220 * 256 + 128) * 4] - 191) <= 1, "it forgot what was directed");
            UnityEngine.Object.DestroyImmediate(s.gameObject);
            Process.GetProcessById(ConnectionFile.Read(name)!.Pid).Kill();
            return "went on";
        }

        /// <summary>After four ends in a row it is left alone, which is said; Open goes on.</summary>
        public static string DaemonEndsAgainAndAgain(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream("stream", x => { x.daemon = "doomed"; x.python = Python; });
            var name = "doomed-" + Process.GetCurrentProcess().Id;
            for (var ends = 0; ends < 4; ends++)
            {
                Stage.Require(s.lastError == null, "it gave up after " + ends + ": " + s.lastError);
                Engine.Until(() => s.state == StreamState.Playing, "it plays", 60);
                Process.GetProcessById(ConnectionFile.Read(name)!.Pid).Kill();
                Engine.Until(() => s.state == StreamState.Lost || s.state == StreamState.Failed, "the loss is noticed");
            }
            Engine.Until(() => s.state == StreamState.Failed, "it gives up", 30);
            var e = s.lastError!;
            Stage.Require(e.Code == ErrorCodes.DaemonGone && e.Message.Contains("4 times") && e.Hint.Contains("Open()") && e.Hint.Contains("dreambridge serve"), "said: " + e);
            Stage.Require(!s.isOpen, "it is still meant to run");
            s.Open();
            Engine.Until(() => s.state == StreamState.Playing, "it plays again", 60);
            UnityEngine.Object.DestroyImmediate(s.gameObject);
            Process.GetProcessById(ConnectionFile.Read(name)!.Pid).Kill();
            return "gave up";
        }

        /// <summary>Stays a while; the test runs two of these editors on one daemon.</summary>
        public static string OneOfTwoEditors(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream("stream", x => x.conditions.Add(new DreamSetting { name = "level", number = double.Parse(input, System.Globalization.CultureInfo.InvariantCulture) }));
            Stage.UntilShown(s, 60);
            var level = Stage.Seen(s.texture!)[(220 * 256 + 128) * 4];
            Stage.Require(s.state == StreamState.Playing || s.state == StreamState.Slowed, "it is " + s.state);
            return level.ToString();
        }

        /// <summary>It is said, and for so many seconds nothing else takes its place.</summary>
        private static void Expect(Action<DreamStream> set, string code, string message, string hint, double stays = 0)
        {
            Engine.Playing = true;
            var s = Stage.Stream("troubled", set);
            Engine.Until(() => s.lastError != null, code, 40);
            for (var end = Engine.RealTime + stays; Engine.RealTime < end; System.Threading.Thread.Sleep(5)) Engine.Tick();
            var e = s.lastError!;
            Stage.Require(e.Code == code && e.Message.Contains(message) && e.Hint.Contains(hint) && e.Hint.Length > 10, "said: " + e + " instead of " + code + ", " + message + ", " + hint);
            Stage.Require(Engine.Log.Any(l => l.level == "warning" && l.text.Contains(e.Message)), "the console does not say it");
            UnityEngine.Object.DestroyImmediate(s.gameObject);
        }
    }
}
