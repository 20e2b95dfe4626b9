using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace FakeUnity
{
    /// <summary>Triangles into the targets that a command buffer has set, with a depth buffer.</summary>
    public sealed class Raster
    {
        public static readonly List<CommandBuffer> Buffers = new List<CommandBuffer>();
        private static readonly Dictionary<int, object> s_globals = new Dictionary<int, object>();
        private RenderTexture[] _targets = Array.Empty<RenderTexture>();
        private float[]? _depth;

        /// <summary>What a camera draws in a tick, by the project's pipeline.</summary>
        public static void Render(Camera camera)
        {
            if (!Engine.Pipeline)
            {
                foreach (var cmd in camera.Buffers.ToArray()) new Raster().Run(cmd.Commands.ToArray());
                return;
            }
            var context = new ScriptableRenderContext { Pending = new List<Action<Raster>>() };
            Engine.Pipeline!.Draw(context, camera);
            context.Submit();
            RenderPipelineManager.End(context, camera);
        }

        public void Run(IEnumerable<Action<Raster>> commands) { foreach (var c in commands) c(this); }

        public void Target(RenderTexture[] targets, RenderTexture depth)
        {
            foreach (var t in targets) Engine.Use(t, "SetRenderTarget");
            _targets = targets;
            _depth = depth.HasDepth ? new float[depth.width * depth.height] : null;
        }

        public void Clear(bool depth, bool colour, Color to)
        {
            if (depth && _depth != null) for (var i = 0; i < _depth.Length; i++) _depth[i] = 1;
            if (!colour) return;
            foreach (var t in _targets)
                for (var i = 0; i < t.Gpu.Memory.Length; i++) t.Gpu.Memory[i] = (byte)Math.Round((i % 4 == 0 ? to.r : i % 4 == 1 ? to.g : i % 4 == 2 ? to.b : to.a) * 255);
        }

        public void Global(int id, object value) => s_globals[id] = value;

        public void Draw(Mesh mesh, Vector3 bent, Matrix4x4 place, Material material, Properties block, int part, int pass)
        {
            if (material.shader.name != "Hidden/Dreambridge/Label") throw new EngineError("no shader " + material.shader.name);
            if (part >= mesh.Parts.Count) part = mesh.Parts.Count - 1;
            var vertices = mesh.vertices;
            var indices = mesh.Parts[part];
            var shader = new LabelShader((name, otherwise) => Get(material, block, name) ?? otherwise, place, pass);
            for (var i = 0; i < indices.Length; i += 3)
            {
                var corners = new LabelShader.Corner[3];
                for (var k = 0; k < 3; k++)
                {
                    var at = indices[i + k];
                    corners[k] = shader.Vertex(vertices[at] + bent, mesh.Uv.Length > 0 ? mesh.Uv[at] : Vector2.zero, mesh.Normals.Length > 0 ? mesh.Normals[at] : Vector3.zero);
                }
                Triangle(corners, shader, pass);
            }
        }

        private static object? Get(Material material, Properties block, string name)
        {
            var id = Engine.PropertyId(name);
            return block.Get(id) ?? material.Values.Get(id) ?? (s_globals.TryGetValue(id, out var g) ? g : null);
        }

        private void Triangle(LabelShader.Corner[] c, LabelShader shader, int pass)
        {
            foreach (var k in c) if (k.Clip.w <= 1e-5f) return;
            var width = _targets[0].width;
            var height = _targets[0].height;
            var x = new double[3];
            var y = new double[3];
            for (var k = 0; k < 3; k++)
            {
                x[k] = (c[k].Clip.x / c[k].Clip.w + 1) / 2 * width;
                // Raster row 0 is the top of clip space where the API starts at the top.
                y[k] = (Engine.UvStartsAtTop ? 1 - c[k].Clip.y / c[k].Clip.w : c[k].Clip.y / c[k].Clip.w + 1) / 2 * height;
            }
            var area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]);
            if (Math.Abs(area) < 1e-9) return;
            shader.Begin(c);
            int Low(double v, int max) => Math.Max(0, Math.Min(max, (int)Math.Floor(v)));
            for (var row = Low(Math.Min(y[0], Math.Min(y[1], y[2])), height); row < Math.Min(height, Math.Ceiling(Math.Max(y[0], Math.Max(y[1], y[2])))); row++)
            for (var col = Low(Math.Min(x[0], Math.Min(x[1], x[2])), width); col < Math.Min(width, Math.Ceiling(Math.Max(x[0], Math.Max(x[1], x[2])))); col++)
            {
                double px = col + 0.5, py = row + 0.5;
                var w0 = ((x[1] - px) * (y[2] - py) - (x[2] - px) * (y[1] - py)) / area;
                var w1 = ((x[2] - px) * (y[0] - py) - (x[0] - px) * (y[2] - py)) / area;
                var w2 = 1 - w0 - w1;
                if (w0 < 0 || w1 < 0 || w2 < 0) continue;
                var z = (float)((w0 * c[0].Clip.z / c[0].Clip.w + w1 * c[1].Clip.z / c[1].Clip.w + w2 * c[2].Clip.z / c[2].Clip.w) * 0.5 + 0.5);
                double i0 = w0 / c[0].Clip.w, i1 = w1 / c[1].Clip.w, i2 = w2 / c[2].Clip.w, sum = i0 + i1 + i2;
                if (pass != 1 && _depth == null) throw new EngineError("surfaces are drawn without a depth buffer");
                if (pass != 1 && (z < 0 || z > 1 || z > _depth![row * width + col])) continue;
                if (!shader.Fragment(i0 / sum, i1 / sum, i2 / sum)) continue;
                if (pass != 1) _depth![row * width + col] = z;
                for (var t = 0; t < _targets.Length; t++) _targets[t].Gpu.Store(col, row, shader.Out[shader.Order[t]]);
            }
        }
    }
}
