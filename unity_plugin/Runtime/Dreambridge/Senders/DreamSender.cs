#nullable enable
using System;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Feeds one condition of a stream from the game: measures so many times a second, and sends only what moved by more than the dead
    /// band. A wrong name or kind is reported once, when the stream is open.
    /// </summary>
    public abstract class DreamSender : MonoBehaviour
    {
        [SerializeField, Tooltip("The stream to direct. Empty: the one on this object.")] private DreamStream? _stream;
        [SerializeField, Tooltip("Name of the condition.")] private string _condition = "";
        [SerializeField, Tooltip("Directions a second, at most."), Range(1, 60)] private float _rate = 15;
        [SerializeField, Tooltip("Smaller changes are not sent. In the condition's own unit."), Min(0)] private float _deadBand = 0.001f;
        [SerializeField, Tooltip("Seconds of the transition. Below 0: the condition's own.")] private float _over = 0.1f;

        [NonSerialized] private float[] _now = Array.Empty<float>();
        [NonSerialized] private float[] _sent = Array.Empty<float>();
        [NonSerialized] private string _sentText = "";
        [NonSerialized] private bool _any;
        [NonSerialized] private double _next;
        [NonSerialized] private DreamStream? _listening;
        [NonSerialized] private StreamInfo? _checked;
        [NonSerialized] private bool _fits;

        /// <summary>The stream that is fed; when null, the one on the same GameObject.</summary>
        public DreamStream? stream { get => _stream; set => _stream = value; }

        /// <summary>The condition's name in the bundle's schema.</summary>
        public string condition { get => _condition; set { _condition = value; _checked = null; _any = false; } }

        /// <summary>At most so many directions a second, 1 to 60.</summary>
        public float rate { get => _rate; set => _rate = value; }

        /// <summary>Changes up to this are not sent.</summary>
        public float deadBand { get => _deadBand; set => _deadBand = value; }

        /// <summary>Seconds of the transition; below 0 the condition's own.</summary>
        public float over { get => _over; set => _over = value; }

        /// <summary>Directions sent so far.</summary>
        public int sent { get; private set; }

        /// <summary>Why nothing is sent; null when all is well.</summary>
        public DreamError? lastError { get; private set; }

        /// <summary>Is there a condition of this kind that the sender can feed? Null, or what is wrong with the way out.</summary>
        protected abstract DreamError? Validate(DreamCondition schema);

        /// <summary>How many numbers are measured for this condition.</summary>
        protected abstract int Count(DreamCondition schema);

        /// <summary>Read the numbers; false when there is nothing to measure now.</summary>
        protected abstract bool Sample(DreamCondition schema, float[] numbers);

        /// <summary>For conditions of the kinds choice and text: what to send, whenever it changes. False for all other kinds.</summary>
        protected virtual bool TryText(DreamCondition schema, out string text)
        {
            text = "";
            return false;
        }

        /// <summary>An error that names this component and its object.</summary>
        protected DreamError Wrong(string what, string hint) => new DreamError(ErrorCodes.BadArgument, GetType().Name + " on " + name + ": " + what, hint);

        private void LateUpdate()
        {
            var s = _stream ? _stream : _listening ? _listening : _listening = GetComponent<DreamStream>();
            if (!s)
            {
                Report(Wrong("no DreamStream is set.", "Set the property Stream, or add the component to the stream's object."));
                return;
            }
            var info = s!.info;
            if (info == null || !s.isOpen || Time.realtimeSinceStartupAsDouble < _next) return;
            _next = Time.realtimeSinceStartupAsDouble + 1 / Math.Max(1, _rate);
            var schema = info.Conditions.Find(_condition);
            if (info != _checked) Accept(info, schema);
            if (!_fits) return;
            if (TryText(schema!, out var text))
            {
                SendText(s, text);
                return;
            }
            if (!Sample(schema!, _now)) return;
            lastError = null;
            // An event is triggered by a rise; all else is sent when it moved.
            var send = schema!.Kind == DreamConditionKind.Event ? Rose() : !_any || Moved();
            if (send || schema.Kind == DreamConditionKind.Event) Array.Copy(_now, _sent, _now.Length);
            if (!send) return;
            s.Direct(_condition, Value(schema), _over);
            s.Flush();
            _any = true;
            sent++;
        }

        private void SendText(DreamStream s, string text)
        {
            if (text.Length == 0 || (_any && text == _sentText)) return;
            s.Direct(_condition, text, _over);
            s.Flush();
            _sentText = text;
            _any = true;
            sent++;
        }

        private void Accept(StreamInfo info, DreamCondition? schema)
        {
            _checked = info;
            var wrong = schema == null
                ? Wrong("the bundle " + info.Bundle + " has no condition " + (_condition.Length > 0 ? _condition : "(empty name)") + ".", "Set the property Condition to one of: " + Names(info.Conditions) + ".")
                : Validate(schema);
            _fits = wrong == null;
            if (wrong != null)
            {
                Report(wrong);
                return;
            }
            lastError = null;
            _any = false;
            var count = Count(schema!);
            if (_now.Length == count) return;
            _now = new float[count];
            _sent = new float[count];
        }

        private DreamValue Value(DreamCondition schema)
        {
            switch (schema.Kind)
            {
                case DreamConditionKind.Number: return schema.HasRange && schema.Period <= 0 ? Mathf.Clamp(_now[0], (float)schema.Min, (float)schema.Max) : _now[0];
                case DreamConditionKind.Event: return Mathf.Clamp01(_now[0]);
                default: return _now;
            }
        }

        private bool Moved()
        {
            for (var i = 0; i < _now.Length; i++)
                if (Math.Abs(_now[i] - _sent[i]) > _deadBand) return true;
            return false;
        }

        private bool Rose() => _now[0] - (_any ? _sent[0] : 0) > _deadBand;

        private static string Names(DreamSchema schema)
        {
            var names = "";
            for (var i = 0; i < schema.Count; i++) names += (i > 0 ? ", " : "") + schema[i].Name;
            return names;
        }

        /// <summary>Say it in the console, once.</summary>
        protected void Report(DreamError error)
        {
            if (lastError != null && lastError.Message == error.Message) return;
            lastError = error;
            Debug.LogWarning("Dreambridge [" + error.Code + "]: " + error.Message + " " + error.Hint, this);
        }
    }
}
