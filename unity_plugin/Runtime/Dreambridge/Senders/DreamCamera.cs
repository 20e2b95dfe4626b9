#nullable enable
using System;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>Sends where a camera is or looks: one number to a condition of the kind number, or position, turn and field of view to a vector.</summary>
    [AddComponentMenu("Dreambridge/Dream Camera")]
    public sealed partial class DreamCamera : DreamSender
    {
        /// <summary>What of the camera is sent to a number.</summary>
        public enum Source { PositionX, PositionY, PositionZ, Yaw, Pitch, Roll, FieldOfView }

        /// <summary>Numbers of a vector condition: position (3), pitch, yaw, roll (degrees, -180 to 180), field of view (degrees).</summary>
        public const int VectorSize = 7;

        [SerializeField, Tooltip("Empty: the camera on this object, else the main camera.")] private Camera? _camera;
        [SerializeField, Tooltip("For a condition of the kind number.")] private Source _source = Source.PositionX;
        [SerializeField, Tooltip("Multiplies the measured number.")] private float _scale = 1;
        [SerializeField, Tooltip("Added after the scale.")] private float _offset;

        [NonSerialized] private readonly float[] _all = new float[VectorSize];

        /// <summary>The camera that is followed; when null, the one on the same GameObject, else the main camera.</summary>
        public Camera? follow { get => _camera; set => _camera = value; }

        /// <summary>What is sent to a condition of the kind number.</summary>
        public Source source { get => _source; set => _source = value; }

        /// <summary>Multiplies the measured number.</summary>
        public float scale { get => _scale; set => _scale = value; }

        /// <summary>Added after the scale.</summary>
        public float offset { get => _offset; set => _offset = value; }

        /// <inheritdoc/>
        protected override DreamError? Validate(DreamCondition schema)
        {
            if (schema.Kind == DreamConditionKind.Number || (schema.Kind == DreamConditionKind.Vector && schema.Size == VectorSize)) return null;
            return Wrong("the condition " + schema.Name + " is of the kind " + schema.KindName + (schema.Kind == DreamConditionKind.Vector ? " with " + schema.Size + " numbers" : "") + ".",
                "Choose a condition of the kind number, or a vector of " + VectorSize + ".");
        }

        /// <inheritdoc/>
        protected override int Count(DreamCondition schema) => schema.Kind == DreamConditionKind.Vector ? VectorSize : 1;

        /// <inheritdoc/>
        protected override bool Sample(DreamCondition schema, float[] numbers)
        {
            if (!_camera && !TryGetComponent(out _camera)) _camera = Camera.main;
            if (!_camera)
            {
                Report(Wrong("no camera is set.", "Set the property Camera, or tag a camera of the scene as MainCamera."));
                return false;
            }
            var at = _camera!.transform.position;
            var turn = _camera.transform.eulerAngles;
            _all[0] = at.x;
            _all[1] = at.y;
            _all[2] = at.z;
            _all[3] = Mathf.DeltaAngle(0, turn.x);
            _all[4] = Mathf.DeltaAngle(0, turn.y);
            _all[5] = Mathf.DeltaAngle(0, turn.z);
            _all[6] = _camera.fieldOfView;
            if (numbers.Length == VectorSize)
            {
                Array.Copy(_all, numbers, VectorSize);
                return true;
            }
            var index = _source switch { Source.PositionX => 0, Source.PositionY => 1, Source.PositionZ => 2, Source.Pitch => 3, Source.Yaw => 4, Source.Roll => 5, _ => 6 };
            numbers[0] = _all[index] * _scale + _offset;
            return true;
        }
    }
}
