#nullable enable
using System;
using System.Globalization;

namespace Dreambridge
{
    /// <summary>A condition's value as it is saved with a scene: a name, and one of number, text or numbers.</summary>
    [Serializable]
    public sealed class DreamSetting
    {
        /// <summary>Which of the fields holds the value.</summary>
        public enum Form { Number, Text, Numbers }

        /// <summary>The condition's name in the bundle's schema.</summary>
        public string name = "";
        /// <summary>Which of the fields below holds the value.</summary>
        public Form form;
        /// <summary>For the kind number.</summary>
        public double number;
        /// <summary>For the kinds text and choice.</summary>
        public string text = "";
        /// <summary>For the kinds vector, pose and audio, row by row.</summary>
        public float[] numbers = Array.Empty<float>();

        /// <summary>The form in which a condition of this kind is saved.</summary>
        public static Form FormOf(DreamConditionKind kind) => kind switch
        {
            DreamConditionKind.Choice => Form.Text,
            DreamConditionKind.Text => Form.Text,
            DreamConditionKind.Vector => Form.Numbers,
            DreamConditionKind.PerFrame => Form.Numbers,
            DreamConditionKind.Pose => Form.Numbers,
            DreamConditionKind.Audio => Form.Numbers,
            _ => Form.Number,
        };

        /// <summary>How many numbers a condition of the kind vector, pose or audio has.</summary>
        public static int CountOf(DreamCondition schema) => schema.Kind == DreamConditionKind.Pose ? Math.Max(1, schema.Figures) * 17 * 3
            : schema.Kind == DreamConditionKind.Audio ? DreamCondition.AudioSize : Math.Max(1, schema.Size);

        /// <summary>Can such a condition be saved with a scene? Events do not last, and pictures come from scripts.</summary>
        public static bool CanHold(DreamCondition schema) =>
            schema.Kind != DreamConditionKind.Event && schema.Kind != DreamConditionKind.Delta && schema.Kind != DreamConditionKind.Image && schema.Kind != DreamConditionKind.Unknown;

        /// <summary>A condition with the schema's own default.</summary>
        public static DreamSetting Of(DreamCondition schema)
        {
            var made = new DreamSetting { name = schema.Name, form = FormOf(schema.Kind) };
            switch (made.form)
            {
                case Form.Number: made.number = schema.Default.AsNumber(); break;
                case Form.Text: made.text = schema.Default.AsText(); break;
                default:
                    made.numbers = new float[CountOf(schema)];
                    var given = schema.Default.AsFloats();
                    for (var i = 0; i < made.numbers.Length; i++) made.numbers[i] = given != null && i < given.Length ? given[i] : (float)schema.Default.AsNumber();
                    break;
            }
            return made;
        }

        /// <summary>The value as it is sent.</summary>
        public DreamValue Value => form == Form.Number ? number : form == Form.Text ? text : (DreamValue)numbers;

        /// <summary>One of the same value, that shares nothing with this one.</summary>
        public DreamSetting Copy() => new DreamSetting { name = name, form = form, number = number, text = text, numbers = (float[])numbers.Clone() };

        /// <summary>The whole value as text, equal exactly when the values are.</summary>
        internal string ToText() => form == Form.Number ? "n" + number.ToString("R", CultureInfo.InvariantCulture)
            : form == Form.Text ? "t" + text : "v" + string.Join(" ", Array.ConvertAll(numbers, x => x.ToString("R", CultureInfo.InvariantCulture)));

        /// <summary>Name and value, for lists and logs.</summary>
        public override string ToString() => name + " = " + (form == Form.Number ? number.ToString(CultureInfo.InvariantCulture)
            : form == Form.Text ? "\"" + text + "\"" : numbers.Length + " numbers");
    }
}
