#nullable enable
#if DREAMBRIDGE_TERRAIN
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>
    /// The trees of a terrain in the view. The engine draws them without renderers; here each that is near enough and in the picture is drawn as its
    /// prefab's mesh. They are labelled by a <see cref="DreamLabel"/> of the prefab, else as plant or leaves.
    /// </summary>
    internal sealed class DreamLabelTrees
    {
        // Draw calls of a picture; those of a forest to the horizon would take longer than the picture is worth.
        private const int MaxDrawn = 2000;
        private static readonly string[] s_names = { "tree", "plant", "leaves" };

        private readonly GameObject[] _prefabs;
        private readonly Kind?[] _kinds;
        private readonly Tree[] _trees;

        /// <param name="data">Whose trees they are.</param>
        /// <param name="palette">The labels.</param>
        /// <param name="materials">What draws them.</param>
        /// <param name="before">Those of the same data, whose places are taken over if their number is still the same.</param>
        internal DreamLabelTrees(TerrainData data, DreamPalette palette, DreamLabelMaterials materials, DreamLabelTrees? before)
        {
            var prototypes = data.treePrototypes;
            _prefabs = System.Array.ConvertAll(prototypes, p => p.prefab);
            _kinds = System.Array.ConvertAll(_prefabs, p => KindOf(p, palette, materials));
            Count = data.treeInstanceCount;
            if (before != null && before.Count == Count)
            {
                _trees = before._trees;
                return;
            }
            // A copy of all.
            var instances = data.treeInstances;
            _trees = new Tree[Count = instances.Length];
            for (var i = 0; i < Count; i++) _trees[i] = new Tree(instances[i], data.size);
        }

        /// <summary>How many there are; another number, and they are read again.</summary>
        internal int Count { get; }

        /// <summary>Is this one of their prefabs?</summary>
        internal bool IsPrefab(GameObject thing) => System.Array.IndexOf(_prefabs, thing) >= 0;

        /// <summary>Draw those that a camera at <paramref name="eye"/> sees, of a terrain that is <paramref name="at"/>; how many.</summary>
        internal int Record(CommandBuffer cmd, Vector3 at, Vector3 eye, float distance, Plane[] planes)
        {
            var drawn = 0;
            foreach (var tree in _trees)
            {
                if (drawn >= MaxDrawn) break;
                if (tree.Kind >= _kinds.Length || !(_kinds[tree.Kind] is { } kind) || !kind.Mesh) continue;
                var place = tree.Place + at;
                var away = place - eye;
                if (away.x * away.x + away.y * away.y + away.z * away.z > distance * distance) continue;
                var reach = 2 * System.Math.Max(kind.Width * tree.Size.x, kind.Height * tree.Size.y);
                if (!GeometryUtility.TestPlanesAABB(planes, new Bounds(place, new Vector3(reach, reach, reach)))) continue;
                var matrix = Matrix4x4.TRS(place, tree.Turn, tree.Size) * kind.Place;
                for (var part = 0; part < kind.Materials.Length; part++) cmd.DrawMesh(kind.Mesh, matrix, kind.Materials[part], part, 0);
                drawn++;
            }
            return drawn;
        }

        private static Kind? KindOf(GameObject prefab, DreamPalette palette, DreamLabelMaterials materials)
        {
            if (!prefab) return null;
            // Of levels of detail, the best.
            Renderer? best = null;
            if (prefab.TryGetComponent<LODGroup>(out var levels))
                foreach (var level in levels.GetLODs())
                {
                    if (!best && level.renderers.Length > 0) best = level.renderers[0];
                }
            // A prefab is never active in a scene, and so are its children not.
            if (!best) best = prefab.GetComponentInChildren<MeshRenderer>(true);
            if (!best || !best!.TryGetComponent<MeshFilter>(out var filter) || !filter.sharedMesh) return null;
            var label = prefab.TryGetComponent<DreamLabel>(out var own) ? palette.Named(own.label, prefab.name) : palette.OrColour(palette.First(s_names));
            if (label == null) return null;
            var worn = new List<Material>();
            best.GetSharedMaterials(worn);
            // With more materials than parts the engine draws the last part again, which shows nothing new in labels.
            var dressed = new Material[System.Math.Min(worn.Count, filter.sharedMesh!.subMeshCount)];
            for (var i = 0; i < dressed.Length; i++) dressed[i] = materials.Of(label, worn[i]);
            return new Kind(filter.sharedMesh, dressed, PlaceIn(prefab.transform, best.transform));
        }

        // The prefab's own place does not count: the terrain says where a tree is.
        private static Matrix4x4 PlaceIn(Transform prefab, Transform part)
        {
            var place = Matrix4x4.identity;
            for (Transform? at = part; at != null && at != prefab; at = at.parent) place = Matrix4x4.TRS(at.localPosition, at.localRotation, at.localScale) * place;
            return place;
        }

        private sealed class Kind
        {
            internal readonly Mesh Mesh;
            internal readonly Material[] Materials;
            internal readonly Matrix4x4 Place;
            // How far it reaches from the tree's foot, whichever way it is turned: to a side, and up or down.
            internal readonly float Width, Height;

            internal Kind(Mesh mesh, Material[] materials, Matrix4x4 place)
            {
                (Mesh, Materials, Place) = (mesh, materials, place);
                var (middle, half) = (mesh.bounds.center, mesh.bounds.size * 0.5f);
                for (var i = 0; i < 8; i++)
                {
                    var corner = place.MultiplyPoint3x4(middle + new Vector3((i & 1) > 0 ? half.x : -half.x, (i & 2) > 0 ? half.y : -half.y, (i & 4) > 0 ? half.z : -half.z));
                    Width = System.Math.Max(Width, (float)System.Math.Sqrt(corner.x * corner.x + corner.z * corner.z));
                    Height = System.Math.Max(Height, System.Math.Abs(corner.y));
                }
            }
        }

        private readonly struct Tree
        {
            internal readonly int Kind;
            internal readonly Vector3 Place, Size;
            internal readonly Quaternion Turn;

            internal Tree(TreeInstance instance, Vector3 terrain)
            {
                Kind = instance.prototypeIndex;
                Place = new Vector3(instance.position.x * terrain.x, instance.position.y * terrain.y, instance.position.z * terrain.z);
                Size = new Vector3(instance.widthScale, instance.heightScale, instance.widthScale);
                Turn = Quaternion.Euler(0, instance.rotation * 57.29578f, 0);
            }
        }
    }
}
#endif
