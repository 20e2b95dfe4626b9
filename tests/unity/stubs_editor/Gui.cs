using System;
using System.Collections.Generic;
using FakeUnity;
using UnityEngine;

namespace UnityEditor
{
    public enum MessageType { None, Info, Warning, Error }

    public static class EditorGUI
    {
        public static bool showMixedValue { get => Gui.Mixed; set => Gui.Mixed = value; }
        public static int indentLevel;
        public static void BeginChangeCheck() => Gui.BeginCheck();
        public static bool EndChangeCheck() => Gui.EndCheck();
        public static void ProgressBar(Rect position, float value, string text) { if (!(value >= 0 && value <= 1)) throw new EngineError("progress of " + value); Gui.Say(text + " " + Mathf.RoundToInt(value * 100) + " %"); }
        public static void DrawPreviewTexture(Rect position, Texture image) { Engine.Use(image, "DrawPreviewTexture"); Gui.Say("[picture " + image.width + " x " + image.height + "]"); }

        public sealed class DisabledScope : IDisposable
        {
            private readonly bool _disabled;
            public DisabledScope(bool disabled) { _disabled = disabled; if (disabled) Gui.Disabled++; }
            public void Dispose() { if (_disabled) Gui.Disabled--; }
        }
    }

    public static class EditorGUILayout
    {
        public static void HelpBox(string message, MessageType type) => Gui.Say(type + ": " + message);
        public static void LabelField(string label, params GUILayoutOption[] options) => Gui.Say(label);
        public static void LabelField(string label, string label2, params GUILayoutOption[] options) => Gui.Say(label + ": " + label2);
        public static float Slider(GUIContent label, float value, float leftValue, float rightValue, params GUILayoutOption[] options) => Mathf.Clamp(Gui.Labelled(label.text, value), leftValue, rightValue);
        public static double DoubleField(GUIContent label, double value, params GUILayoutOption[] options) => Gui.Labelled(label.text, value);
        public static float FloatField(GUIContent label, float value, params GUILayoutOption[] options) => Gui.Labelled(label.text, value);
        public static int Popup(GUIContent label, int selectedIndex, string[] displayedOptions, params GUILayoutOption[] options) => Gui.Labelled(label.text, selectedIndex);
        public static string TextField(GUIContent label, string text, params GUILayoutOption[] options) => Gui.Labelled(label.text, text);
        public static string DelayedTextField(GUIContent label, string text, params GUILayoutOption[] options) => Gui.Labelled(label.text, text);
        public static bool ToggleLeft(GUIContent label, bool value, params GUILayoutOption[] options) => Gui.Labelled(label.text, value);
        public static bool Toggle(bool value, params GUILayoutOption[] options) => Gui.Control("toggle", value);
        public static bool Foldout(bool foldout, string content, bool toggleOnLabelClick) { Gui.Say(content); return foldout; }
        public static bool PropertyField(SerializedProperty property, params GUILayoutOption[] options) { property.Draw(); return true; }
        public static bool PropertyField(SerializedProperty property, GUIContent label, bool includeChildren, params GUILayoutOption[] options) { property.Draw(); return true; }
        public static void Space() => Engine.Check("GUI");
        public static void SelectableLabel(string text, params GUILayoutOption[] options) => Gui.Say(text);

        public sealed class HorizontalScope : IDisposable
        {
            public HorizontalScope(params GUILayoutOption[] options) => Gui.BeginRow();
            public void Dispose() => Gui.EndRow();
        }

        public sealed class VerticalScope : IDisposable
        {
            public VerticalScope(params GUILayoutOption[] options) => Gui.BeginColumn();
            public void Dispose() => Gui.EndRow();
        }

        public sealed class ScrollViewScope : IDisposable
        {
            public ScrollViewScope(Vector2 scrollPosition, params GUILayoutOption[] options) => this.scrollPosition = scrollPosition;
            public Vector2 scrollPosition { get; }
            public void Dispose() { }
        }
    }
}
