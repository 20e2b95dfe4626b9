using System;
using System.Collections.Generic;
using System.Linq;
using FakeUnity;
using UnityEngine;

namespace FakeUnity
{
    /// <summary>An inspector's or window's controls as they were drawn, and what the test's user does to them.</summary>
    public static class Gui
    {
        public static readonly List<string> Drawn = new List<string>();
        private static readonly Dictionary<string, object> s_inputs = new Dictionary<string, object>();
        private static bool s_changed;
        private static readonly Stack<bool> s_checks = new Stack<bool>();
        public static int Disabled;
        public static bool Mixed;

        public static void Begin() { Drawn.Clear(); s_checks.Clear(); s_changed = false; }
        public static void User(string label, object value) => s_inputs[label] = value;
        public static bool Saw(string part) => Drawn.Any(d => d.Contains(part));
        public static void NothingLeft() { if (s_inputs.Count > 0) throw new EngineError("no such control: " + string.Join(", ", s_inputs.Keys)); }

        public static T Control<T>(string label, T value)
        {
            Engine.Check("GUI");
            Drawn.Add(label + ": " + (Mixed ? "(mixed)" : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)));
            if (!s_inputs.TryGetValue(label, out var input) || Disabled > 0) return value;
            s_inputs.Remove(label);
            s_changed = true;
            return (T)input;
        }

        public static void Say(string text) { Engine.Check("GUI"); Drawn.Add(text); }
        public static void BeginCheck() { s_checks.Push(s_changed); s_changed = false; }
        public static bool EndCheck() { var inner = s_changed; s_changed = s_checks.Pop() || inner; return inner; }
    }
}

namespace UnityEngine
{
    public sealed class GUIContent
    {
        public string text;
        public string tooltip;
        public GUIContent(string text) : this(text, "") { }
        public GUIContent(string text, string tooltip) { this.text = text; this.tooltip = tooltip; }
    }

    public class GUILayoutOption { internal GUILayoutOption() { } }

    public static class GUILayout
    {
        public static bool Button(string text, params GUILayoutOption[] options) => Gui.Control(text, false);
        public static float HorizontalSlider(float value, float leftValue, float rightValue, params GUILayoutOption[] options) => Mathf.Clamp(Gui.Control("slider", value), leftValue, rightValue);
        public static void BeginArea(Rect screenRect) => Engine.Check("GUI");
        public static void EndArea() => Engine.Check("GUI");
        public static void Label(string text, params GUILayoutOption[] options) => Gui.Say(text);
        public static void Space(float pixels) => Engine.Check("GUI");
        public static GUILayoutOption Width(float width) => new GUILayoutOption();
        public static GUILayoutOption Height(float height) => new GUILayoutOption();
        public static GUILayoutOption ExpandWidth(bool expand) => new GUILayoutOption();
    }

    public static class GUILayoutUtility
    {
        public static Rect GetRect(float width, float height) => new Rect(0, 0, width, height);
        public static Rect GetAspectRect(float aspect) => new Rect(0, 0, 200, 200 / aspect);
    }
}

namespace UnityEngine
{
    public enum ScaleMode { StretchToFill, ScaleAndCrop, ScaleToFit }

    public class GUI
    {
        public static void DrawTexture(Rect position, Texture image, ScaleMode scaleMode) { Engine.Use(image, "DrawTexture"); Gui.Say("[picture " + image.width + " x " + image.height + "]"); }
    }
}
