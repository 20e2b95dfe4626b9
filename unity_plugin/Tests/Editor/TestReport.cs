#nullable enable
using System.Text;
using UnityEditor;
using UnityEditor.TestTools.TestRunner.Api;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge.Tests
{
    /// <summary>Runs the package's tests by one menu item, and copies a report that can be pasted into an issue: versions and results, no paths and no names.</summary>
    [InitializeOnLoad]
    public sealed class TestReport : ICallbacks
    {
        // Entering play mode reloads the scripts: what is known so far is kept for this session of the editor.
        private const string Key = "Dreambridge.TestReport", Left = "Dreambridge.TestReport.Left";

        static TestReport() => ScriptableObject.CreateInstance<TestRunnerApi>().RegisterCallbacks(new TestReport());

        /// <summary>All of them: those of the editor, then those of play mode. Of two kinds in one run the test framework 1.1 runs the first only.</summary>
        [MenuItem("Window/Dreambridge Tests/Run and Copy the Report")]
        public static void Run()
        {
            SessionState.SetString(Key, Head());
            SessionState.SetString(Left, "play mode");
            Execute(TestMode.EditMode, "Dreambridge.Tests.Editor");
        }

        private static void RunPlayMode() => Execute(TestMode.PlayMode, "Dreambridge.Tests.Runtime");

        private static void Execute(TestMode mode, string assembly) =>
            ScriptableObject.CreateInstance<TestRunnerApi>().Execute(new ExecutionSettings(new Filter { testMode = mode, assemblyNames = new[] { assembly } }));

        /// <inheritdoc/>
        public void RunStarted(ITestAdaptor testsToRun)
        {
        }

        /// <inheritdoc/>
        public void TestStarted(ITestAdaptor test)
        {
        }

        /// <inheritdoc/>
        public void TestFinished(ITestResultAdaptor result)
        {
            var before = SessionState.GetString(Key, "");
            if (before.Length == 0 || result.HasChildren) return;
            SessionState.SetString(Key, before + Line(result));
        }

        /// <inheritdoc/>
        public void RunFinished(ITestResultAdaptor result)
        {
            var report = SessionState.GetString(Key, "");
            if (report.Length == 0) return;
            if (SessionState.GetString(Left, "").Length > 0)
            {
                SessionState.SetString(Left, "");
                // The run that has ended still tidies up.
                EditorApplication.delayCall += RunPlayMode;
                return;
            }
            SessionState.SetString(Key, "");
            EditorGUIUtility.systemCopyBuffer = report;
            Debug.Log("Dreambridge: the report is in the clipboard. Paste it into an issue.\n" + report);
        }

        private static string Line(ITestResultAdaptor result)
        {
            var why = result.TestStatus == TestStatus.Passed ? "" : ": " + (result.Message ?? "").Replace('\n', ' ').Replace('|', '/');
            return "| " + result.Test.Name + " | " + result.TestStatus + why + " | " + (result.Duration * 1000).ToString("0") + " ms |\n";
        }

        private static string Head()
        {
            var pipeline = GraphicsSettings.currentRenderPipeline;
            var head = new StringBuilder();
            head.Append("Unity ").Append(Application.unityVersion).Append(", ").Append(Application.platform).Append(", ").Append(SystemInfo.graphicsDeviceType)
                .Append(", ").Append(pipeline ? pipeline!.GetType().Name : "Built-in").Append(", ").Append(QualitySettings.activeColorSpace).Append('\n');
            var daemon = ConnectionFile.Read("default");
            head.Append(daemon == null ? "no daemon" : "daemon " + daemon.Version + ", protocol " + daemon.Protocol).Append("\n\n| test | result | time |\n| --- | --- | --- |\n");
            return head.ToString();
        }
    }
}
