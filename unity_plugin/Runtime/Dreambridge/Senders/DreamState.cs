#nullable enable
using System;
using System.Reflection;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Sends a field or property of any component: numbers and truth values to a number or event, Vector2 and Vector3 to a vector; texts
    /// and the names of enum values to a choice or text, whenever they change.
    /// </summary>
    /// <remarks>Properties are read through a delegate, fields by reflection. With managed code stripping, mark what only this
    /// component reads with <c>[UnityEngine.Scripting.Preserve]</c>.</remarks>
    [AddComponentMenu("Dreambridge/Dream State")]
    public sealed partial class DreamState : DreamSender
    {
        [SerializeField, Tooltip("The component whose member is read.")] private Component? _target;
        [SerializeField, Tooltip("Name of a field or property of it.")] private string _member = "";
        [SerializeField, Tooltip("Multiplies numbers.")] private float _scale = 1;
        [SerializeField, Tooltip("Added after the scale.")] private float _offset;

        [NonSerialized] private Func<object?>? _read;
        [NonSerialized] private Func<float>? _readNumber;
        [NonSerialized] private Type _type = typeof(void);

        /// <summary>The component whose member is read.</summary>
        public Component? target { get => _target; set { _target = value; _read = null; } }

        /// <summary>Name of a field or property of it, public or not.</summary>
        public string member { get => _member; set { _member = value; _read = null; } }

        /// <summary>Multiplies numbers.</summary>
        public float scale { get => _scale; set => _scale = value; }

        /// <summary>Added to numbers, after the scale.</summary>
        public float offset { get => _offset; set => _offset = value; }

        /// <inheritdoc/>
        protected override DreamError? Validate(DreamCondition schema)
        {
            if (!_target) return Wrong("no target is set.", "Set the property Target to a component.");
            if (!Bind(_target!))
                return Wrong(_target!.GetType().Name + " has no field or property " + (_member.Length > 0 ? _member : "(empty name)") + ".", "Check its name. In a built player, code stripping may have removed it: mark it with [Preserve].");
            var text = _type == typeof(string) || _type.IsEnum;
            var numbers = NumbersOf(_type);
            var fits = schema.Kind switch
            {
                DreamConditionKind.Choice => text,
                DreamConditionKind.Text => text,
                DreamConditionKind.Number => numbers == 1,
                DreamConditionKind.Event => numbers == 1,
                DreamConditionKind.Vector => numbers == schema.Size,
                _ => false,
            };
            return fits ? null : Wrong(_member + " is a " + _type.Name + ", which does not fit the condition " + schema.Name + " of the kind " + schema.KindName + ".",
                "Numbers and bool go to number or event, Vector2 and Vector3 to a vector of that size, string and enum to choice or text.");
        }

        /// <inheritdoc/>
        protected override int Count(DreamCondition schema) => Math.Max(1, NumbersOf(_type));

        /// <inheritdoc/>
        protected override bool TryText(DreamCondition schema, out string text)
        {
            text = "";
            if (schema.Kind != DreamConditionKind.Choice && schema.Kind != DreamConditionKind.Text) return false;
            text = _target && _read != null ? _read()?.ToString() ?? "" : "";
            return true;
        }

        /// <inheritdoc/>
        protected override bool Sample(DreamCondition schema, float[] numbers)
        {
            if (!_target || (_read == null && !Bind(_target!))) return false;
            if (_readNumber != null)
            {
                numbers[0] = _readNumber() * _scale + _offset;
                return true;
            }
            switch (_read!())
            {
                case Vector2 v: numbers[0] = v.x * _scale + _offset; numbers[1] = v.y * _scale + _offset; return true;
                case Vector3 v: numbers[0] = v.x * _scale + _offset; numbers[1] = v.y * _scale + _offset; numbers[2] = v.z * _scale + _offset; return true;
                case bool b: numbers[0] = (b ? 1 : 0) * _scale + _offset; return true;
                case IConvertible c: numbers[0] = c.ToSingle(null) * _scale + _offset; return true;
                default: return false;
            }
        }

        private static int NumbersOf(Type type) => type == typeof(Vector2) ? 2 : type == typeof(Vector3) ? 3 : type == typeof(bool) || (type.IsPrimitive && type != typeof(char)) ? 1 : 0;

        private bool Bind(Component on)
        {
            const BindingFlags any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            _readNumber = null;
            _read = null;
            for (var type = on.GetType(); type != null && type != typeof(object); type = type.BaseType)
            {
                var field = type.GetField(_member, any);
                if (field != null)
                {
                    _type = field.FieldType;
                    _read = () => field.GetValue(on);
                    return true;
                }
                var property = type.GetProperty(_member, any);
                var getter = property?.GetGetMethod(true);
                if (getter == null || property!.GetIndexParameters().Length > 0) continue;
                _type = property.PropertyType;
                _read = () => getter.Invoke(on, null);
                if (_type == typeof(float)) _readNumber = (Func<float>)Delegate.CreateDelegate(typeof(Func<float>), on, getter);
                return true;
            }
            return false;
        }
    }
}
