using System;

namespace UnityEngine
{
    [Serializable]
    public struct Vector2 : IEquatable<Vector2>
    {
        public float x, y;
        public Vector2(float x, float y) { this.x = x; this.y = y; }
        public static Vector2 zero => new Vector2(0, 0);
        public static Vector2 one => new Vector2(1, 1);
        public bool Equals(Vector2 other) => x == other.x && y == other.y;
        public override bool Equals(object? other) => other is Vector2 v && Equals(v);
        public override int GetHashCode() => x.GetHashCode() ^ (y.GetHashCode() << 2);
    }

    [Serializable]
    public struct Vector3
    {
        public float x, y, z;
        public Vector3(float x, float y, float z) { this.x = x; this.y = y; this.z = z; }
        public static Vector3 zero => new Vector3(0, 0, 0);
        public float magnitude => (float)Math.Sqrt(x * x + y * y + z * z);
        public static Vector3 operator +(Vector3 a, Vector3 b) => new Vector3(a.x + b.x, a.y + b.y, a.z + b.z);
        public static Vector3 operator -(Vector3 a, Vector3 b) => new Vector3(a.x - b.x, a.y - b.y, a.z - b.z);
        public static Vector3 operator *(Vector3 a, float d) => new Vector3(a.x * d, a.y * d, a.z * d);
        public static Vector3 Lerp(Vector3 a, Vector3 b, float t) => a + (b - a) * Mathf.Clamp01(t);
    }

    [Serializable]
    public struct Vector4
    {
        public float x, y, z, w;
        public Vector4(float x, float y, float z, float w) { this.x = x; this.y = y; this.z = z; this.w = w; }
    }

    [Serializable]
    public struct Quaternion
    {
        public float x, y, z, w;
        public Quaternion(float x, float y, float z, float w) { this.x = x; this.y = y; this.z = z; this.w = w; }
        public static Quaternion identity => new Quaternion(0, 0, 0, 1);

        public static Quaternion Euler(float x, float y, float z)
        {
            Quaternion About(float degrees, int axis)
            {
                var half = degrees * Math.PI / 360;
                var s = (float)Math.Sin(half);
                return new Quaternion(axis == 0 ? s : 0, axis == 1 ? s : 0, axis == 2 ? s : 0, (float)Math.Cos(half));
            }
            return About(y, 1) * About(x, 0) * About(z, 2);
        }

        public Vector3 eulerAngles
        {
            get
            {
                var pitch = Math.Asin(Math.Max(-1, Math.Min(1, 2 * (w * x - y * z))));
                var yaw = Math.Atan2(2 * (w * y + x * z), 1 - 2 * (x * x + y * y));
                var roll = Math.Atan2(2 * (w * z + x * y), 1 - 2 * (x * x + z * z));
                float Turn(double r) { var d = (float)(r * 180 / Math.PI); return d < 0 ? d + 360 : d; }
                return new Vector3(Turn(pitch), Turn(yaw), Turn(roll));
            }
        }

        public static Quaternion Inverse(Quaternion q) => new Quaternion(-q.x, -q.y, -q.z, q.w);

        public static Quaternion operator *(Quaternion a, Quaternion b) => new Quaternion(
            a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
            a.w * b.y + a.y * b.w + a.z * b.x - a.x * b.z,
            a.w * b.z + a.z * b.w + a.x * b.y - a.y * b.x,
            a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z);

        public static Vector3 operator *(Quaternion q, Vector3 v)
        {
            var r = q * new Quaternion(v.x, v.y, v.z, 0) * Inverse(q);
            return new Vector3(r.x, r.y, r.z);
        }
    }

    [Serializable]
    public struct Color
    {
        public float r, g, b, a;
        public Color(float r, float g, float b, float a) { this.r = r; this.g = g; this.b = b; this.a = a; }
        public Color linear => new Color((float)FakeUnity.GpuImage.Decode(r), (float)FakeUnity.GpuImage.Decode(g), (float)FakeUnity.GpuImage.Decode(b), a);
        public static Color black => new Color(0, 0, 0, 1);
        public static Color white => new Color(1, 1, 1, 1);
        public static Color clear => new Color(0, 0, 0, 0);
    }

    [Serializable]
    public struct Color32
    {
        public byte r, g, b, a;
        public Color32(byte r, byte g, byte b, byte a) { this.r = r; this.g = g; this.b = b; this.a = a; }
        public static implicit operator Color32(Color c) => new Color32((byte)Math.Round(Mathf.Clamp01(c.r) * 255), (byte)Math.Round(Mathf.Clamp01(c.g) * 255), (byte)Math.Round(Mathf.Clamp01(c.b) * 255), (byte)Math.Round(Mathf.Clamp01(c.a) * 255));
        public override string ToString() => "RGBA(" + r + ", " + g + ", " + b + ", " + a + ")";
    }

    [Serializable]
    public struct Rect
    {
        public Rect(float x, float y, float width, float height) { this.x = x; this.y = y; this.width = width; this.height = height; }
        public float x { get; set; }
        public float y { get; set; }
        public float width { get; set; }
        public float height { get; set; }
    }

    public struct Mathf
    {
        public const float Deg2Rad = (float)Math.PI / 180f;
        public static float Clamp01(float value) => value < 0 ? 0 : value > 1 ? 1 : value;
        public static float Clamp(float value, float min, float max) => value < min ? min : value > max ? max : value;
        public static int Clamp(int value, int min, int max) => value < min ? min : value > max ? max : value;
        public static float Abs(float f) => Math.Abs(f);
        public static float Max(float a, float b) => Math.Max(a, b);
        public static int Max(int a, int b) => Math.Max(a, b);
        public static float Min(float a, float b) => Math.Min(a, b);
        public static int Min(int a, int b) => Math.Min(a, b);
        public static float Lerp(float a, float b, float t) => a + (b - a) * Clamp01(t);
        public static float Repeat(float t, float length) => Clamp(t - (float)Math.Floor(t / length) * length, 0, length);
        public static float DeltaAngle(float current, float target) { var d = Repeat(target - current, 360); return d > 180 ? d - 360 : d; }
        public static float Sqrt(float f) => (float)Math.Sqrt(f);
        public static float Log10(float f) => (float)Math.Log10(f);
        public static int RoundToInt(float f) => (int)Math.Round(f);
        public static int FloorToInt(float f) => (int)Math.Floor(f);
    }
}
