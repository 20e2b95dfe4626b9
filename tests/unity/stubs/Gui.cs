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

        public static void Begin() { Drawn.Clear(); s_checks.Clear(); s_changed = false; s_next = ""; s_rows.Clear(); s_layout = false; }

        private static bool s_layout;
        private static string s_next = "";
        private static readonly Stack<int> s_rows = new Stack<int>();

        /// <summary>
        /// One drawing as the engine does it: the event Layout, in which every control is laid out, then what the user did, if anything, then
        /// Layout and Repaint. Time goes by between two events. An event that draws other controls than its layout ends with the engine's
        /// "Getting control N's position in a group with only N controls".
        /// </summary>
        public static void Events(Action draw)
        {
            if (s_inputs.Count > 0)
            {
                var laid = Pass(draw, true);
                var done = Pass(draw, false);
                if (done > laid) throw new EngineError("Getting control " + laid + "'s position in a group with only " + laid + " controls when doing mouseUp");
            }
            var before = Pass(draw, true);
            System.Threading.Thread.Sleep(3);
            var layout = string.Join("\n", Drawn);
            var drawn = Pass(draw, false);
            if (before != drawn) throw new EngineError("Getting control " + Math.Min(before, drawn) + "'s position in a group with only " + before + " controls when doing repaint:\n" + layout + "\nthen\n" + string.Join("\n", Drawn));
        }

        private static int Pass(Action draw, bool layout)
        {
            Begin();
            s_layout = layout;
            try { draw(); }
            catch (ExitGUIException) when (!layout) { return 0; }
            finally { s_layout = false; }
            return Drawn.Count;
        }

        public static void NextName(string name) => s_next = name;
        public static void BeginRow() => s_rows.Push(0);
        public static void EndRow() => s_rows.Pop();
        public static void BeginColumn() => s_rows.Push(int.MinValue);

        /// <summary>A control with a label of its own, which takes 120 pixels and more: an inspector's row has room for one.</summary>
        public static T Labelled<T>(string label, T value)
        {
            if (s_rows.Count > 0 && label.Length > 0)
            {
                var before = s_rows.Pop();
                s_rows.Push(before + 1);
                if (before == 1) throw new EngineError("two labelled controls in one row: " + label);
            }
            return Control(label, value);
        }
        public static void User(string label, object value) => s_inputs[label] = value;
        public static bool Saw(string part) => Drawn.Any(d => d.Contains(part));
        public static void NothingLeft() { if (s_inputs.Count > 0) throw new EngineError("no such control: " + string.Join(", ", s_inputs.Keys)); }

        public static T Control<T>(string label, T value)
        {
            Engine.Check("GUI");
            if (s_next.Length > 0) (label, s_next) = (s_next, "");
            Drawn.Add(label + ": " + (Mixed ? "(mixed)" : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)));
            if (s_layout || !s_inputs.TryGetValue(label, out var input) || Disabled > 0) return value;
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

    /// <summary>The engine takes it for the end of an event.</summary>
    public sealed class ExitGUIException : Exception { }

    public class GUIUtility { public static void ExitGUI() => throw new ExitGUIException(); }

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
        public static int depth { get; set; }
        public static void DrawTextureWithTexCoords(Rect position, Texture image, Rect texCoords) { Engine.Use(image, "DrawTexture"); Gui.Say("[part of " + image.width + " x " + image.height + (texCoords.height < 0 ? ", turned" : "") + "]"); }
        public static void SetNextControlName(string name) { Engine.Check("GUI"); Gui.NextName(name); }
        public static void DrawTexture(Rect position, Texture image, ScaleMode scaleMode) { Engine.Use(image, "DrawTexture"); Gui.Say("[picture " + image.width + " x " + image.height + "]"); }
    }
}
