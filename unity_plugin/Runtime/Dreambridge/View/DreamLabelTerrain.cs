#nullable enable
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>
    /// Terrains in the view. A terrain is no renderer that a command buffer could draw, so that its heights are drawn as a mesh of their own, which is
    /// made when labels are read. Its trees and grass are left out.
    /// </summary>
    internal sealed class DreamLabelTerrain
    {
#if DREAMBRIDGE_TERRAIN
        private const int MaxSide = 129;
        private readonly List<(Terrain terrain, Mesh mesh, Material material)> _terrains = new List<(Terrain, Mesh, Material)>();

        internal int Count => _terrains.Count;

        internal int Drawn { get; private set; }

        internal void Collect(DreamPalette palette, string unlabelled, DreamLabelMaterials materials)
        {
            Release();
            foreach (var terrain in Terrain.activeTerrains)
            {
                var label = palette.Of(terrain.transform, null, unlabelled);
                if (label != null && terrain.terrainData) _terrains.Add((terrain, MeshOf(terrain.terrainData), materials.Solid(label)));
            }
        }

        internal void Record(CommandBuffer cmd, int mask, Plane[] planes)
        {
            Drawn = 0;
            foreach (var (terrain, mesh, material) in _terrains)
            {
                if (!terrain || !terrain.isActiveAndEnabled || !terrain.drawHeightmap || (mask & (1 << terrain.gameObject.layer)) == 0) continue;
                // A terrain is never turned or scaled: only its place counts.
                var at = terrain.transform.position;
                var bounds = mesh.bounds;
                bounds.center += at;
                if (!GeometryUtility.TestPlanesAABB(planes, bounds)) continue;
                cmd.DrawMesh(mesh, Matrix4x4.TRS(at, Quaternion.identity, new Vector3(1, 1, 1)), material, 0, 0);
                Drawn++;
            }
        }

        internal void Release()
        {
            foreach (var (_, mesh, _) in _terrains)
            {
                if (Application.isPlaying) Object.Destroy(mesh);
                else Object.DestroyImmediate(mesh);
            }
            _terrains.Clear();
        }

        private static Mesh MeshOf(TerrainData data)
        {
            var side = Mathf.Clamp(data.heightmapResolution, 2, MaxSide);
            var size = data.size;
            var vertices = new Vector3[side * side];
            for (var z = 0; z < side; z++)
            for (var x = 0; x < side; x++)
            {
                float u = x / (side - 1f), v = z / (side - 1f);
                vertices[z * side + x] = new Vector3(u * size.x, data.GetInterpolatedHeight(u, v), v * size.z);
            }
            var triangles = new List<int>((side - 1) * (side - 1) * 6);
            for (var z = 0; z < side - 1; z++)
            for (var x = 0; x < side - 1; x++)
            {
                if (IsHole(data, (x + 0.5f) / (side - 1), (z + 0.5f) / (side - 1))) continue;
                var at = z * side + x;
                triangles.AddRange(new[] { at, at + side, at + side + 1, at, at + side + 1, at + 1 });
            }
            var mesh = new Mesh { name = "Dream terrain", hideFlags = HideFlags.HideAndDontSave };
            mesh.vertices = vertices;
            mesh.triangles = triangles.ToArray();
            mesh.RecalculateBounds();
            return mesh;
        }

        private static bool IsHole(TerrainData data, float u, float v)
        {
            var cells = data.holesResolution;
            return cells > 0 && data.IsHole(Mathf.Clamp((int)(u * cells), 0, cells - 1), Mathf.Clamp((int)(v * cells), 0, cells - 1));
        }
#else
        internal int Count => 0;

        internal int Drawn => 0;

        internal void Collect(DreamPalette palette, string unlabelled, DreamLabelMaterials materials)
        {
        }

        internal void Record(CommandBuffer cmd, int mask, Plane[] planes)
        {
        }

        internal void Release()
        {
        }
#endif
    }
}
