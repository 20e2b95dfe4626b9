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

            var read = Pixels((RenderTexture)stream.texture!);
            // The bottom row of a picture is y = 0 in Unity: red and green marks on top, blue and yellow at the card's lower edge.
            Same(new Color32(255, 0, 0, 255), read, 4, 251);
            Same(new Color32(0, 255, 0, 255), read, 250, 251);
            Same(new Color32(0, 0, 255, 255), read, 4, 53);
            Same(new Color32(128, 128, 128, 255), read, 112, 143);
            Same(new Color32(200, 120, 80, 255), read, 16, 111);
            Same(new Color32(0, 255, 0, 128), read, 80, 79);
            Object.Destroy(read);
        }

        [UnityTest]
        public IEnumerator TheSceneArrivesAsLabelsAndDepth()
        {
            if (ConnectionFile.Read("default") == null) Assert.Ignore("no daemon runs: dreambridge serve");
            _go = new GameObject("stream");
            _go.SetActive(false);
            var stream = _go.AddComponent<DreamStream>();
            stream.bundle = "testcard";
            var camera = new GameObject("camera").AddComponent<Camera>();
            camera.transform.SetParent(_go.transform, false);
            // A wall at 10 of 40 metres that fills the right half of the picture.
            var wall = GameObject.CreatePrimitive(PrimitiveType.Quad);
            wall.transform.SetParent(_go.transform, false);
            wall.transform.localPosition = new Vector3(20, 0, 10);
            wall.transform.localScale = new Vector3(40, 40, 1);
            wall.AddComponent<DreamLabel>().label = "wall";
            var view = _go.AddComponent<DreamView>();
            view.viewCamera = camera;
            view.far = 40;
            _go.SetActive(true);
            var end = Time.realtimeSinceStartupAsDouble + 20;
            while (stream.frame.View == 0 && Time.realtimeSinceStartupAsDouble < end) yield return null;
            Assert.IsTrue(stream.frame.View > 0, "no frame over the view: " + stream.lastError + " " + view.lastError);
            yield return null;

            // The card shows the view at half its size: labels on the upper left, depth on the upper right. In Unity y = 0 is the lower edge.
            var read = Pixels((RenderTexture)stream.texture!);
            Same(Of(stream, "sky"), read, 20, 200);
            Same(Of(stream, "wall"), read, 110, 200);
            Color32 depth = read.GetPixel(128 + 110, 200);
            var has = DreamDepth.Unpack(depth.r << 16 | depth.g << 8 | depth.b);
            Assert.IsTrue(Mathf.Abs((float)has - 0.25f) < 0.01f, "the depth of the wall is " + has + ", not 0.25");
            Object.Destroy(read);
        }

        private static Color32 Of(DreamStream stream, string label)
        {
            foreach (var known in stream.info!.View!.Palette)
                if (known.Name == label) return new Color32(known.Red, known.Green, known.Blue, 255);
            return default;
        }

        private static Texture2D Pixels(RenderTexture shown)
        {
            var active = RenderTexture.active;
            RenderTexture.active = shown;
            var read = new Texture2D(shown.width, shown.height, TextureFormat.RGBA32, false, false);
            read.ReadPixels(new Rect(0, 0, shown.width, shown.height), 0, 0);
            RenderTexture.active = active;
            return read;
        }

        private static void Same(Color32 wanted, Texture2D read, int x, int y)
        {
            Color32 c = read.GetPixel(x, y);
            var far = Mathf.Max(Mathf.Max(Mathf.Abs(c.r - wanted.r), Mathf.Abs(c.g - wanted.g)), Mathf.Max(Mathf.Abs(c.b - wanted.b), Mathf.Abs(c.a - wanted.a)));
            Assert.IsTrue(far <= 1, "at " + x + ", " + y + " is " + c + ", not " + wanted);
        }
    }
}
