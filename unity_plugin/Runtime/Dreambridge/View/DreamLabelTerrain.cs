#nullable enable
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>
    /// Terrains in the view. A terrain is no renderer that a command buffer could draw, so that its heights are drawn as a mesh of their own, which is
    /// made once and again when its heights change. Its trees (<see cref="DreamLabelTrees"/>) and details (<see cref="DreamLabelDetails"/>) are drawn too.
    /// </summary>
    internal sealed class DreamLabelTerrain
    {
#if DREAMBRIDGE_TERRAIN
        private const int MaxSide = 129;
        private const int SolidPass = 0, ColouredPass = 2;
        private static readonly int s_control = Shader.PropertyToID("_DreamControl");
        private static readonly int[] s_layers = { Shader.PropertyToID("_DreamLayer0"), Shader.PropertyToID("_DreamLayer1"), Shader.PropertyToID("_DreamLayer2"), Shader.PropertyToID("_DreamLayer3") };
        private static readonly int[] s_tiles = { Shader.PropertyToID("_DreamTile0"), Shader.PropertyToID("_DreamTile1"), Shader.PropertyToID("_DreamTile2"), Shader.PropertyToID("_DreamTile3") };
        private readonly List<(Terrain terrain, Mesh? mesh, Material? material, DreamLabelTrees trees, DreamLabelDetails details)> _terrains = new List<(Terrain, Mesh?, Material?, DreamLabelTrees, DreamLabelDetails)>();
        // To make one takes milliseconds: terrains that share their data share the mesh, and it is kept.
        private readonly Dictionary<TerrainData, Made> _made = new Dictionary<TerrainData, Made>();
        private readonly List<TerrainData> _gone = new List<TerrainData>();
        private bool _listens;

        internal int Count => _terrains.Count;

        internal int Drawn { get; private set; }

        /// <summary>Find the terrains, with their labels. <paramref name="again"/>: their shapes are read again too.</summary>
        internal void Collect(DreamPalette palette, string unlabelled, DreamLabelMaterials materials, bool again)
        {
            Listen(true);
            _terrains.Clear();
            foreach (var made in _made.Values) made.Used = false;
            var grass = palette.Details;
            foreach (var terrain in Terrain.activeTerrains)
            {
                var label = palette.Of(terrain.transform, null, unlabelled);
                if (!terrain.terrainData) continue;
                var made = Kept(terrain.terrainData, again);
                // Labels of prefabs may have changed, so that the kinds of trees are always looked at.
                var trees = new DreamLabelTrees(terrain.terrainData, palette, materials, made.Trees);
                made.Trees = trees;
                made.Details = new DreamLabelDetails(terrain.terrainData, palette, grass, materials, made.Details);
                if (label != null || trees.Count > 0 || made.Details.Any)
                    _terrains.Add((terrain, label == null ? null : made.Mesh, label == null ? null : made.Dress(label, terrain.terrainData, materials), trees, made.Details));
            }
            foreach (var (data, made) in _made)
                if (!made.Used) _gone.Add(data);
            foreach (var data in _gone) Forget(data);
            _gone.Clear();
        }

        /// <summary>Does a change of the labels of that object concern a terrain, or trees? A terrain that has gone is not drawn, whoever asks.</summary>
        internal bool Concerns(Transform changed)
        {
            if (changed.GetComponentInChildren<Terrain>(true)) return true;
            foreach (var (_, _, _, trees, details) in _terrains)
                if (trees.IsPrefab(changed.gameObject) || details.IsPrefab(changed.gameObject)) return true;
            return false;
        }

        internal void Record(CommandBuffer cmd, int mask, Vector3 eye, Plane[] planes)
        {
            Drawn = 0;
            foreach (var (terrain, mesh, material, trees, details) in _terrains)
            {
                if (!terrain || !terrain.isActiveAndEnabled || (mask & (1 << terrain.gameObject.layer)) == 0) continue;
                if (terrain.drawTreesAndFoliage)
                {
                    Drawn += trees.Record(cmd, terrain.transform.position, eye, terrain.treeDistance, planes);
                    Drawn += details.Record(cmd, terrain, eye, planes);
                }
                if (!mesh || !terrain.drawHeightmap) continue;
                // A terrain is never turned or scaled: only its place counts.
                var at = terrain.transform.position;
                var bounds = mesh!.bounds;
                bounds.center += at;
                if (!GeometryUtility.TestPlanesAABB(planes, bounds)) continue;
                cmd.DrawMesh(mesh, Matrix4x4.TRS(at, Quaternion.identity, new Vector3(1, 1, 1)), material!, 0, material!.GetTexture(s_control) ? ColouredPass : SolidPass);
                Drawn++;
            }
        }

        internal void Release()
        {
            Listen(false);
            foreach (var made in _made.Values) made.Release();
            _made.Clear();
            _terrains.Clear();
        }

        private void Listen(bool on)
        {
            if (_listens == on) return;
            _listens = on;
            TerrainCallbacks.heightmapChanged -= OnHeights;
            TerrainCallbacks.textureChanged -= OnTexture;
            if (!on) return;
            TerrainCallbacks.heightmapChanged += OnHeights;
            TerrainCallbacks.textureChanged += OnTexture;
        }

        private void OnHeights(Terrain terrain, RectInt heightRegion, bool synched) => Changed(terrain);

        private void OnTexture(Terrain terrain, string textureName, RectInt texelRegion, bool synched)
        {
            if (textureName == TerrainData.HolesTextureName) Changed(terrain);
        }

        private void Changed(Terrain terrain)
        {
            if (terrain && terrain.terrainData && _made.TryGetValue(terrain.terrainData, out var made)) made.Stale = true;
        }

        private Made Kept(TerrainData data, bool again)
        {
            if (_made.TryGetValue(data, out var made) && (made.Stale || !made.Size.Equals(data.size) || made.Resolution != data.heightmapResolution || (again && !made.Used)))
            {
                Forget(data);
                made = null;
            }
            if (made == null) _made.Add(data, made = new Made(MeshOf(data), data));
            if (again && !made.Used)
            {
                made.Trees = null;
                made.Details?.Release();
            }
            made.Used = true;
            return made;
        }

        private void Forget(TerrainData data)
        {
            _made[data].Release();
            _made.Remove(data);
        }

        private static void Destroy(Object mesh)
        {
            if (Application.isPlaying) Object.Destroy(mesh);
            else Object.DestroyImmediate(mesh);
        }

        private static Mesh MeshOf(TerrainData data)
        {
            var side = Mathf.Clamp(data.heightmapResolution, 2, MaxSide);
            var mesh = new Mesh { name = "Dream terrain", hideFlags = HideFlags.HideAndDontSave };
            mesh.vertices = Vertices(data, side);
            mesh.uv = Places(side);
            mesh.triangles = Triangles(data, side);
            mesh.RecalculateBounds();
            return mesh;
        }

        // A row of samples at a time: the whole of a large terrain is 64 MiB.
        private static Vector3[] Vertices(TerrainData data, int side)
        {
            var samples = data.heightmapResolution;
            var size = data.size;
            var vertices = new Vector3[side * side];
            for (var z = 0; z < side; z++)
            {
                var row = data.GetHeights(0, At(z, side - 1, samples - 1), samples, 1);
                for (var x = 0; x < side; x++)
                    vertices[z * side + x] = new Vector3(x / (side - 1f) * size.x, row[0, At(x, side - 1, samples - 1)] * size.y, z / (side - 1f) * size.z);
            }
            return vertices;
        }

        // 0 to 1 over the whole terrain, as its layers lie.
        private static Vector2[] Places(int side)
        {
            var places = new Vector2[side * side];
            for (var i = 0; i < places.Length; i++) places[i] = new Vector2(i % side / (side - 1f), i / side / (side - 1f));
            return places;
        }

        private static int[] Triangles(TerrainData data, int side)
        {
            var cells = data.holesResolution;
            var triangles = new int[(side - 1) * (side - 1) * 6];
            var count = 0;
            for (var z = 0; z < side - 1; z++)
            {
                var solid = cells > 0 ? data.GetHoles(0, Cell(z, side, cells), cells, 1) : null;
                for (var x = 0; x < side - 1; x++)
                {
                    if (solid != null && !solid[0, Cell(x, side, cells)]) continue;
                    var at = z * side + x;
                    triangles[count++] = at;
                    triangles[count++] = at + side;
                    triangles[count++] = at + side + 1;
                    triangles[count++] = at;
                    triangles[count++] = at + side + 1;
                    triangles[count++] = at + 1;
                }
            }
            if (count < triangles.Length) System.Array.Resize(ref triangles, count);
            return triangles;
        }

        private static int At(int step, int steps, int last) => (int)((long)step * last / steps);

        private static int Cell(int step, int side, int cells) => Mathf.Clamp((int)((step + 0.5f) / (side - 1) * cells), 0, cells - 1);

        private sealed class Made
        {
            internal readonly Mesh Mesh;
            internal readonly Vector3 Size;
            internal readonly int Resolution;
            internal bool Stale, Used;
            internal DreamLabelTrees? Trees;
            internal DreamLabelDetails? Details;
            private Material? _coloured;
            private ViewLabel? _of;

            internal Made(Mesh mesh, TerrainData of)
            {
                Mesh = mesh;
                Size = of.size;
                Resolution = of.heightmapResolution;
            }

            /// <summary>The material of that label; with the colours of the terrain's layers, where the view has colours.</summary>
            internal Material Dress(ViewLabel label, TerrainData data, DreamLabelMaterials materials)
            {
                if (!materials.Colours || data.alphamapTextureCount == 0) return materials.Solid(label);
                if (!_coloured || !ReferenceEquals(_of, label))
                {
                    if (_coloured) Destroy(_coloured!);
                    (_coloured, _of) = (materials.OfTerrain(label), label);
                }
                _coloured!.SetTexture(s_control, data.GetAlphamapTexture(0));
                var layers = data.terrainLayers;
                for (var i = 0; i < System.Math.Min(layers.Length, s_layers.Length); i++)
                {
                    if (!layers[i]) continue;
                    var (size, offset) = (layers[i].tileSize, layers[i].tileOffset);
                    if (size.x == 0 || size.y == 0) continue;
                    _coloured.SetTexture(s_layers[i], layers[i].diffuseTexture);
                    _coloured.SetVector(s_tiles[i], new Vector4(data.size.x / size.x, data.size.z / size.y, offset.x / size.x, offset.y / size.y));
                }
                return _coloured;
            }

            internal void Release()
            {
                Destroy(Mesh);
                if (_coloured) Destroy(_coloured!);
                Details?.Release();
            }
        }
#else
        internal int Count => 0;

        internal int Drawn => 0;

        internal void Collect(DreamPalette palette, string unlabelled, DreamLabelMaterials materials, bool again)
        {
        }

        internal bool Concerns(Transform changed) => false;

        internal void Record(CommandBuffer cmd, int mask, Vector3 eye, Plane[] planes)
        {
        }

        internal void Release()
        {
        }
#endif
    }
}
