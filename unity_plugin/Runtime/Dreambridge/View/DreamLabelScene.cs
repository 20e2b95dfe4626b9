#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.SceneManagement;

namespace Dreambridge
{
    /// <summary>
    /// Draws a scene once more, as labels and depth: each renderer that is in the view, with the label's material, by a command buffer. The
    /// renderers themselves, their materials and lights stay as they are.
    /// </summary>
    internal sealed class DreamLabelScene
    {
        // Others (particles, trails, lines) glow or fade rather than cover: they need a DreamLabel of their own to take part.
        private static readonly HashSet<string> s_flat = new HashSet<string> { "SpriteRenderer", "TilemapRenderer", "SpriteShapeRenderer" };
        private static readonly int s_view = Shader.PropertyToID("_DreamView"), s_viewProjection = Shader.PropertyToID("_DreamViewProjection"), s_far = Shader.PropertyToID("_DreamFar");
        private static readonly int s_flatCamera = Shader.PropertyToID("_DreamFlat"), s_size = Shader.PropertyToID("_DreamSize"), s_order = Shader.PropertyToID("_DreamOrder"), s_last = Shader.PropertyToID("_DreamLast"), s_turn = Shader.PropertyToID("_DreamTurn");

        private List<Part> _parts = new List<Part>();
        // Those that are looked at by and by, and what was found among them so far.
        private List<Part> _next = new List<Part>();
        private readonly List<Transform> _changedMeanwhile = new List<Transform>();
        private readonly List<Renderer> _under = new List<Renderer>();
        private readonly HashSet<Renderer> _touched = new HashSet<Renderer>();
        private readonly DreamRendererSearch _search = new DreamRendererSearch();
        private bool _searches;
        private readonly List<Material> _worn = new List<Material>();
        private readonly Plane[] _planes = new Plane[6];
        private readonly DreamLabelMaterials _materials = new DreamLabelMaterials();
        private readonly DreamLabelTerrain _terrain = new DreamLabelTerrain();
        private readonly DreamLabelMotion _motion = new DreamLabelMotion();
        private readonly List<RenderTargetIdentifier> _targets = new List<RenderTargetIdentifier>();
        private Mesh? _screen;

        /// <summary>How many renderers and terrains are in the view.</summary>
        internal int Count => _parts.Count + _terrain.Count;

        /// <summary>How many of them the last picture has.</summary>
        internal int Drawn { get; private set; }

        /// <summary>Is a search under way that <see cref="Continue"/> goes on with?</summary>
        internal bool Searches => _searches;

        /// <summary>Find what is in the view, with its labels, at once.</summary>
        /// <exception cref="DreamError">not_supported: the shader of the labels is missing.</exception>
        internal void Collect(Scene own, DreamPalette palette, string unlabelled, bool again)
        {
            Begin(own);
            Continue(palette, unlabelled, int.MaxValue, again);
        }

        /// <summary>Begin to find it. Until all is found, what was found before is drawn.</summary>
        internal void Begin(Scene own)
        {
            _next.Clear();
            _changedMeanwhile.Clear();
            _search.Begin(own);
            _searches = true;
        }

        /// <summary>Look at so many more objects. <paramref name="again"/>: the shapes of terrains are read again too.</summary>
        /// <exception cref="DreamError">not_supported: the shader of the labels is missing.</exception>
        internal void Continue(DreamPalette palette, string unlabelled, int most, bool again = false)
        {
            while (_search.Next(ref most) is { } found) Look(found, palette, unlabelled, _next);
            if (_search.Runs) return;
            _searches = false;
            (_parts, _next) = (_next, _parts);
            _next.Clear();
            Relabel(_changedMeanwhile, palette, unlabelled, true);
            _changedMeanwhile.Clear();
            _terrain.Collect(palette, unlabelled, _materials, again);
        }

        /// <summary>Labels of these objects came, went or changed: look at what is under them, and at nothing else.</summary>
        /// <exception cref="DreamError">not_supported: the shader of the labels is missing.</exception>
        internal void Change(IReadOnlyList<Transform> changed, DreamPalette palette, string unlabelled)
        {
            Relabel(changed, palette, unlabelled, false);
            var terrains = false;
            // Objects with labels may come and go with every tick, terrains do not.
            foreach (var at in changed)
            {
                if (_searches) _changedMeanwhile.Add(at);
                terrains |= at && _terrain.Concerns(at);
            }
            if (terrains) _terrain.Collect(palette, unlabelled, _materials, false);
        }

        /// <summary><paramref name="unsorted"/>: the parts were just found, in any order.</summary>
        private void Relabel(IReadOnlyList<Transform> changed, DreamPalette palette, string unlabelled, bool unsorted)
        {
            foreach (var at in changed)
            {
                if (!at) continue;
                at.GetComponentsInChildren(_under);
                foreach (var renderer in _under) _touched.Add(renderer);
            }
            if (changed.Count > 0) _parts.RemoveAll(p => !p.Renderer || _touched.Contains(p.Renderer));
            var sorted = unsorted ? 0 : _parts.Count;
            foreach (var renderer in _touched) Look(renderer, palette, unlabelled, _parts);
            _touched.Clear();
            _under.Clear();
            // Flat things lie in one plane and are drawn in the order that their sorting layers say, after everything solid.
            for (var i = Math.Max(sorted, 1); i < _parts.Count; i++)
            {
                if (_parts[i - 1].Order <= _parts[i].Order) continue;
                _parts.Sort((a, b) => a.Order.CompareTo(b.Order));
                break;
            }
        }

        private void Look(Renderer renderer, DreamPalette palette, string unlabelled, List<Part> into)
        {
            if (!renderer) return;
            var flat = s_flat.Contains(renderer.GetType().Name);
            if (!flat && !(renderer is MeshRenderer) && !(renderer is SkinnedMeshRenderer) && renderer.GetComponent<DreamLabel>() == null) return;
            _worn.Clear();
            renderer.GetSharedMaterials(_worn);
            var dressed = new Material?[_worn.Count];
            var any = false;
            for (var i = 0; i < dressed.Length; i++)
            {
                var label = palette.Of(renderer.transform, _worn[i], unlabelled);
                dressed[i] = label == null ? null : flat ? _materials.OfSprite(label) : _materials.Of(label, _worn[i]);
                any |= label != null;
            }
            if (any) into.Add(new Part(renderer, dressed, flat, renderer.GetComponentInParent<LODGroup>() != null));
        }

        /// <summary>Does the view have colours? Then all materials are looked up again with the next <see cref="Collect"/>.</summary>
        internal bool Colours { set => _materials.Colours = value; }

        /// <summary>What the next picture's motion is compared with: a picture was sent.</summary>
        internal void Sent() => _motion.Sent();

        /// <summary>There is no last picture: the next one has no motion.</summary>
        internal void ForgetMotion() => _motion.Forget();

        /// <summary>
        /// Draw what <paramref name="camera"/> sees into a target for each of these <paramref name="layers"/>: its height, and as much to the sides as fits,
        /// the top row at v = 0. The first target has the depth buffer.
        /// </summary>
        internal void Record(CommandBuffer cmd, Camera camera, IReadOnlyList<string> layers, IReadOnlyList<RenderTexture> targets, ViewLabel background, float far)
        {
            var (width, height) = (targets[0].width, targets[0].height);
            var projection = camera.nonJitteredProjectionMatrix;
            projection.m00 *= camera.aspect * height / width;
            GeometryUtility.CalculateFrustumPlanes(projection * camera.worldToCameraMatrix, _planes);
            var turned = GL.GetGPUProjectionMatrix(Matrix4x4.Scale(new Vector3(1, -1, 1)) * projection, true);
            _targets.Clear();
            foreach (var target in targets) _targets.Add(target);
            if (_targets.Count > 1) cmd.SetRenderTarget(_targets.ToArray(), targets[0]);
            else cmd.SetRenderTarget(targets[0]);
            cmd.ClearRenderTarget(true, true, Color.clear);
            cmd.SetGlobalMatrix(s_view, camera.worldToCameraMatrix);
            cmd.SetGlobalMatrix(s_viewProjection, turned * camera.worldToCameraMatrix);
            cmd.SetGlobalFloat(s_far, Math.Max(1e-3f, far));
            cmd.SetGlobalFloat(s_flatCamera, camera.orthographic ? 1 : 0);
            cmd.SetGlobalVector(s_size, new Vector4(width, height, 0, 0));
            float Layer(int target) => target < layers.Count ? Place(layers[target]) : 0;
            cmd.SetGlobalVector(s_order, new Vector4(Layer(0), Layer(1), Layer(2), Layer(3)));
            cmd.SetGlobalFloat(s_last, Layer(4));
            // Which way up the target is: the picture's top is at its v = 0, the engine turns it over where v begins at the top.
            cmd.SetGlobalFloat(s_turn, turned.m11 * projection.m11 < 0 ? -1 : 1);
            _motion.Begin(cmd, Contains(layers, ViewLayers.Motion), projection, camera.worldToCameraMatrix, camera.orthographic);
            cmd.DrawMesh(Screen(), Matrix4x4.identity, _materials.Solid(background), 0, 1);
            Drawn = 0;
            _motion.NextStands(cmd);
            _terrain.Record(cmd, camera.cullingMask, camera.transform.position, _planes);
            foreach (var part in _parts) Draw(cmd, part, camera.cullingMask);
            Drawn += _terrain.Drawn;
        }

        private static int Place(string layer)
        {
            for (var i = 0; i < ViewLayers.All.Count; i++)
                if (ViewLayers.All[i] == layer) return i;
            return 0;
        }

        private static bool Contains(IReadOnlyList<string> layers, string layer)
        {
            foreach (var one in layers)
                if (one == layer) return true;
            return false;
        }

        /// <summary>Destroy what was made here.</summary>
        internal void Release()
        {
            _parts.Clear();
            _next.Clear();
            _search.Stop();
            _searches = false;
            _terrain.Release();
            _materials.Release();
            _motion.Forget();
            if (_screen)
            {
                if (Application.isPlaying) UnityEngine.Object.Destroy(_screen);
                else UnityEngine.Object.DestroyImmediate(_screen);
            }
            _screen = null;
        }

        private void Draw(CommandBuffer cmd, in Part part, int mask)
        {
            var renderer = part.Renderer;
            if (!renderer || !renderer.enabled || renderer.forceRenderingOff || !renderer.gameObject.activeInHierarchy) return;
            if ((mask & (1 << renderer.gameObject.layer)) == 0 || !GeometryUtility.TestPlanesAABB(_planes, renderer.bounds)) return;
            // Of a group of levels of detail the engine shows one; a command buffer would draw them all.
            if (part.HasLevels && !renderer.isVisible) return;
            _motion.Next(cmd, renderer);
            for (var i = 0; i < part.Materials.Length; i++)
                if (part.Materials[i] is { } material) cmd.DrawRenderer(renderer, material, i, 0);
            Drawn++;
        }

        private Mesh Screen()
        {
            if (_screen) return _screen!;
            _screen = new Mesh { name = "Dream background", hideFlags = HideFlags.HideAndDontSave };
            _screen.vertices = new[] { new Vector3(-1, -1, 0), new Vector3(-1, 1, 0), new Vector3(1, 1, 0), new Vector3(1, -1, 0) };
            _screen.triangles = new[] { 0, 1, 2, 0, 2, 3 };
            return _screen;
        }

        private readonly struct Part
        {
            internal readonly Renderer Renderer;
            internal readonly Material?[] Materials;
            internal readonly bool HasLevels;
            internal readonly long Order;

            internal Part(Renderer renderer, Material?[] materials, bool flat, bool hasLevels)
            {
                Renderer = renderer;
                Materials = materials;
                HasLevels = hasLevels;
                Order = flat ? 1 + ((long)(SortingLayer.GetLayerValueFromID(renderer.sortingLayerID) + 32768) << 20) + renderer.sortingOrder + 32768 : 0;
            }
        }
    }
}
