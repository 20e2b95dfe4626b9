#nullable enable
using System.Collections;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.TestTools;

namespace Dreambridge.Tests
{
    /// <summary>
    /// The real engine with a real daemon: start <c>dreambridge serve</c> first, else they are ignored. The test card's known pixels are
    /// read back. Written for the Unity Test Framework; nobody has run them yet.
    /// </summary>
    public sealed class StreamTests
    {
        private GameObject? _go;

        [TearDown]
        public void Away()
        {
            if (_go) Object.Destroy(_go);
        }

        [UnityTest]
        public IEnumerator TheTestCardIsUprightAndItsColoursAreExact()
        {
            if (ConnectionFile.Read("default") == null) Assert.Ignore("no daemon runs: dreambridge serve");
            _go = new GameObject("stream");
            _go.SetActive(false);
            var stream = _go.AddComponent<DreamStream>();
            stream.bundle = "testcard";
            _go.SetActive(true);
            var end = Time.realtimeSinceStartupAsDouble + 20;
            while (stream.framesShown < 3 && Time.realtimeSinceStartupAsDouble < end) yield return null;
            Assert.IsTrue(stream.framesShown >= 3, "no frames: " + stream.lastError);

            var shown = (RenderTexture)stream.texture!;
            var active = RenderTexture.active;
            RenderTexture.active = shown;
            var read = new Texture2D(shown.width, shown.height, TextureFormat.RGBA32, false, false);
            read.ReadPixels(new Rect(0, 0, shown.width, shown.height), 0, 0);
            RenderTexture.active = active;
            // The bottom row of a picture is y = 0 in Unity: red and green marks on top, blue and yellow at the card's lower edge.
            Same(new Color32(255, 0, 0, 255), read, 4, 251);
            Same(new Color32(0, 255, 0, 255), read, 250, 251);
            Same(new Color32(0, 0, 255, 255), read, 4, 53);
            Same(new Color32(128, 128, 128, 255), read, 112, 143);
            Same(new Color32(200, 120, 80, 255), read, 16, 111);
            Same(new Color32(0, 255, 0, 128), read, 80, 79);
            Object.Destroy(read);
        }

        private static void Same(Color32 wanted, Texture2D read, int x, int y)
        {
            Color32 c = read.GetPixel(x, y);
            var far = Mathf.Max(Mathf.Max(Mathf.Abs(c.r - wanted.r), Mathf.Abs(c.g - wanted.g)), Mathf.Max(Mathf.Abs(c.b - wanted.b), Mathf.Abs(c.a - wanted.a)));
            Assert.IsTrue(far <= 1, "at " + x + ", " + y + " is " + c + ", not " + wanted);
        }
    }
}
