using System;
using System.Linq;
using FakeUnity;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    // The layers of a view beside label and depth: the bytes that lie in the ring.
    public static partial class Labelling
    {
        private const string Untouched = "80 8 0";

        private static string Bytes(Color32 c) => c.r.ToString("x") + " " + c.g.ToString("x") + " " + c.b.ToString("x");

        private static Material Painted(Color tint, Texture? texture = null)
        {
            var m = Engine.Asset(new Material(Engine.Asset(new Shader("Lit"))));
            m.SetColor(Shader.PropertyToID("_BaseColor"), tint);
            m.SetTexture(Shader.PropertyToID("_BaseMap"), texture);
            return m;
        }

        private static unsafe Texture2D Flat(byte r, byte g, byte b, bool linear = false, byte a = 255)
        {
            var t = Engine.Asset(new Texture2D(1, 1, TextureFormat.RGBA32, false, linear));
            var p = (byte*)t.GetRawTextureData<byte>().GetUnsafePtr();
            (p[0], p[1], p[2], p[3]) = (r, g, b, a);
            t.Apply(false);
            return t;
        }

        // The last picture, when nothing moves any more.
        private static Seen Quiet(DreamStream s, DreamView v)
        {
            for (var had = -1L; had != v.published;)
            {
                had = v.published;
                var captured = v.Captured;
                Engine.Until(() => v.Captured >= captured + 3, "pictures in which nothing moves; " + v.lastError);
            }
            return new Seen(s, v, s.View.Published);
        }

        // The first picture that shows the change: those without it are not sent.
        private static Seen Sent(DreamStream s, DreamView v, Action change)
        {
            Quiet(s, v);
            var before = v.published;
            change();
            Engine.Until(() => v.published > before, "a picture of what changed; " + v.lastError);
            return new Seen(s, v, s.View.Published);
        }

        private static (double right, double down) Motion(Seen seen, double x, double y)
        {
            var c = seen.Of(ViewLayers.Motion, x, y);
            return ViewLayers.UnpackMotion(c.r << 16 | c.g << 8 | c.b);
        }

        private static void Moved(Seen seen, double x, double y, double right, double down, string what)
        {
            var has = Motion(seen, x, y);
            // A step of the number is a sixteenth of a pixel.
            Stage.Require(Math.Abs(has.right - right) < 0.07 && Math.Abs(has.down - down) < 0.07, what + ": " + has + ", not " + right + ", " + down);
        }

        /// <summary>Colours of materials and textures, with labels and without, in both colour spaces and conventions.</summary>
        public static string LayerOfColours(string input)
        {
            Engine.Playing = true;
            foreach (var space in new[] { ColorSpace.Linear, ColorSpace.Gamma })
            {
                Engine.ColorSpace = space;
                Engine.UvStartsAtTop = space == ColorSpace.Linear;
                var s = Stage.Stream();
                Stage.UntilShown(s);
                var p = s.info!.View!.Palette;
                var eye = Eye();
                var v = View(s, eye, x => x.background = p[0].Name, true);
                var labelled = Box("labelled", new Vector3(-2, 2, 0), 2, p[1].Name);
                labelled.GetComponent<MeshRenderer>()!.sharedMaterial = Painted(new Color(0.8f, 0.4f, 0.2f, 1));
                var bare = Box("bare", new Vector3(1, 2, 0), 2);
                bare.GetComponent<MeshRenderer>()!.sharedMaterial = Painted(new Color(0.5f, 1, 0, 1), Flat(200, 100, 50));
                Box("left out", new Vector3(4, 2, 0), 2, "none").GetComponent<MeshRenderer>()!.sharedMaterial = Painted(Color.white);
                Engine.Until(() => v.published > 0 && s.frame.View > 0, "the first picture; " + v.lastError);
                Stage.Require(v.layers.SequenceEqual(s.info.View.Layers) && v.layers.SequenceEqual(ViewLayers.All), "the test card takes all layers: " + string.Join(", ", v.layers));
                var seen = After(s, v);
                var left = 0.5 - 3 / 11.547;
                Stage.Require(Bytes(seen.Of(ViewLayers.Colour, left, 0.5)) == "cc 66 33" && seen.Of(ViewLayers.Colour, left, 0.5).a == 255, space + ": the colour " + Bytes(seen.Of(ViewLayers.Colour, left, 0.5)));
                Stage.Require(seen.Of(ViewLayers.Label, left, 0.5).a == 255, "what has a label says so");
                seen.Is(left, 0.5, p[1], 10 / Far, "the labelled one");
                // The texture and the colour are multiplied as the game computes: in a linear project with decoded values.
                double Times(double texel, double tint) => space == ColorSpace.Gamma ? texel * tint : GpuImage.Encode(GpuImage.Decode(texel) * GpuImage.Decode(tint));
                var want = new Color32((byte)Math.Round(255 * Times(200 / 255.0, 0.5)), 100, 0, 255);
                var has = seen.Of(ViewLayers.Colour, 0.5, 0.5);
                Stage.Require(Math.Abs(has.r - want.r) <= 1 && Math.Abs(has.g - want.g) <= 1 && has.b == 0 && has.a == 255, space + ": the texture's colour " + has + ", not " + want);
                Stage.Require(seen.Of(ViewLayers.Label, 0.5, 0.5).a == 0, "what has no label has its colour alone");
                var behind = 0.5 + 3 / 11.547;
                Stage.Require(seen.Of(ViewLayers.Colour, behind, 0.5).a == 0 && seen.Of(ViewLayers.Label, behind, 0.5).a == 255, "what is left out is not drawn, and the background has a label but no colour");
                seen.Is(behind, 0.5, p[0], 1, "the background");
                Stage.Require(Bytes(seen.Of(ViewLayers.Normal, behind, 0.5)) == "80 80 80", "the background has no normal");

                // A sprite brings its colour itself; a terrain has those of its layers.
                UnityEngine.Object.DestroyImmediate(bare);
                var sprite = new GameObject("sprite");
                sprite.transform.position = new Vector3(1, 2, 0);
                sprite.AddComponent<SpriteRenderer>().sharedMaterial = Engine.DefaultMaterial();
                sprite.GetComponent<SpriteRenderer>()!.Wear(Flat(10, 20, 250), false);
                sprite.AddComponent<DreamLabel>().label = p[2].Name;
                Stage.Require(Bytes(After(s, v).Of(ViewLayers.Colour, 0.5, 0.5)) == "a 14 fa", "the sprite: " + Bytes(After(s, v).Of(ViewLayers.Colour, 0.5, 0.5)));
                var ground = new GameObject("ground");
                ground.transform.position = new Vector3(-49, 0, -20);
                var terrain = ground.AddComponent<Terrain>();
                terrain.terrainData = new TerrainData { Alphamaps = new[] { Flat(0, 255, 0, true, 0) } };
                terrain.terrainData.terrainLayers = new[] { new TerrainLayer { diffuseTexture = Flat(255, 0, 0) }, new TerrainLayer { diffuseTexture = Flat(90, 140, 60) } };
                v.Relabel();
                var land = After(s, v);
                Stage.Require(Bytes(land.Of(ViewLayers.Colour, 0.3, 0.9)) == "5a 8c 3c" && land.Of(ViewLayers.Label, 0.3, 0.9).a == 0, "the terrain's second layer: " + Bytes(land.Of(ViewLayers.Colour, 0.3, 0.9)));
                Engine.Clear();
                Engine.NoLeaks(space.ToString());
            }
            return "colours";
        }

        /// <summary>Normals of a mesh that has them, of one that has none, and of both sides; in perspective and without.</summary>
        public static string LayerOfNormals(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var p = s.info!.View!.Palette;
            var eye = Eye();
            var v = View(s, eye, x => x.background = p[0].Name, true);
            var quad = Box("quad", new Vector3(1, 2, 0), 4, p[1].Name);
            void Faces(double x, double y, double z, string what)
            {
                var c = After(s, v).Of(ViewLayers.Normal, 0.5, 0.5);
                var want = ViewLayers.PackNormal(x, y, z);
                Stage.Require(Math.Abs(c.r - (want >> 16)) <= 1 && Math.Abs(c.g - (want >> 8 & 255)) <= 1 && Math.Abs(c.b - (want & 255)) <= 1, what + ": " + Bytes(c) + ", not " + want.ToString("x6"));
            }
            Engine.Until(() => v.published > 0, "the first picture; " + v.lastError);
            Faces(0, 0, 1, "towards the camera");
            // To the right by 30 degrees: its front, which looks along -z, then looks to the left.
            quad.transform.rotation = Quaternion.Euler(0, 30, 0);
            Faces(-0.5, 0, Math.Sqrt(0.75), "turned");
            quad.transform.localScale = new Vector3(8, 4, 1);
            Faces(-0.5, 0, Math.Sqrt(0.75), "stretched");
            quad.transform.rotation = Quaternion.Euler(0, 210, 0);
            Faces(-0.5, 0, Math.Sqrt(0.75), "its back, which faces the camera");
            quad.transform.rotation = Quaternion.Euler(20, 0, 0);
            Faces(0, Math.Sin(20 * Math.PI / 180), Math.Cos(20 * Math.PI / 180), "leaning back");
            var mesh = Engine.Asset(new Mesh());
            mesh.vertices = new[] { new Vector3(-1, -1, 0), new Vector3(-1, 1, 0), new Vector3(1, 1, 0), new Vector3(1, -1, 0) };
            mesh.triangles = new[] { 0, 1, 2, 0, 2, 3 };
            // Bent to the upper left, as a smooth mesh has them.
            mesh.Normals = Enumerable.Repeat(new Vector3(-3, 4, -5), 4).ToArray();
            quad.transform.rotation = Quaternion.identity;
            quad.transform.localScale = new Vector3(2, 2, 2);
            quad.GetComponent<MeshFilter>()!.sharedMesh = mesh;
            Faces(-3, 4, 5, "the mesh's own");
            quad.transform.localScale = new Vector3(1, 2, 2);
            Faces(-6, 4, 5, "the mesh's own, narrowed: the other way round");
            eye.orthographic = true;
            Faces(-6, 4, 5, "an orthographic camera");
            return "normals";
        }

        /// <summary>The camera moves and turns; objects move, stand, come and are hidden; by pixels of the picture.</summary>
        public static string LayerOfMotion(string input)
        {
            Engine.Playing = true;
            foreach (var top in new[] { true, false })
            {
                Engine.UvStartsAtTop = top;
                var s = Stage.Stream();
                Stage.UntilShown(s);
                var p = s.info!.View!.Palette;
                var eye = Eye();
                var near = Box("near", new Vector3(1, 2, 0), 3, p[1].Name);
                var far = Box("far", new Vector3(1, 2, 10), 60, p[2].Name);
                // Half of the picture is the sky's.
                far.transform.position = new Vector3(31, 2, 10);
                var v = View(s, eye, x => x.background = p[0].Name, true);
                // Pixels for one unit to a side, at a distance of one: the picture has 256, and its half is 30 degrees high.
                var scale = 128 / Math.Tan(Math.PI / 6);
                Engine.Until(() => v.published > 0, "the first picture; " + v.lastError);
                var still = Sent(s, v, () => far.GetComponent<DreamLabel>()!.label = p[3].Name);
                Stage.Require(Bytes(still.Of(ViewLayers.Motion, 0.5, 0.5)) == Untouched && Bytes(still.Of(ViewLayers.Motion, 0.1, 0.5)) == Untouched, "nothing moves: " + Bytes(still.Of(ViewLayers.Motion, 0.5, 0.5)));
                var moved = Sent(s, v, () => near.transform.position = new Vector3(1.25f, 2.5f, 0));
                Moved(moved, 0.5, 0.45, 0.25 * scale / 10, -0.5 * scale / 10, "an object");
                Moved(moved, 0.9, 0.5, 0, 0, "what stands behind it");
                var after = Quiet(s, v);
                Stage.Require(Bytes(after.Of(ViewLayers.Motion, 0.5, 0.45)) == Untouched, "it stands again: " + Bytes(after.Of(ViewLayers.Motion, 0.5, 0.45)));
                moved = Sent(s, v, () => eye.transform.position = new Vector3(1.5f, 2, -10));
                Moved(moved, 0.5, 0.45, -0.5 * scale / 10, 0, "the camera goes to the right");
                Moved(moved, 0.9, 0.5, -0.5 * scale / 20, 0, "by half as much twice as far away");
                Moved(moved, 0.1, 0.5, 0, 0, "the sky stands");
                moved = Sent(s, v, () => eye.transform.rotation = Quaternion.Euler(0, 3, 0));
                // Of the sky, in the middle of its 26th column: from its angle, to where that was by three degrees more to the right.
                var now = 25.5 / 128 - 1;
                var then = Math.Tan(Math.Atan(now * 128 / scale) + 3 * Math.PI / 180) * scale / 128;
                Moved(moved, 0.1, 0.5, (now - then) * 128, 0, "the camera turns to the right: the sky");
                moved = Sent(s, v, () => Box("new", new Vector3(0, 2, -4), 1, p[4].Name));
                Stage.Require(double.IsNaN(Motion(moved, 0.3, 0.5).right) && Bytes(moved.Of(ViewLayers.Motion, 0.9, 0.5)) == Untouched, "what is new has an unknown motion");
                v.enabled = false;
                v.enabled = true;
                var again = v.published;
                Engine.Until(() => v.published > again, "after it was off");
                Stage.Require(double.IsNaN(Motion(new Seen(s, v, s.View.Published), 0.9, 0.5).right), "there is no picture before the first");
                Engine.Clear();
            }
            return "motion";
        }

        /// <summary>Only what the bundle takes and the view has is drawn, and attached.</summary>
        public static string LayersThatAreAskedFor(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var p = s.info!.View!.Palette;
            var v = View(s, Eye(), x => { x.background = p[0].Name; x.sendDepth = false; }, true);
            Box("box", new Vector3(1, 2, 0), 4, p[1].Name);
            Engine.Until(() => v.published > 0 && s.View.Layers == 4, "four layers; " + v.lastError);
            Stage.Require(v.layers.SequenceEqual(new[] { "label", "colour", "normal", "motion" }), string.Join(", ", v.layers));
            Stage.Require(Bytes(After(s, v).Of(ViewLayers.Normal, 0.5, 0.5)) == "80 80 ff", "each target has its own layer");
            v.sendDepth = true;
            Engine.Until(() => s.View.Layers == 5, "and depth");
            After(s, v).Is(0.5, 0.5, p[1], 10 / Far, "with depth");
            v.ownColours = false;
            Engine.Until(() => s.View.Layers == 2, "label and depth alone");
            v.ownColours = true;
            // Pictures of the game's own, of those that it has.
            var colours = Flat(9, 99, 199);
            var sent = v.published;
            v.colours = colours;
            Engine.Until(() => s.View.Layers == 1 && v.published > sent && s.frame.View == s.View.Published, "colours alone; " + v.lastError);
            Stage.Require(v.layers.SequenceEqual(new[] { "colour" }) && Bytes(new Seen(s, v).Of(ViewLayers.Colour, 0.5, 0.5)) == "9 63 c7", "its own colours");
            v.colours = null;

            // This bundle takes fewer.
            var other = Stage.Stream("other", x => x.bundle = input);
            v.stream = other;
            sent = v.published;
            Engine.Until(() => other.View.IsOpen && v.published > sent && other.frame.View > 0, "the other bundle's picture; " + v.lastError);
            Stage.Require(v.layers.SequenceEqual(other.info!.View!.Layers) && v.layers.Count < 5 && other.View.Layers == v.layers.Count, "of another bundle: " + string.Join(", ", v.layers));
            Stage.Require(Engine.Log.Count(l => l.text.Contains("does not take a game's own colours")) == 1, "nobody said that the colours are not taken");
            UnityEngine.Object.DestroyImmediate(colours);
            return string.Join(", ", v.layers);
        }
    }
}
