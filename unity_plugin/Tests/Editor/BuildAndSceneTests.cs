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
        public void TheShadersAreThereAndCompile()
        {
            foreach (var name in new[] { "Dreambridge/DreamPicture", "Dreambridge/DreamLabel" })
            {
                var shader = Resources.Load<Shader>(name);
                Assert.IsNotNull(shader);
                Assert.IsTrue(shader!.isSupported, name + " is not supported here");
            }
        }

        [Test]
        public void TheMenuMakesAStreamInACanvas()
        {
            DreamMenu.StreamOnARawImage(new MenuCommand(null));
            var made = Selection.activeGameObject!;
            Assert.IsNotNull(made.GetComponent<DreamStream>()!.targetImage);
            Assert.IsNotNull(made.GetComponentInParent<Canvas>());
            Object.DestroyImmediate(made);
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
