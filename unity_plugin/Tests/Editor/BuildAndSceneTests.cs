#nullable enable
using System.IO;
using Dreambridge.Editors;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Tests
{
    /// <summary>What needs the real editor and no daemon. Written for the Unity Test Framework; nobody has run them yet.</summary>
    public sealed class BuildAndSceneTests
    {
        [Test]
        public void PlatformsWithoutSharedFilesAreNamed()
        {
            Assert.IsNotNull(DreamBuildStep.Problem(BuildTarget.WebGL));
            Assert.IsNotNull(DreamBuildStep.Problem(BuildTarget.Android));
            Assert.IsNull(DreamBuildStep.Problem(BuildTarget.StandaloneLinux64));
            Assert.IsNull(DreamBuildStep.Problem(BuildTarget.StandaloneWindows64));
        }

        [Test]
        public void TheDaemonsFolderLiesBesideThePlayer()
        {
            var folder = DreamBuildStep.FolderBeside(Path.Combine("Builds", "My game", "Game.x86_64"));
            Assert.AreEqual("dreambridge", Path.GetFileName(folder));
            Assert.AreEqual("My game", Path.GetFileName(Path.GetDirectoryName(folder)!));
        }

        [Test]
        public void TheShaderIsThereAndCompiles()
        {
            var shader = Resources.Load<Shader>("Dreambridge/DreamPicture");
            Assert.IsNotNull(shader);
            Assert.IsTrue(shader!.isSupported, "Hidden/Dreambridge/Picture is not supported here");
        }

        [Test]
        public void AStreamInEditModeDoesNothingByItself()
        {
            var go = new GameObject("stream");
            var stream = go.AddComponent<DreamStream>();
            Assert.IsTrue(!stream.isOpen, "it runs without being asked");
            Assert.IsNull(stream.lastError);
            Object.DestroyImmediate(go);
        }

        [Test]
        public void EveryPropertyThatTheInspectorNamesExists()
        {
            var go = new GameObject("stream");
            var stream = new SerializedObject(new Object[] { go.AddComponent<DreamStream>() });
            foreach (var name in DreamStreamEditor.PropertyNames) Assert.IsNotNull(stream.FindProperty(name));
            Object.DestroyImmediate(go);
        }
    }
}
