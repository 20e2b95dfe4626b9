using System;
using System.Collections.Generic;
using UnityEngine;

namespace UnityEditor.TestTools.TestRunner.Api
{
    [Flags] public enum TestMode { EditMode = 1, PlayMode = 2 }
    public enum TestStatus { Inconclusive, Skipped, Passed, Failed }

    public interface ITestAdaptor { string Name { get; } }

    public interface ITestResultAdaptor
    {
        ITestAdaptor Test { get; }
        TestStatus TestStatus { get; }
        string? Message { get; }
        double Duration { get; }
        bool HasChildren { get; }
    }

    public interface ICallbacks
    {
        void RunStarted(ITestAdaptor testsToRun);
        void RunFinished(ITestResultAdaptor result);
        void TestStarted(ITestAdaptor test);
        void TestFinished(ITestResultAdaptor result);
    }

    public class Filter
    {
        public TestMode testMode;
        public string[]? assemblyNames;
    }

    public class ExecutionSettings
    {
        public ExecutionSettings(params Filter[] filtersToExecute) => filters = filtersToExecute;
        public Filter[] filters;
    }

    /// <summary>Runs nothing: a scenario says what the tests' results are.</summary>
    public class TestRunnerApi : ScriptableObject
    {
        public static readonly List<ICallbacks> Callbacks = new List<ICallbacks>();
        public static ExecutionSettings? Executed;
        public void RegisterCallbacks<T>(T testCallbacks, int priority = 0) where T : ICallbacks => Callbacks.Add(testCallbacks);
        public string Execute(ExecutionSettings executionSettings) { Executed = executionSettings; return ""; }
    }
}
