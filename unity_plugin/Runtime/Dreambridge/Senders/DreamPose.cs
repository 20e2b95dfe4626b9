#nullable enable
using System;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Sends a Humanoid Animator's bones as a pose of 17 COCO points. With a camera the points are where that camera sees them; without
    /// one, the figure stands upright in the middle of the picture, at its own proportions.
    /// </summary>
    [AddComponentMenu("Dreambridge/Dream Pose")]
    public sealed partial class DreamPose : DreamSender
    {
        /// <summary>Points of a COCO pose.</summary>
        public const int Points = 17;

        // Nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles; left before right. The head's own points come of the head.
        private static readonly HumanBodyBones[] s_bones =
        {
            HumanBodyBones.Head, HumanBodyBones.LeftEye, HumanBodyBones.RightEye, HumanBodyBones.Head, HumanBodyBones.Head,
            HumanBodyBones.LeftUpperArm, HumanBodyBones.RightUpperArm, HumanBodyBones.LeftLowerArm, HumanBodyBones.RightLowerArm,
            HumanBodyBones.LeftHand, HumanBodyBones.RightHand, HumanBodyBones.LeftUpperLeg, HumanBodyBones.RightUpperLeg,
            HumanBodyBones.LeftLowerLeg, HumanBodyBones.RightLowerLeg, HumanBodyBones.LeftFoot, HumanBodyBones.RightFoot,
        };

        // Of the neck's length above the shoulders, from the head bone's joint: to the right, up, forward of the figure.
        private static readonly Vector3[] s_face =
        {
            new Vector3(0, 0.30f, 0.75f), new Vector3(-0.20f, 0.50f, 0.60f), new Vector3(0.20f, 0.50f, 0.60f), new Vector3(-0.45f, 0.40f, 0.05f), new Vector3(0.45f, 0.40f, 0.05f),
        };

        [SerializeField, Tooltip("A Humanoid. Empty: the one on this object.")] private Animator? _animator;
        [SerializeField, Tooltip("Project the points into this camera's picture.")] private Camera? _camera;

        [NonSerialized] private readonly Transform?[] _joints = new Transform?[Points];
        [NonSerialized] private readonly Vector3[] _at = new Vector3[Points];
        [NonSerialized] private Animator? _of;

        /// <summary>A Humanoid; when null, the one on the same GameObject.</summary>
        public Animator? animator { get => _animator; set { _animator = value; _of = null; } }

        /// <summary>The points are where this camera sees them; null = upright in the middle.</summary>
        public Camera? view { get => _camera; set => _camera = value; }

        /// <inheritdoc/>
        protected override DreamError? Validate(DreamCondition schema)
        {
            if (schema.Kind != DreamConditionKind.Pose) return Wrong("the condition " + schema.Name + " is of the kind " + schema.KindName + ", not pose.", "Choose a condition of the kind pose.");
            var a = _animator ? _animator : GetComponent<Animator>();
            if (!a) return Wrong("no Animator is set.", "Set the property Animator.");
            if (!a!.isHuman) return Wrong("the Animator " + a.name + " is not a Humanoid.", "Set the model's Rig to Humanoid in its import settings.");
            return null;
        }

        /// <inheritdoc/>
        protected override int Count(DreamCondition schema) => Math.Max(1, schema.Figures) * Points * 3;

        /// <inheritdoc/>
        protected override bool Sample(DreamCondition schema, float[] numbers)
        {
            var a = _animator ? _animator : GetComponent<Animator>();
            if (!a || !Find(a!)) return false;
            Vector3 low = _joints[15]!.position, high = _joints[0]!.position;
            Face(a!.transform.rotation);
            // The head's joint lies about 0.87 of the height up.
            var height = Math.Max(0.01f, (high.y - low.y) / 0.87f);
            for (var i = 0; i < Points; i++)
            {
                var seen = _camera ? Seen(_at[i]) : Upright(a.transform, _at[i], low.y, height);
                numbers[i * 3] = seen.x;
                numbers[i * 3 + 1] = seen.y;
                numbers[i * 3 + 2] = seen.z;
            }
            return true;
        }

        private Vector3 Seen(Vector3 world)
        {
            var v = _camera!.WorldToViewportPoint(world);
            return v.z > 0 ? new Vector3(v.x, 1 - v.y, 1) : Vector3.zero;
        }

        private static Vector3 Upright(Transform figure, Vector3 world, float ground, float height)
        {
            var local = figure.InverseTransformPoint(world);
            // A figure that looks at us has its left on our right; 0.8 of the picture's height, with feet at 0.9.
            return new Vector3(0.5f - local.x / height * 0.8f, 0.9f - (world.y - ground) / height * 0.8f, 1);
        }

        private void Face(Quaternion facing)
        {
            for (var i = 5; i < Points; i++) _at[i] = _joints[i]!.position;
            var head = _joints[0]!.position;
            var neck = Math.Max(0.05f, (head - Vector3.Lerp(_at[5], _at[6], 0.5f)).magnitude);
            for (var i = 0; i < 5; i++)
            {
                // Eyes have bones of their own in some rigs.
                var own = i == 1 || i == 2 ? _joints[i] : null;
                _at[i] = own ? own!.position : head + facing * (s_face[i] * neck);
            }
        }

        private bool Find(Animator a)
        {
            if (_of != a)
            {
                for (var i = 0; i < Points; i++) _joints[i] = a.GetBoneTransform(s_bones[i]);
                _of = a;
            }
            for (var i = 0; i < Points; i++)
                if (i != 1 && i != 2 && !_joints[i]) return false;
            return true;
        }
    }
}
