#nullable enable
using System;
using System.Linq;
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>The control of one condition, by its kind in the schema: slider, list, text or numbers, with a check box before it for "is set".</summary>
    internal static class ConditionControl
    {
        private const int NumbersInARow = 8;
        private const int TickWidth = 18;

        internal static void Draw(DreamCondition schema, ConditionEditing editing)
        {
            var label = new GUIContent(Title(schema), schema.Description + Range(schema) + "\nIf the box is not ticked, the bundle's default applies.");
            if (!DreamSetting.CanHold(schema))
            {
                Momentary(schema, label, editing);
                return;
            }
            var value = editing.First;
            var wrong = value != null && value.form == DreamSetting.FormOf(schema.Kind) ? schema.Check(value.Value) : null;
            if (value != null && value.form != DreamSetting.FormOf(schema.Kind))
            {
                EditorGUILayout.HelpBox(schema.Name + " is now a " + schema.KindName + ", but this scene has the value " + value + ".", MessageType.Warning);
                if (GUILayout.Button("Reset " + schema.Name)) editing.Write(DreamSetting.Of(schema));
                return;
            }
            using (new EditorGUILayout.HorizontalScope())
            {
                EditorGUI.showMixedValue = editing.Mixed;
                EditorGUI.BeginChangeCheck();
                // A check box alone: a second label would leave no room for the control in an inspector of usual width.
                GUI.SetNextControlName("Set " + schema.Name);
                var set = EditorGUILayout.Toggle(editing.Set, GUILayout.Width(TickWidth));
                if (EditorGUI.EndChangeCheck())
                {
                    if (set) editing.Write(value ?? DreamSetting.Of(schema));
                    else editing.Unset();
                }
                else
                {
                    using (new EditorGUI.DisabledScope(!editing.Set && !editing.Mixed))
                    {
                        EditorGUI.BeginChangeCheck();
                        var next = Control(schema, label, value ?? DreamSetting.Of(schema));
                        if (EditorGUI.EndChangeCheck()) editing.Write(next);
                    }
                }
                EditorGUI.showMixedValue = false;
            }
            if (wrong != null) EditorGUILayout.HelpBox(wrong.Message + " " + wrong.Hint, MessageType.Warning);
        }

        // What does not last or cannot be saved: events are triggered by buttons, pictures come from scripts.
        private static void Momentary(DreamCondition schema, GUIContent label, ConditionEditing editing)
        {
            if (schema.Kind != DreamConditionKind.Event)
            {
                EditorGUILayout.LabelField(label.text, "of the kind " + schema.KindName + ", from scripts (Direct)");
                return;
            }
            using (new EditorGUI.DisabledScope(!editing.Running))
            {
                if (schema.Options.Length == 0 && GUILayout.Button("Trigger " + schema.Name)) editing.Trigger(1.0);
                foreach (var option in schema.Options)
                    if (GUILayout.Button("Trigger " + schema.Name + ": " + option)) editing.Trigger(option);
            }
        }

        private static DreamSetting Control(DreamCondition schema, GUIContent label, DreamSetting value)
        {
            var next = value.Copy();
            switch (schema.Kind)
            {
                case DreamConditionKind.Number:
                    next.number = schema.HasRange
                        ? EditorGUILayout.Slider(label, (float)value.number, (float)schema.Min, (float)schema.Max)
                        : EditorGUILayout.DoubleField(label, value.number);
                    break;
                case DreamConditionKind.Choice:
                    var chosen = EditorGUILayout.Popup(label, Array.IndexOf(schema.Options, value.text), schema.Options);
                    if (chosen >= 0 && chosen < schema.Options.Length) next.text = schema.Options[chosen];
                    break;
                case DreamConditionKind.Text:
                    // Delayed: each change is a sentence for the encoder.
                    next.text = EditorGUILayout.DelayedTextField(label, value.text);
                    break;
                case DreamConditionKind.Vector when schema.Size <= NumbersInARow:
                    using (new EditorGUILayout.VerticalScope())
                        for (var i = 0; i < next.numbers.Length; i++)
                            next.numbers[i] = EditorGUILayout.FloatField(new GUIContent(schema.Name + " " + i, schema.Description), value.numbers[i]);
                    break;
                default:
                    EditorGUILayout.LabelField(label.text, value.numbers.Length + " numbers, from scripts (DreamPose, Direct)");
                    break;
            }
            return next;
        }

        private static string Title(DreamCondition schema) => schema.Unit.Length > 0 ? schema.Name + " (" + schema.Unit + ")" : schema.Name;

        private static string Range(DreamCondition schema) => schema.Kind == DreamConditionKind.Choice ? "\n" + string.Join(", ", schema.Options.ToArray())
            : schema.HasRange ? "\n" + schema.Min + " to " + schema.Max : "";
    }
}
