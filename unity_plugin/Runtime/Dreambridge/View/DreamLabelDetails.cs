#nullable enable
#if DREAMBRIDGE_TERRAIN
using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>
    /// Grass and other details of a terrain in the view, where the engine has them: it is asked for the places of each patch. Grass of a texture is drawn as
    /// two quads that cross, cut out by the texture; the engine turns one to the camera, or bends it in the wind. Meshes are drawn one by one.
    /// </summary>
    internal sealed class DreamLabelDetails
    {
        // Of a picture: patches that are asked for, which takes about a millisecond each, and meshes that are drawn.
        private const int MaxAsked = 8, MaxMeshes = 2000;
        private const int MaxKept = 1024;
        // Quads of a patch's grass, so that its mesh has 16 bits for an index. Of more, each second or third one is left out.
        private const int MaxTufts = 8000;

        private readonly TerrainData _data;
        private readonly GameObject?[] _prefabs;
        private readonly Kind?[] _kinds;
        private readonly int _side;
        private readonly Vector3 _size;
        // By patch and kind; the mesh of grass, or the places of meshes.
        private readonly Dictionary<(int x, int z, int kind), Patch> _patches = new Dictionary<(int, int, int), Patch>();
        private readonly List<(float away, int x, int z)> _near = new List<(float, int, int)>();
        private float _density = -1;

        /// <param name="data">Whose details they are.</param>
        /// <param name="palette">The labels.</param>
        /// <param name="label">The label of those without one of their own.</param>
        /// <param name="materials">What draws them.</param>
        /// <param name="before">Those of the same data, whose patches are taken over where the kinds are still the same.</param>
        internal DreamLabelDetails(TerrainData data, DreamPalette palette, ViewLabel? label, DreamLabelMaterials materials, DreamLabelDetails? before)
        {
            (_data, _side, _size) = (data, data.detailPatchCount, data.size);
            var prototypes = data.detailPrototypes;
            _prefabs = Array.ConvertAll(prototypes, d => d.usePrototypeMesh ? d.prototype : null);
            _kinds = Array.ConvertAll(prototypes, d => KindOf(d, palette, label, materials));
            if (before == null) return;
            if (before._side == _side && before._size.Equals(_size) && before._kinds.Length == _kinds.Length)
            {
                _density = before._density;
                foreach (var (at, patch) in before._patches)
                    if (SameShape(before._kinds[at.kind], _kinds[at.kind])) _patches.Add(at, patch);
                    else patch.Release();
                before._patches.Clear();
            }
            else before.Release();
        }

        /// <summary>Is there a kind of them that has a label?</summary>
        internal bool Any => Array.Exists(_kinds, k => k != null);

        /// <summary>Is this one of their prefabs?</summary>
        internal bool IsPrefab(GameObject thing) => Array.IndexOf(_prefabs, thing) >= 0;

        /// <summary>Draw those that a camera at <paramref name="eye"/> sees; how many patches and meshes.</summary>
        internal int Record(CommandBuffer cmd, Terrain terrain, Vector3 eye, Plane[] planes)
        {
            if (_side <= 0 || !Any) return 0;
            if (_density != terrain.detailObjectDensity)
            {
                Release();
                _density = terrain.detailObjectDensity;
            }
            var at = terrain.transform.position;
            FindNear(eye - at, terrain.detailObjectDistance, at, planes);
            int asked = 0, drawn = 0, meshes = 0;
            foreach (var (_, x, z) in _near)
            for (var k = 0; k < _kinds.Length; k++)
            {
                if (!(_kinds[k] is { } kind)) continue;
                if (!_patches.TryGetValue((x, z, k), out var patch))
                {
                    // The rest comes with the next pictures.
                    if (asked++ >= MaxAsked) continue;
                    if (_patches.Count >= MaxKept) Release();
                    _patches.Add((x, z, k), patch = Ask(x, z, k, kind));
                }
                if (kind.Mesh) drawn += DrawMeshes(cmd, kind, patch, at, planes, ref meshes);
                else if (patch.Grass)
                {
                    cmd.DrawMesh(patch.Grass!, Matrix4x4.TRS(at, Quaternion.identity, new Vector3(1, 1, 1)), kind.Materials[0], 0, 0);
                    drawn++;
                }
            }
            return drawn;
        }

        /// <summary>Destroy what was made here; it is made again when it is drawn.</summary>
        internal void Release()
        {
            foreach (var patch in _patches.Values) patch.Release();
            _patches.Clear();
        }

        // Patches that are near enough and in the picture, the nearest first.
        private void FindNear(Vector3 eye, float distance, Vector3 at, Plane[] planes)
        {
            _near.Clear();
            var (width, depth) = (_size.x / _side, _size.z / _side);
            int First(float v, float patch) => Mathf.Clamp((int)Math.Floor((v - distance) / patch), 0, _side);
            int End(float v, float patch) => Mathf.Clamp((int)Math.Floor((v + distance) / patch) + 1, 0, _side);
            for (var z = First(eye.z, depth); z < End(eye.z, depth); z++)
            for (var x = First(eye.x, width); x < End(eye.x, width); x++)
            {
                var middle = new Vector3((x + 0.5f) * width, _size.y / 2, (z + 0.5f) * depth);
                float awayX = Math.Max(0, Math.Abs(middle.x - eye.x) - width / 2), awayZ = Math.Max(0, Math.Abs(middle.z - eye.z) - depth / 2);
                var away = awayX * awayX + awayZ * awayZ;
                // As high as the terrain may be, and what grows on it.
                if (away <= distance * distance && GeometryUtility.TestPlanesAABB(planes, new Bounds(middle + at, new Vector3(width, _size.y + 2 * width, depth)))) _near.Add((away, x, z));
            }
            _near.Sort((a, b) => a.away.CompareTo(b.away));
        }

        private Patch Ask(int x, int z, int layer, Kind kind)
        {
            var places = _data.ComputeDetailInstanceTransforms(x, z, layer, _density, out _);
            if (places.Length == 0) return new Patch(null, Array.Empty<Matrix4x4>());
            return kind.Mesh ? new Patch(null, Array.ConvertAll(places, Place)) : new Patch(Grass(places), Array.Empty<Matrix4x4>());
        }

        private static Matrix4x4 Place(DetailInstanceTransform d) =>
            Matrix4x4.TRS(new Vector3(d.posX, d.posY, d.posZ), Quaternion.Euler(0, d.rotationY * 57.29578f, 0), new Vector3(d.scaleXZ, d.scaleY, d.scaleXZ));

        private static int DrawMeshes(CommandBuffer cmd, Kind kind, Patch patch, Vector3 at, Plane[] planes, ref int meshes)
        {
            var drawn = 0;
            foreach (var local in patch.Places)
            {
                if (meshes >= MaxMeshes) break;
                var place = local;
                (place.m03, place.m13, place.m23) = (local.m03 + at.x, local.m13 + at.y, local.m23 + at.z);
                var reach = 2 * kind.Reach * Math.Max(local.m11, (float)Math.Sqrt(local.m00 * local.m00 + local.m20 * local.m20));
                if (!GeometryUtility.TestPlanesAABB(planes, new Bounds(new Vector3(place.m03, place.m13, place.m23), new Vector3(reach, reach, reach)))) continue;
                for (var part = 0; part < kind.Materials.Length; part++) cmd.DrawMesh(kind.Mesh!, place, kind.Materials[part], part, 0);
                meshes++;
                drawn++;
            }
            return drawn;
        }

        // Two quads for each, which stand on its place and cross in their middle; the texture's lower edge is on the ground.
        private static Mesh Grass(DetailInstanceTransform[] places)
        {
            var each = (places.Length + MaxTufts - 1) / MaxTufts;
            var count = (places.Length + each - 1) / each;
            var (vertices, uv, triangles) = (new Vector3[count * 8], new Vector2[count * 8], new int[count * 12]);
            for (var i = 0; i < count; i++)
            {
                var d = places[i * each];
                for (var quad = 0; quad < 2; quad++)
                {
                    var turn = d.rotationY + quad * Math.PI / 2;
                    float sideX = (float)Math.Cos(turn) * d.scaleXZ / 2, sideZ = -(float)Math.Sin(turn) * d.scaleXZ / 2;
                    var at = i * 8 + quad * 4;
                    for (var corner = 0; corner < 4; corner++)
                    {
                        int right = corner & 1, top = corner >> 1;
                        vertices[at + corner] = new Vector3(d.posX + (2 * right - 1) * sideX, d.posY + top * d.scaleY, d.posZ + (2 * right - 1) * sideZ);
                        uv[at + corner] = new Vector2(right, top);
                    }
                    var t = i * 12 + quad * 6;
                    (triangles[t], triangles[t + 1], triangles[t + 2]) = (at, at + 2, at + 3);
                    (triangles[t + 3], triangles[t + 4], triangles[t + 5]) = (at, at + 3, at + 1);
                }
            }
            var mesh = new Mesh { name = "Dream grass", hideFlags = HideFlags.HideAndDontSave };
            mesh.vertices = vertices;
            mesh.uv = uv;
            mesh.triangles = triangles;
            mesh.RecalculateBounds();
            return mesh;
        }

        private static Kind? KindOf(DetailPrototype d, DreamPalette palette, ViewLabel? label, DreamLabelMaterials materials)
        {
            if (!d.usePrototypeMesh) return label == null || !d.prototypeTexture ? null : new Kind(null, new[] { materials.OfCut(label, d.prototypeTexture!) }, d.prototypeTexture!);
            if (!(d.prototype is { } prefab) || !prefab) return null;
            if (prefab.TryGetComponent<DreamLabel>(out var own)) label = palette.Named(own.label, prefab.name);
            // A prefab is never active in a scene, and so are its children not.
            var renderer = prefab.GetComponentInChildren<MeshRenderer>(true);
            if (label == null || !renderer || !renderer!.TryGetComponent<MeshFilter>(out var filter) || !filter.sharedMesh) return null;
            var worn = new List<Material>();
            renderer.GetSharedMaterials(worn);
            var dressed = new Material[Math.Min(worn.Count, filter.sharedMesh!.subMeshCount)];
            for (var i = 0; i < dressed.Length; i++) dressed[i] = materials.Of(label, worn[i]);
            return new Kind(filter.sharedMesh, dressed, filter.sharedMesh!);
        }

        // The places of its patches are the same, whatever label it has.
        private static bool SameShape(Kind? a, Kind? b) => a != null && b != null && ReferenceEquals(a.Shape, b.Shape);

        private sealed class Kind
        {
            // Null: grass of a texture.
            internal readonly Mesh? Mesh;
            internal readonly Material[] Materials;
            internal readonly UnityEngine.Object Shape;
            internal readonly float Reach;

            internal Kind(Mesh? mesh, Material[] materials, UnityEngine.Object shape)
            {
                (Mesh, Materials, Shape) = (mesh, materials, shape);
                if (mesh) Reach = mesh!.bounds.center.magnitude + mesh.bounds.size.magnitude / 2;
            }
        }

        private sealed class Patch
        {
            internal readonly Mesh? Grass;
            internal readonly Matrix4x4[] Places;

            internal Patch(Mesh? grass, Matrix4x4[] places) => (Grass, Places) = (grass, places);

            internal void Release()
            {
                if (!Grass) return;
                if (Application.isPlaying) UnityEngine.Object.Destroy(Grass);
                else UnityEngine.Object.DestroyImmediate(Grass);
            }
        }
    }
}
#endif
