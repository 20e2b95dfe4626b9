using System;
using System.Collections.Generic;
using System.Linq;
using FakeUnity;

namespace UnityEngine
{
    [Serializable]
    public struct Bounds
    {
        public Bounds(Vector3 center, Vector3 size) { this.center = center; this.size = size; }
        public Vector3 center { get; set; }
        public Vector3 size { get; set; }
    }

    public struct Plane
    {
        internal Vector4 Equation;
    }

    public sealed class GeometryUtility
    {
        public static void CalculateFrustumPlanes(Matrix4x4 worldToProjectionMatrix, Plane[] planes)
        {
            if (planes.Length != 6) throw new ArgumentException("Planes array must be of length 6.");
            var m = worldToProjectionMatrix;
            Vector4 Row(int sign, float a, float b, float c, float d) => new Vector4(m.m30 + sign * a, m.m31 + sign * b, m.m32 + sign * c, m.m33 + sign * d);
            for (var i = 0; i < 6; i++)
            {
                var sign = i % 2 == 0 ? 1 : -1;
                planes[i].Equation = i < 2 ? Row(sign, m.m00, m.m01, m.m02, m.m03) : i < 4 ? Row(sign, m.m10, m.m11, m.m12, m.m13) : Row(sign, m.m20, m.m21, m.m22, m.m23);
            }
        }

        public static bool TestPlanesAABB(Plane[] planes, Bounds bounds)
        {
            foreach (var p in planes)
            {
                var e = p.Equation;
                var reach = Math.Abs(e.x) * bounds.size.x / 2 + Math.Abs(e.y) * bounds.size.y / 2 + Math.Abs(e.z) * bounds.size.z / 2;
                if (e.x * bounds.center.x + e.y * bounds.center.y + e.z * bounds.center.z + e.w < -reach) return false;
            }
            return true;
        }
    }

    public sealed class Mesh : Object
    {
        private Vector3[] _vertices = Array.Empty<Vector3>();
        internal List<int[]> Parts = new List<int[]>();
        internal Vector2[] Uv = Array.Empty<Vector2>();
        internal Vector3[] Normals = Array.Empty<Vector3>();
        public Mesh() => Engine.Made(this);
        public Vector3[] vertices { get { Engine.Use(this, nameof(vertices)); return _vertices; } set { Engine.Use(this, nameof(vertices)); _vertices = value; } }
        public Vector2[] uv { get { Engine.Use(this, nameof(uv)); return Uv; } set { Engine.Use(this, nameof(uv)); Uv = value; } }

        public int[] triangles
        {
            get => Parts.SelectMany(p => p).ToArray();
            set
            {
                Engine.Use(this, nameof(triangles));
                if (value.Any(i => i < 0 || i >= _vertices.Length)) throw new EngineError("Failed setting triangles. Some indices are referencing out of bounds vertices.");
                if (_vertices.Length > 65535) throw new EngineError("a mesh of 16-bit indices has too many vertices");
                Parts = new List<int[]> { value };
                RecalculateBounds();
            }
        }

        public Bounds bounds { get; set; }
        public int subMeshCount { get { Engine.Use(this, nameof(subMeshCount)); return Parts.Count; } }

        public void RecalculateBounds()
        {
            if (_vertices.Length == 0) return;
            Vector3 low = _vertices[0], high = low;
            foreach (var v in _vertices)
            {
                low = new Vector3(Math.Min(low.x, v.x), Math.Min(low.y, v.y), Math.Min(low.z, v.z));
                high = new Vector3(Math.Max(high.x, v.x), Math.Max(high.y, v.y), Math.Max(high.z, v.z));
            }
            bounds = new Bounds((low + high) * 0.5f, high - low);
        }

        private static readonly Dictionary<PrimitiveType, Mesh> s_primitives = new Dictionary<PrimitiveType, Mesh>();

        /// <summary>A quad looks along -z and is one metre wide, as the engine's own; a cube is one metre.</summary>
        internal static Mesh Primitive(PrimitiveType type)
        {
            if (s_primitives.TryGetValue(type, out var known) && known) return known;
            var m = Engine.Asset(new Mesh());
            const float h = 0.5f;
            if (type == PrimitiveType.Cube)
            {
                m._vertices = Enumerable.Range(0, 8).Select(i => new Vector3((i & 1) - h, (i >> 1 & 1) - h, (i >> 2) - h)).ToArray();
                m.Parts.Add(new[] { 0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5 });
            }
            else
            {
                m._vertices = new[] { new Vector3(-h, -h, 0), new Vector3(h, -h, 0), new Vector3(-h, h, 0), new Vector3(h, h, 0) };
                m.Uv = new[] { new Vector2(0, 0), new Vector2(1, 0), new Vector2(0, 1), new Vector2(1, 1) };
                m.Parts.Add(new[] { 0, 2, 1, 1, 2, 3 });
            }
            m.RecalculateBounds();
            return s_primitives[type] = m;
        }
    }

    public sealed class MeshFilter : Component
    {
        private Mesh? _mesh;
        public Mesh? sharedMesh { get { Engine.Use(this, nameof(sharedMesh)); return _mesh; } set { Engine.Use(this, nameof(sharedMesh)); _mesh = value; } }
    }

    public class MeshRenderer : Renderer
    {
        internal override Mesh? Shape => Owner!.Parts.OfType<MeshFilter>().FirstOrDefault()?.sharedMesh;
    }

    public class SkinnedMeshRenderer : Renderer
    {
        private Mesh? _mesh;
        /// <summary>Where the bones have put the vertices in this tick.</summary>
        internal Vector3 Bent;
        internal override Mesh? Shape => _mesh;
        internal override Vector3 Skinned => Bent;
        public Mesh? sharedMesh { get { Engine.Use(this, nameof(sharedMesh)); return _mesh; } set { Engine.Use(this, nameof(sharedMesh)); _mesh = value; } }
    }

    /// <summary>Its own property block carries the sprite's texture, and its flip.</summary>
    public sealed class SpriteRenderer : Renderer
    {
        internal override Mesh? Shape => Mesh.Primitive(PrimitiveType.Quad);
        internal void Wear(Texture texture, bool flip)
        {
            Block.Set(Engine.PropertyId("_MainTex"), texture);
            Block.Set(Engine.PropertyId("_Flip"), new Vector4(flip ? -1 : 1, 1, 1, 1));
        }
    }

    public class ParticleSystemRenderer : Renderer
    {
        internal override Mesh? Shape => Mesh.Primitive(PrimitiveType.Quad);
    }

    public struct LOD { public Renderer[] renderers; }

    public class LODGroup : Component
    {
        internal LOD[] Levels = Array.Empty<LOD>();
        public LOD[] GetLODs() { Engine.Use(this, nameof(GetLODs)); return Levels; }
    }

    public struct SortingLayer
    {
        public static int GetLayerValueFromID(int id) { Engine.Check("GetLayerValueFromID"); return id; }
    }
}

namespace UnityEngine.Tilemaps
{
    public sealed class TilemapRenderer : Renderer
    {
        internal override Mesh? Shape => Mesh.Primitive(PrimitiveType.Quad);
    }
}

namespace UnityEngine
{
    public sealed class TerrainData : Object
    {
        internal Func<float, float, float> Height = (u, v) => 0;
        internal Func<int, int, bool> Hole = (x, z) => false;
        public TerrainData() => Engine.Asset(this);
        public int heightmapResolution { get; set; } = 33;
        public int holesResolution => heightmapResolution - 1;
        public Vector3 size { get; set; } = new Vector3(100, 20, 100);
        public static string HolesTextureName => "holes";
        internal TreeInstance[] Trees = Array.Empty<TreeInstance>();
        public TreePrototype[] treePrototypes { get; set; } = Array.Empty<TreePrototype>();
        /// <summary>How often the trees were copied.</summary>
        internal int TreeReads;
        public TreeInstance[] treeInstances { get { Engine.Use(this, nameof(treeInstances)); TreeReads++; return (TreeInstance[])Trees.Clone(); } }
        public int treeInstanceCount => Trees.Length;
        /// <summary>How often its heights were read.</summary>
        internal int Reads;
        /// <summary>The places of the details of a kind; those of each patch are asked for.</summary>
        internal Func<int, DetailInstanceTransform[]> Details = layer => Array.Empty<DetailInstanceTransform>();
        internal int DetailReads;
        internal Texture2D[] Alphamaps = Array.Empty<Texture2D>();
        public int alphamapTextureCount => Alphamaps.Length;
        public Texture2D GetAlphamapTexture(int index) { Engine.Use(this, nameof(GetAlphamapTexture)); return Alphamaps[index]; }
        public TerrainLayer[] terrainLayers { get; set; } = Array.Empty<TerrainLayer>();
        public DetailPrototype[] detailPrototypes { get; set; } = Array.Empty<DetailPrototype>();
        public int detailPatchCount { get; set; } = 10;

        public DetailInstanceTransform[] ComputeDetailInstanceTransforms(int patchX, int patchY, int layer, float density, out Bounds bounds)
        {
            Engine.Use(this, nameof(ComputeDetailInstanceTransforms));
            if (patchX < 0 || patchY < 0 || patchX >= detailPatchCount || patchY >= detailPatchCount) throw new ArgumentException("no such patch");
            if (layer < 0 || layer >= detailPrototypes.Length) throw new ArgumentException("no such detail");
            bounds = new Bounds(Vector3.zero, size);
            DetailReads++;
            bool Here(float at, float whole, int patch) => (int)(at / whole * detailPatchCount) == patch;
            return density <= 0 ? Array.Empty<DetailInstanceTransform>() : Details(layer).Where(d => Here(d.posX, size.x, patchX) && Here(d.posZ, size.z, patchY)).ToArray();
        }

        /// <summary>By row and column, 0 to 1 of the size's height.</summary>
        public float[,] GetHeights(int xBase, int yBase, int width, int height)
        {
            Engine.Use(this, nameof(GetHeights));
            var last = heightmapResolution - 1f;
            if (xBase < 0 || yBase < 0 || xBase + width > heightmapResolution || yBase + height > heightmapResolution) throw new ArgumentException("out of the heights");
            Reads++;
            var read = new float[height, width];
            for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++) read[y, x] = Height((xBase + x) / last, (yBase + y) / last) / size.y;
            return read;
        }

        /// <summary>By row and column; false: a hole.</summary>
        public bool[,] GetHoles(int xBase, int yBase, int width, int height)
        {
            Engine.Use(this, nameof(GetHoles));
            if (xBase < 0 || yBase < 0 || xBase + width > holesResolution || yBase + height > holesResolution) throw new ArgumentException("out of the holes");
            var read = new bool[height, width];
            for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++) read[y, x] = !Hole(xBase + x, yBase + y);
            return read;
        }
    }

    public static class TerrainCallbacks
    {
        public delegate void HeightmapChangedCallback(Terrain terrain, RectInt heightRegion, bool synched);
        public delegate void TextureChangedCallback(Terrain terrain, string textureName, RectInt texelRegion, bool synched);
        public static event HeightmapChangedCallback? heightmapChanged;
        public static event TextureChangedCallback? textureChanged;
        internal static int Listeners => (heightmapChanged?.GetInvocationList().Length ?? 0) + (textureChanged?.GetInvocationList().Length ?? 0);
        internal static void Change(Terrain terrain, string texture = "")
        {
            if (texture.Length > 0) textureChanged?.Invoke(terrain, texture, default, true);
            else heightmapChanged?.Invoke(terrain, default, true);
        }
    }

    public struct RectInt { }

    public struct TreeInstance
    {
        public Vector3 position;
        public float widthScale, heightScale, rotation;
        public int prototypeIndex;
    }

    public sealed class TerrainLayer : Object
    {
        public TerrainLayer() => Engine.Asset(this);
        public Texture2D? diffuseTexture { get; set; }
        public Vector2 tileSize { get; set; } = new Vector2(15, 15);
        public Vector2 tileOffset { get; set; }
    }

    public struct DetailInstanceTransform { public float posX, posY, posZ, scaleXZ, scaleY, rotationY; }

    public sealed class DetailPrototype
    {
        public GameObject? prototype { get; set; }
        public Texture2D? prototypeTexture { get; set; }
        public bool usePrototypeMesh { get; set; }
    }

    public sealed class TreePrototype { public GameObject prefab { get; set; } = null!; }

    public sealed class Terrain : Behaviour
    {
        /// <summary>How often all terrains were asked for.</summary>
        internal static int Asked;
        public static Terrain[] activeTerrains { get { Asked++; return Engine.All<Terrain>().Where(t => t.isActiveAndEnabled).ToArray(); } }
        public TerrainData terrainData { get; set; } = null!;
        public bool drawHeightmap { get; set; } = true;
        public bool drawTreesAndFoliage { get; set; } = true;
        public float treeDistance { get; set; } = 5000;
        public float detailObjectDistance { get; set; } = 80;
        public float detailObjectDensity { get; set; } = 1;
    }
}
