using System;

namespace UnityEngine
{
    /// <summary>Column vectors are multiplied from the right, as in Unity: m03 to m23 is the translation.</summary>
    public struct Matrix4x4
    {
        public float m00, m10, m20, m30, m01, m11, m21, m31, m02, m12, m22, m32, m03, m13, m23, m33;

        public static Matrix4x4 identity => Scale(new Vector3(1, 1, 1));

        public static Matrix4x4 Scale(Vector3 v) => new Matrix4x4 { m00 = v.x, m11 = v.y, m22 = v.z, m33 = 1 };

        public static Matrix4x4 TRS(Vector3 pos, Quaternion q, Vector3 s)
        {
            Vector3 x = q * new Vector3(s.x, 0, 0), y = q * new Vector3(0, s.y, 0), z = q * new Vector3(0, 0, s.z);
            return new Matrix4x4 { m00 = x.x, m10 = x.y, m20 = x.z, m01 = y.x, m11 = y.y, m21 = y.z, m02 = z.x, m12 = z.y, m22 = z.z, m03 = pos.x, m13 = pos.y, m23 = pos.z, m33 = 1 };
        }

        public static Matrix4x4 Perspective(float fov, float aspect, float zNear, float zFar)
        {
            var f = (float)(1 / Math.Tan(fov * Math.PI / 360));
            return new Matrix4x4 { m00 = f / aspect, m11 = f, m22 = -(zFar + zNear) / (zFar - zNear), m23 = -2 * zFar * zNear / (zFar - zNear), m32 = -1 };
        }

        public static Matrix4x4 Ortho(float left, float right, float bottom, float top, float zNear, float zFar) => new Matrix4x4
        {
            m00 = 2 / (right - left), m11 = 2 / (top - bottom), m22 = -2 / (zFar - zNear), m33 = 1,
            m03 = -(right + left) / (right - left), m13 = -(top + bottom) / (top - bottom), m23 = -(zFar + zNear) / (zFar - zNear),
        };

        public static Vector4 operator *(Matrix4x4 m, Vector4 v) => new Vector4(
            m.m00 * v.x + m.m01 * v.y + m.m02 * v.z + m.m03 * v.w, m.m10 * v.x + m.m11 * v.y + m.m12 * v.z + m.m13 * v.w,
            m.m20 * v.x + m.m21 * v.y + m.m22 * v.z + m.m23 * v.w, m.m30 * v.x + m.m31 * v.y + m.m32 * v.z + m.m33 * v.w);

        public static Matrix4x4 operator *(Matrix4x4 a, Matrix4x4 b)
        {
            Vector4 x = a * new Vector4(b.m00, b.m10, b.m20, b.m30), y = a * new Vector4(b.m01, b.m11, b.m21, b.m31);
            Vector4 z = a * new Vector4(b.m02, b.m12, b.m22, b.m32), w = a * new Vector4(b.m03, b.m13, b.m23, b.m33);
            return new Matrix4x4
            {
                m00 = x.x, m10 = x.y, m20 = x.z, m30 = x.w, m01 = y.x, m11 = y.y, m21 = y.z, m31 = y.w,
                m02 = z.x, m12 = z.y, m22 = z.z, m32 = z.w, m03 = w.x, m13 = w.y, m23 = w.z, m33 = w.w,
            };
        }

        /// <summary>By elimination; zero where there is none.</summary>
        public Matrix4x4 inverse
        {
            get
            {
                var a = new double[4, 8];
                var rows = new[] { new[] { m00, m01, m02, m03 }, new[] { m10, m11, m12, m13 }, new[] { m20, m21, m22, m23 }, new[] { m30, m31, m32, m33 } };
                for (var r = 0; r < 4; r++)
                for (var c = 0; c < 8; c++) a[r, c] = c < 4 ? rows[r][c] : c - 4 == r ? 1 : 0;
                for (var k = 0; k < 4; k++)
                {
                    var best = k;
                    for (var r = k; r < 4; r++) if (Math.Abs(a[r, k]) > Math.Abs(a[best, k])) best = r;
                    if (a[best, k] == 0) return default;
                    for (var c = 0; c < 8; c++) (a[k, c], a[best, c]) = (a[best, c], a[k, c]);
                    var by = a[k, k];
                    for (var c = 0; c < 8; c++) a[k, c] /= by;
                    for (var r = 0; r < 4; r++)
                    {
                        var f = a[r, k];
                        if (r == k || f == 0) continue;
                        for (var c = 0; c < 8; c++) a[r, c] -= f * a[k, c];
                    }
                }
                float At(int r, int c) => (float)a[r, c + 4];
                return new Matrix4x4
                {
                    m00 = At(0, 0), m01 = At(0, 1), m02 = At(0, 2), m03 = At(0, 3), m10 = At(1, 0), m11 = At(1, 1), m12 = At(1, 2), m13 = At(1, 3),
                    m20 = At(2, 0), m21 = At(2, 1), m22 = At(2, 2), m23 = At(2, 3), m30 = At(3, 0), m31 = At(3, 1), m32 = At(3, 2), m33 = At(3, 3),
                };
            }
        }

        public Vector3 MultiplyPoint3x4(Vector3 p)
        {
            var v = this * new Vector4(p.x, p.y, p.z, 1);
            return new Vector3(v.x, v.y, v.z);
        }
    }
}
