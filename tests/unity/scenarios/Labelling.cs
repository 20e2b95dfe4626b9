using System;
using System.Linq;
using System.Threading;
using FakeUnity;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.Rendering.HighDefinition;
using UnityEngine.Rendering.Universal;
using UnityEngine.Tilemaps;

namespace Dreambridge.EngineScenarios
{
    /// <summary>A scene's labels and depth, drawn by a camera in each pipeline; the test card shows the bytes that arrived.</summary>
    public static partial class Labelling
    {
        private const float Far = 50;

        private static DreamView View(DreamStream s, Camera camera, Action<DreamView>? more = null, bool colours = false)
        {
            var go = new GameObject("view");
            go.SetActive(false);
            var v = go.AddComponent<DreamView>();
            v.stream = s;
            v.viewCamera = camera;
            v.far = Far;
            v.rate = 60;
            v.ownColours = colours;
            more?.Invoke(v);
            go.SetActive(true);
            return v;
        }

        private static GameObject Box(string name, Vector3 at, float size, string label = "", PrimitiveType type = PrimitiveType.Quad)
        {
            var go = GameObject.CreatePrimitive(type);
            go.name = name;
            go.transform.position = at;
            go.transform.localScale = new Vector3(size, size, size);
            if (label.Length > 0) go.AddComponent<DreamLabel>().label = label;
            return go;
        }

        private static Camera Eye()
        {
            var camera = new GameObject("camera").AddComponent<Camera>();
            camera.transform.position = new Vector3(1, 2, -10);
            camera.aspect = 16f / 9; // of the screen, not of the view
            return camera;
        }

        // A picture that is taken after this call, whether or not it differs from the last one, is in the frame that is looked at.
        private static Seen After(DreamStream s, DreamView v)
        {
            var before = v.Captured;
            Engine.Until(() => v.Captured >= before + 2 && s.frame.View == v.published, "the next picture; " + v.lastError);
            Engine.Tick();
            return new Seen(s, v);
        }

        /// <summary>The same scene in Built-in, URP and HDRP, with the feature and without, in both colour spaces and conventions.</summary>
        public static string LabelsInEachPipeline(string input)
        {
            Engine.Playing = true;
            var cases = 0;
            foreach (var pipeline in new[] { "Built-in", "URP with feature", "URP in compatibility mode, with feature", "URP without", "HDRP with pass", "HDRP without" })
            foreach (var top in new[] { true, false })
            {
                Engine.ColorSpace = cases % 2 == 0 ? ColorSpace.Linear : ColorSpace.Gamma;
                Engine.UvStartsAtTop = top;
                Engine.Pipeline = Pipeline(pipeline);
                var what = pipeline + ", v from the " + (top ? "top" : "bottom");
                var s = Stage.Stream();
                Stage.UntilShown(s);
                var palette = s.info!.View!.Palette;
                ViewLabel Named(string n) => palette.First(l => l.Name == n);
                var eye = Eye();
                // Nearer, and to the upper left of the middle; behind it a wall that fills the picture's right half.
                Box("near", new Vector3(-1, 4, 0), 2, palette[1].Name);
                var wall = Box("wall", new Vector3(11, 2, 15), 20, palette[2].Name);
                Box("unlabelled", new Vector3(1, 2, -5), 1);
                var v = View(s, eye, x => x.background = palette[0].Name);
                Engine.Until(() => v.published > 0 && s.frame.View > 0, "a painted view, " + what + "; " + v.lastError);
                Engine.Tick();
                var seen = new Seen(s, v);
                seen.Is(0.02, 0.8, palette[0], 1, what + ", background");
                seen.Is(0.9, 0.5, Named(wall.GetComponent<DreamLabel>()!.label), 25 / Far, what + ", wall");
                // 2 to the left and 2 up at a distance of 10, with half a height of 5.77: 0.5 - 2 / 11.55.
                seen.Is(0.5 - 2 / 11.547, 0.5 - 2 / 11.547, palette[1], 10 / Far, what + ", near");
                seen.Is(0.52, 0.5, palette[2], 25 / Far, what + ", behind what has no label");
                Stage.Require(v.labelled == 2 && v.latencyMs > 0 && v.travelMs > 0, "figures: " + v.labelled + " labelled, " + v.latencyMs + " ms");
                Stage.Require(RenderTexture.active == null, "RenderTexture.active was left changed");
                Engine.Clear();
                Stage.Require(RenderPipelineManager.Listeners == 0, "it still listens to the pipeline, " + what);
                Engine.NoLeaks(what);
                cases++;
            }
            Engine.Pipeline = null;
            GraphicsSettings.Kept.Clear();
            return cases + " cases";
        }

        private static RenderPipelineAsset? Pipeline(string name)
        {
            if (name.StartsWith("URP", StringComparison.Ordinal))
            {
                GraphicsSettings.Kept[typeof(RenderGraphSettings)] = new RenderGraphSettings { enableRenderCompatibilityMode = name.Contains("compatibility") };
                var urp = Engine.Asset(ScriptableObject.CreateInstance<UniversalRenderPipelineAsset>());
                if (name.EndsWith("feature", StringComparison.Ordinal))
                {
                    var feature = Engine.Asset(ScriptableObject.CreateInstance<Dreambridge.Pipelines.DreamLabelFeature>());
                    feature.Create();
                    urp.Features.Add(feature);
                }
                return urp;
            }
            if (!name.StartsWith("HDRP", StringComparison.Ordinal)) return null;
            var hdrp = Engine.Asset(ScriptableObject.CreateInstance<HDRenderPipelineAsset>());
            if (name.EndsWith("pass", StringComparison.Ordinal)) hdrp.Passes.Add(new Dreambridge.Pipelines.DreamLabelPass());
            return hdrp;
        }

        /// <summary>Component, ancestor, tag, layer, material, "none", a list, a misspelt one; and what changes while it runs.</summary>
        public static string LabelsOfObjects(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var p = s.info!.View!.Palette;
            var eye = Eye();
            GameObject.Tags.Add("Tree");
            var thing = Box("thing", new Vector3(1, 2, 0), 30);
            var parent = new GameObject("parent");
            var v = View(s, eye, x =>
            {
                x.background = p[0].Name;
                x.rules.Add(new DreamLabelRule { tag = "Tree", label = p[1].Name });
                x.rules.Add(new DreamLabelRule { layer = 9, label = p[2].Name });
                x.rules.Add(new DreamLabelRule { tag = "WasRemoved", label = p[3].Name });
            });
            void Shows(ViewLabel label, string what)
            {
                v.Relabel();
                After(s, v).Is(0.5, 0.5, label, -1, what);
            }
            Engine.Until(() => v.published > 0 && s.frame.View > 0, "the first picture; " + v.lastError);
            new Seen(s, v).Is(0.5, 0.5, p[0], 1, "without a label it is not in the view");
            thing.tag = "Tree";
            Shows(p[1], "by its tag");
            thing.tag = "Untagged";
            thing.layer = 9;
            Shows(p[2], "by its layer");
            thing.layer = 0;
            var label = parent.AddComponent<DreamLabel>();
            label.label = p[3].Name;
            thing.transform.SetParent(parent.transform, true);
            Shows(p[3], "by its parent");
            var own = thing.AddComponent<DreamLabel>();
            own.label = "no such/" + p[4].Name;
            After(s, v).Is(0.5, 0.5, p[4], -1, "its own, the first that the palette has, without being told to look");
            own.materials.Add(new DreamMaterialLabel { material = thing.GetComponent<MeshRenderer>()!.sharedMaterial, label = p[5].Name });
            Shows(p[5], "by its material");
            own.materials.Clear();
            own.label = "none";
            Shows(p[0], "none");
            own.label = "wal";
            After(s, v);
            v.Relabel();
            After(s, v);
            Stage.Require(Engine.Log.Count(l => l.level == "warning" && l.text.Contains("the label wal,") && l.text.Contains(p[0].Name)) == 1, "a misspelt label is told of once");
            UnityEngine.Object.DestroyImmediate(own);
            v.unlabelled = p[1].Name;
            UnityEngine.Object.DestroyImmediate(label);
            After(s, v).Is(0.5, 0.5, p[1], -1, "the label of those that have none");
            eye.cullingMask = ~1;
            After(s, v).Is(0.5, 0.5, p[0], -1, "the camera's culling mask");
            eye.cullingMask = -1;
            thing.GetComponent<MeshRenderer>()!.enabled = false;
            Shows(p[0], "a renderer that is off");
            Stage.Require(thing.GetComponent<MeshRenderer>()!.Block.Count == 0, "a property block of the game changed");
            return "labels";
        }

        /// <summary>Alpha-cut and transparent materials, sprites, tilemaps, skinned meshes, terrain with holes, levels of detail, particles.</summary>
        public static string LabelsOfEverything(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var p = s.info!.View!.Palette;
            var eye = Eye();
            var v = View(s, eye, x => x.background = p[0].Name);
            GameObject With<T>(string name, Vector3 at, float size, int label) where T : Renderer
            {
                var go = new GameObject(name);
                go.transform.position = at;
                go.transform.localScale = new Vector3(size, size, size);
                go.AddComponent<T>().sharedMaterial = Engine.DefaultMaterial();
                if (label >= 0) go.AddComponent<DreamLabel>().label = p[label].Name;
                return go;
            }
            void Only(GameObject go, Action<Seen> look)
            {
                look(After(s, v));
                UnityEngine.Object.DestroyImmediate(go);
                After(s, v).Is(0.5, 0.5, p[0], 1, go is null ? "" : "it is gone");
            }
            Engine.Until(() => v.published > 0, "the first picture; " + v.lastError);

            // The left half of the texture is clear.
            var half = Half();
            foreach (var (keyword, queue, property) in new[] { ("_ALPHATEST_ON", 2450, "_BaseMap"), ("", 3000, "_MainTex") })
            {
                var leaf = Box("leaf", new Vector3(1, 2, 0), 8, p[1].Name);
                var m = Engine.Asset(new Material(Engine.Asset(new Shader("Lit"))));
                if (keyword.Length > 0) m.EnableKeyword(keyword);
                m.renderQueue = queue;
                m.SetTexture(Shader.PropertyToID(property), half);
                m.SetFloat(Shader.PropertyToID("_Cutoff"), 0.3f);
                leaf.GetComponent<MeshRenderer>()!.sharedMaterial = m;
                Only(leaf, seen => { seen.Is(0.55, 0.5, p[1], 10 / Far, "the leaf"); seen.Is(0.45, 0.5, p[0], 1, "what is cut out"); });
            }

            var sprite = With<SpriteRenderer>("sprite", new Vector3(1, 2, 0), 8, 2);
            sprite.GetComponent<SpriteRenderer>()!.Wear(half, false);
            var over = With<TilemapRenderer>("tiles", new Vector3(1, 2, 0), 2, 3);
            over.GetComponent<TilemapRenderer>()!.sortingOrder = 1;
            var seenBoth = After(s, v);
            seenBoth.Is(0.62, 0.5, p[2], 10 / Far, "the sprite");
            seenBoth.Is(0.38, 0.5, p[0], 1, "its clear half");
            seenBoth.Is(0.5, 0.5, p[3], 10 / Far, "what its order puts over it");
            over.GetComponent<TilemapRenderer>()!.sortingOrder = -1;
            sprite.GetComponent<SpriteRenderer>()!.Wear(half, true);
            v.Relabel();
            After(s, v).Is(0.45, 0.5, p[2], 10 / Far, "the sprite, turned over, over the tiles");
            UnityEngine.Object.DestroyImmediate(over);
            Only(sprite, _ => { });

            var body = With<SkinnedMeshRenderer>("body", new Vector3(1, 2, 0), 4, 4);
            body.GetComponent<SkinnedMeshRenderer>()!.sharedMesh = Mesh.Primitive(PrimitiveType.Quad);
            After(s, v).Is(0.5, 0.5, p[4], 10 / Far, "a skinned mesh");
            body.GetComponent<SkinnedMeshRenderer>()!.Bent = new Vector3(0.8f, 0, 0);
            Only(body, seen => { seen.Is(0.5, 0.5, p[0], 1, "where it was"); seen.Is(0.5 + 3.2 / 11.547, 0.5, p[4], 10 / Far, "where its bones moved it"); });

            var detailed = Box("levels", new Vector3(1, 2, 0), 4, p[1].Name);
            detailed.AddComponent<LODGroup>();
            detailed.GetComponent<MeshRenderer>()!.Seen = false;
            After(s, v).Is(0.5, 0.5, p[0], 1, "a level of detail that is not shown");
            UnityEngine.Object.DestroyImmediate(detailed);

            var smoke = With<ParticleSystemRenderer>("smoke", new Vector3(1, 2, 0), 4, -1);
            v.unlabelled = p[1].Name;
            After(s, v).Is(0.5, 0.5, p[0], 1, "particles without a label of their own");
            smoke.AddComponent<DreamLabel>().label = p[5].Name;
            After(s, v).Is(0.5, 0.5, p[5], 10 / Far, "particles with one");
            v.unlabelled = "none";
            UnityEngine.Object.DestroyImmediate(smoke);

            var ground = new GameObject("ground");
            ground.transform.position = new Vector3(-49, 0, -20);
            var terrain = ground.AddComponent<Terrain>();
            terrain.terrainData = new TerrainData { Height = (x, z) => z > 0.7f ? 12 : 0, Hole = (x, z) => z < 9 && x > 15 };
            ground.AddComponent<DreamLabel>().label = p[3].Name;
            var land = After(s, v);
            land.Is(0.5, 0.45, p[3], -1, "a hill");
            land.Is(0.3, 0.8, p[3], -1, "the ground");
            land.Is(0.7, 0.86, p[0], 1, "a hole in it");
            eye.cullingMask = 2;
            After(s, v).Is(0.3, 0.8, p[0], 1, "the camera's culling mask");
            eye.cullingMask = -1;

            // A tree in front of all, without a label of its own; then one whose prefab has one, and levels of detail.
            GameObject Prefab(PrimitiveType type)
            {
                var prefab = Box("prefab", new Vector3(0, 0, 0), 1, "", type);
                prefab.SetActive(false);
                return prefab;
            }
            var plain = Prefab(PrimitiveType.Quad);
            var spruce = new GameObject("spruce");
            spruce.SetActive(false);
            spruce.AddComponent<DreamLabel>().label = p[5].Name;
            // Its mesh is half as large, and a quarter to the right of its foot; the renderer has more materials than the mesh has parts.
            var far = Prefab(PrimitiveType.Quad);
            far.transform.SetParent(spruce.transform, false);
            far.transform.localPosition = new Vector3(0.25f, 0, 0);
            far.transform.localScale = new Vector3(0.5f, 0.5f, 0.5f);
            far.GetComponent<MeshRenderer>()!.sharedMaterials = new Material?[] { Engine.DefaultMaterial(), Engine.DefaultMaterial() };
            spruce.AddComponent<LODGroup>().Levels = new[] { new LOD { renderers = new Renderer[] { far.GetComponent<MeshRenderer>()! } } };
            var data = terrain.terrainData;
            data.treePrototypes = new[] { new TreePrototype { prefab = plain }, new TreePrototype { prefab = spruce } };
            // The eye is at 1, 2, -10; the terrain begins at -49, 0, -20 and is 100 x 20 x 100 large.
            TreeInstance Tree(int kind, float x) => new TreeInstance { position = new Vector3((x + 49) / 100, 0.1f, 0.2f), widthScale = 4, heightScale = 4, prototypeIndex = kind };
            data.Trees = new[] { Tree(0, -2), Tree(1, 3), Tree(7, 0) };
            v.Relabel();
            var wood = After(s, v);
            wood.Is(0.5 - 3 / 11.547, 0.5, p.First(l => l.Name == "plant"), 10 / Far, "a tree");
            wood.Is(0.5 + 3.5 / 11.547, 0.5, p[5], 10 / Far, "a tree whose prefab has a label");
            wood.Is(0.5 + 1.5 / 11.547, 0.5, p[3], -1, "beside its mesh");
            spruce.GetComponent<DreamLabel>()!.label = p[4].Name;
            After(s, v).Is(0.5 + 3.5 / 11.547, 0.5, p[4], 10 / Far, "another label of the prefab");
            var reads = data.TreeReads;
            terrain.treeDistance = 5;
            After(s, v).Is(0.5 - 3 / 11.547, 0.5, p[3], -1, "a tree that is too far");
            terrain.treeDistance = 5000;
            terrain.drawTreesAndFoliage = false;
            After(s, v).Is(0.5 - 3 / 11.547, 0.5, p[3], -1, "trees that the game does not draw");
            Stage.Require(data.TreeReads == reads, "all trees are copied again and again");
            data.Trees = Array.Empty<TreeInstance>();
            terrain.drawTreesAndFoliage = true;
            Engine.Until(() => { After(s, v); return true; }, "felled");
            foreach (var prefab in new[] { plain, spruce, far }) UnityEngine.Object.DestroyImmediate(prefab);
            data.treePrototypes = Array.Empty<TreePrototype>();
            v.Relabel();

            // Grass of a texture whose left half is clear, which crosses with itself; and pebbles of a mesh.
            var pebble = Prefab(PrimitiveType.Quad);
            data.detailPrototypes = new[] { new DetailPrototype { prototypeTexture = half }, new DetailPrototype { usePrototypeMesh = true, prototype = pebble } };
            DetailInstanceTransform Detail(float x, float wide) => new DetailInstanceTransform { posX = x + 49, posY = 1, posZ = 20, scaleXZ = wide, scaleY = 2 };
            data.Details = kind => kind == 0 ? new[] { Detail(-2, 4) } : new[] { Detail(4, 2) };
            // Patches are asked for by and by.
            Seen Grown()
            {
                v.Relabel();
                for (var had = -1; had != data.DetailReads;)
                {
                    had = data.DetailReads;
                    After(s, v);
                }
                return After(s, v);
            }
            var meadow = Grown();
            var plant = p.First(l => l.Name == "plant");
            meadow.Is(0.5 - 2 / 11.547, 0.5, plant, 10 / Far, "the right half of a tuft");
            meadow.Is(0.5 - 4.2 / 11.547, 0.5, p[3], -1, "the left half, which its texture cuts out");
            meadow.Is(0.5 - 2 / 11.547, 0.5 - 1.2 / 11.547, p[3], -1, "above the tuft");
            meadow.Is(0.5 + 3 / 11.547, 0.55, plant, 10 / Far, "a pebble, without a label of its own");
            pebble.AddComponent<DreamLabel>().label = p[5].Name;
            After(s, v).Is(0.5 + 3 / 11.547, 0.55, p[5], 10 / Far, "a pebble with a label");
            var detailReads = data.DetailReads;
            Stage.Require(detailReads > 0 && detailReads <= 2 * 100, "patches were asked for " + detailReads + " times");
            terrain.detailObjectDistance = 5;
            After(s, v).Is(0.5 - 2 / 11.547, 0.5, p[3], -1, "a tuft that is too far");
            terrain.detailObjectDistance = 80;
            After(s, v).Is(0.5 - 2 / 11.547, 0.5, plant, 10 / Far, "near enough again");
            Stage.Require(data.DetailReads == detailReads, "patches are asked for again and again");
            terrain.detailObjectDensity = 0;
            Grown().Is(0.5 - 2 / 11.547, 0.5, p[3], -1, "no density");
            terrain.detailObjectDensity = 1;
            v.details = p[1].Name;
            Grown().Is(0.5 - 2 / 11.547, 0.5, p[1], 10 / Far, "another label of details");
            v.details = "none";
            var bare = Grown();
            bare.Is(0.5 - 2 / 11.547, 0.5, p[3], -1, "no details");
            bare.Is(0.5 + 3 / 11.547, 0.55, p[5], 10 / Far, "but those with a label of their own");
            terrain.drawTreesAndFoliage = false;
            After(s, v).Is(0.5 + 3 / 11.547, 0.55, p[3], -1, "details that the game does not draw");
            terrain.drawTreesAndFoliage = true;
            data.detailPrototypes = Array.Empty<DetailPrototype>();
            v.Relabel();
            After(s, v);
            UnityEngine.Object.DestroyImmediate(pebble);

            // A camera that does not draw: nothing is waited for, and it goes on.
            eye.enabled = false;
            var sent = v.published;
            var end = Engine.RealTime + 1.5;
            while (Engine.RealTime < end) { Engine.Tick(); Thread.Sleep(5); }
            Stage.Require(v.published == sent, "something was drawn by a camera that is off");
            eye.enabled = true;
            After(s, v).Is(0.3, 0.8, p[3], -1, "the camera draws again");
            UnityEngine.Object.DestroyImmediate(half);
            return "everything";
        }

        private static unsafe Texture2D Half()
        {
            var t = Engine.Asset(new Texture2D(2, 1, TextureFormat.RGBA32, false, false));
            var p = (byte*)t.GetRawTextureData<byte>().GetUnsafePtr();
            for (var i = 0; i < 8; i++) p[i] = (byte)(i == 3 ? 0 : 255);
            t.Apply(false);
            return t;
        }
    }
}
