using System;
using UnityEngine;

namespace FakeUnity
{
    /// <summary>The package's DreamLabel.shader, said again in C#: its three passes, with the properties and globals of one draw call.</summary>
    internal sealed class LabelShader
    {
        internal struct Corner
        {
            internal Vector4 Clip;
            internal Vector2 Uv;
            internal Vector3 Seen, Normal, Now, Before;
        }

        private readonly int _pass;
        private readonly Matrix4x4 _place, _normals, _view, _viewProjection, _now, _before, _objectBefore, _sky;
        private readonly Vector4 _flip, _at, _label, _tint, _size;
        private readonly float _threshold, _far, _turn, _moved;
        private readonly bool _flat;
        private readonly Texture? _texture, _control;
        private readonly (Texture? texture, Vector4 tile)[] _layers = new (Texture?, Vector4)[4];
        private Corner[] _corners = Array.Empty<Corner>();
        private Vector3 _geometric;

        /// <summary>What a fragment gave: label, colour, depth, normal, motion.</summary>
        internal readonly double[][] Out = { new double[4], new double[4], new double[4], new double[4], new double[4] };

        /// <summary>Which of them each target gets.</summary>
        internal readonly int[] Order;

        internal LabelShader(Func<string, object?, object?> get, Matrix4x4 place, int pass)
        {
            _pass = pass;
            Vector4 Four(string name, Vector4 otherwise = default) => get(name, otherwise) is Vector4 v ? v : otherwise;
            float One(string name, float otherwise = 0) => get(name, otherwise) is float v ? v : otherwise;
            Matrix4x4 Many(string name) => get(name, null) is Matrix4x4 m ? m : default;
            var ones = new Vector4(1, 1, 1, 1);
            (_place, _view, _viewProjection, _now, _before) = (place, Many("_DreamView"), Many("_DreamViewProjection"), Many("_DreamNow"), Many("_DreamBefore"));
            (_objectBefore, _sky, _normals) = (Many("_DreamObjectBefore"), Many("_DreamSky"), place.inverse);
            (_flip, _at, _label, _size) = (Four("_Flip", ones), Four("_DreamPlace", new Vector4(1, 1, 0, 0)), Four("_DreamLabel"), Four("_DreamSize"));
            _tint = Four("_DreamTint", ones);
            if (One("_DreamSprite") > 0.5f)
            {
                var own = Four("_RendererColor", ones);
                _tint = new Vector4(_tint.x * own.x, _tint.y * own.y, _tint.z * own.z, _tint.w);
            }
            (_threshold, _far, _turn, _moved, _flat) = (One("_DreamThreshold"), One("_DreamFar", 1), One("_DreamTurn", 1), One("_DreamMoved"), One("_DreamFlat") > 0.5f);
            (_texture, _control) = (get("_MainTex", null) as Texture, get("_DreamControl", null) as Texture);
            for (var i = 0; i < 4; i++) _layers[i] = (get("_DreamLayer" + i, null) as Texture, Four("_DreamTile" + i, new Vector4(1, 1, 0, 0)));
            var order = Four("_DreamOrder");
            Order = new[] { (int)order.x, (int)order.y, (int)order.z, (int)order.w, (int)One("_DreamLast") };
        }

        internal Corner Vertex(Vector3 v, Vector2 uv, Vector3 normal)
        {
            if (_pass == 1)
            {
                var now = new Vector3(v.x, v.y * _turn, 1);
                return new Corner { Clip = new Vector4(v.x, v.y, 0.5f, 1), Now = now, Before = Xyw(_sky * new Vector4(now.x, now.y, 1, 1)) };
            }
            var local = new Vector4(v.x * _flip.x, v.y * _flip.y, v.z, 1);
            var world = _place * local;
            var seen = _view * world;
            var n = _normals;
            // A row times the inverse.
            var turned = new Vector4(normal.x * n.m00 + normal.y * n.m10 + normal.z * n.m20, normal.x * n.m01 + normal.y * n.m11 + normal.z * n.m21, normal.x * n.m02 + normal.y * n.m12 + normal.z * n.m22, 0);
            var facing = _view * turned;
            return new Corner
            {
                Clip = _viewProjection * world,
                Uv = new Vector2(uv.x * _at.x + _at.z, uv.y * _at.y + _at.w),
                Seen = new Vector3(seen.x, seen.y, seen.z),
                Normal = new Vector3(facing.x, facing.y, facing.z),
                Now = Xyw(_now * world),
                Before = _moved < -0.5f ? Vector3.zero : Xyw(_before * (_moved > 0.5f ? _objectBefore * local : world)),
            };
        }

        internal void Begin(Corner[] corners)
        {
            _corners = corners;
            _geometric = Cross(corners[1].Seen - corners[0].Seen, corners[2].Seen - corners[0].Seen);
        }

        /// <summary>At these weights of the corners; false: nothing is drawn.</summary>
        internal bool Fragment(double a, double b, double c)
        {
            Vector3 Mix(Func<Corner, Vector3> of) => of(_corners[0]) * (float)a + of(_corners[1]) * (float)b + of(_corners[2]) * (float)c;
            double u = a * _corners[0].Uv.x + b * _corners[1].Uv.x + c * _corners[2].Uv.x, v = a * _corners[0].Uv.y + b * _corners[1].Uv.y + c * _corners[2].Uv.y;
            Set(0, _label.x, _label.y, _label.z, _label.w);
            Motion(Mix(k => k.Now), Mix(k => k.Before));
            if (_pass == 1)
            {
                Set(1, 0, 0, 0, 0);
                Depth(1);
                Set(3, 128 / 255.0, 128 / 255.0, 128 / 255.0, 1);
                return true;
            }
            if (_pass == 2) Ground(u, v);
            else
            {
                var texel = At(_texture, u, v);
                if (texel[3] - _threshold < 0) return false;
                Set(1, Encoded(texel[0] * _tint.x), Encoded(texel[1] * _tint.y), Encoded(texel[2] * _tint.z), _tint.w);
            }
            var seen = Mix(k => k.Seen);
            Depth(-seen.z / _far);
            var normal = Mix(k => k.Normal);
            if (Dot(normal, normal) <= 1e-12) normal = _geometric;
            var away = _flat ? -normal.z : Dot(normal, seen);
            Normal(away > 0 ? normal * -1 : normal);
            return true;
        }

        private void Ground(double u, double v)
        {
            var part = At(_control, u, v);
            double r = 0, g = 0, b = 0, known = 0;
            for (var i = 0; i < 4; i++)
            {
                var (texture, tile) = _layers[i];
                var c = At(texture, u * tile.x + tile.z, v * tile.y + tile.w);
                (r, g, b, known) = (r + part[i] * c[0], g + part[i] * c[1], b + part[i] * c[2], known + part[i]);
            }
            var whole = Math.Max(known, 0.01);
            Set(1, Encoded(r / whole), Encoded(g / whole), Encoded(b / whole), known > 0.01 ? 1 : 0);
        }

        private static double[] At(Texture? texture, double u, double v) =>
            texture ? texture!.Gpu.Sample(u - Math.Floor(u), v - Math.Floor(v)) : new double[] { 1, 1, 1, 1 };

        private static double Encoded(double c)
        {
            c = Math.Max(0, Math.Min(1, c));
            return Engine.ColorSpace == ColorSpace.Linear ? GpuImage.Encode(c) : c;
        }

        private void Depth(double d)
        {
            var n = Math.Min(Math.Floor(Math.Max(0, Math.Min(1, d)) * 16777215 + 0.5), 16777215);
            double r = Math.Floor(n / 65536), g = Math.Floor((n - r * 65536) / 256);
            Set(2, r / 255, g / 255, (n - r * 65536 - g * 256) / 255, 1);
        }

        private void Normal(Vector3 n)
        {
            var size = Math.Max(n.magnitude, 1e-12f);
            Set(3, Math.Floor(128.5 + 127 * n.x / size) / 255, Math.Floor(128.5 + 127 * n.y / size) / 255, Math.Floor(128.5 + 127 * n.z / size) / 255, 1);
        }

        private void Motion(Vector3 now, Vector3 before)
        {
            double thenX = before.x / Math.Max(before.z, 1e-6), thenY = before.y / Math.Max(before.z, 1e-6);
            if (!(before.z > 0 && Math.Abs(thenX) <= 1 && Math.Abs(thenY) <= 1))
            {
                Set(4, 0, 0, 0, 1);
                return;
            }
            double Number(double pixels) => Math.Floor(Math.Max(-127.9375, Math.Min(127.9375, pixels)) * 16 + 0.5) + 2048;
            double x = Number((now.x / now.z - thenX) * 0.5 * _size.x), y = Number(-(now.y / now.z - thenY) * 0.5 * _size.y);
            double r = Math.Floor(x / 16), high = Math.Floor(y / 256);
            Set(4, r / 255, ((x - r * 16) * 16 + high) / 255, (y - high * 256) / 255, 1);
        }

        private void Set(int layer, double r, double g, double b, double a)
        {
            var o = Out[layer];
            (o[0], o[1], o[2], o[3]) = (r, g, b, a);
        }

        private static Vector3 Xyw(Vector4 v) => new Vector3(v.x, v.y, v.w);

        private static float Dot(Vector3 a, Vector3 b) => a.x * b.x + a.y * b.y + a.z * b.z;

        private static Vector3 Cross(Vector3 a, Vector3 b) => new Vector3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
    }
}
