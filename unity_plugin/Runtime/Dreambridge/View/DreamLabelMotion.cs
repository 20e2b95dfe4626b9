#nullable enable
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>
    /// Where the camera and the objects of a view were in the last picture that was sent, for its layer of motion. An object moves as a whole: how its
    /// bones bend it is not known. One that was not in that picture has an unknown motion.
    /// </summary>
    internal sealed class DreamLabelMotion
    {
        private static readonly int s_now = Shader.PropertyToID("_DreamNow"), s_before = Shader.PropertyToID("_DreamBefore"), s_sky = Shader.PropertyToID("_DreamSky");
        private static readonly int s_objectBefore = Shader.PropertyToID("_DreamObjectBefore"), s_moved = Shader.PropertyToID("_DreamMoved");
        private const float Unknown = -1, Stands = 0, Moves = 1;

        // Of the picture that was sent last, and of the one that is on its way.
        private Dictionary<Renderer, Matrix4x4> _sent = new Dictionary<Renderer, Matrix4x4>();
        private Dictionary<Renderer, Matrix4x4> _taken = new Dictionary<Renderer, Matrix4x4>();
        private (Matrix4x4 projection, Matrix4x4 view)? _sentCamera;
        private (Matrix4x4 projection, Matrix4x4 view) _takenCamera;
        private float _state;
        private bool _wanted;

        /// <summary>A picture is drawn, with motion or without.</summary>
        internal void Begin(CommandBuffer cmd, bool wanted, Matrix4x4 projection, Matrix4x4 view, bool orthographic)
        {
            _taken.Clear();
            _takenCamera = (projection, view);
            _wanted = wanted;
            cmd.SetGlobalMatrix(s_now, projection * view);
            var sky = default(Matrix4x4);
            if (_sentCamera is { } before)
            {
                cmd.SetGlobalMatrix(s_before, before.projection * before.view);
                // What is infinitely far away moves as the camera turns. An orthographic camera sees nothing that is.
                if (!orthographic) sky = before.projection * Turn(before.view) * OnlyDirection() * (projection * Turn(view)).inverse;
            }
            cmd.SetGlobalMatrix(s_sky, sky);
            _state = _sentCamera == null ? Unknown : Stands;
            cmd.SetGlobalFloat(s_moved, _state);
        }

        /// <summary>This renderer is drawn next.</summary>
        internal void Next(CommandBuffer cmd, Renderer renderer)
        {
            if (!_wanted) return;
            var place = renderer.localToWorldMatrix;
            _taken[renderer] = place;
            if (_sentCamera == null) return;
            var known = _sent.TryGetValue(renderer, out var before);
            var state = !known ? Unknown : before.Equals(place) ? Stands : Moves;
            if (state == Moves) cmd.SetGlobalMatrix(s_objectBefore, before);
            Set(cmd, state);
        }

        /// <summary>Something that never moves is drawn next, such as a terrain.</summary>
        internal void NextStands(CommandBuffer cmd)
        {
            if (_wanted && _sentCamera != null) Set(cmd, Stands);
        }

        /// <summary>The picture was sent: the next one is compared with it.</summary>
        internal void Sent()
        {
            (_sent, _taken) = (_taken, _sent);
            _sentCamera = _takenCamera;
        }

        /// <summary>There is no last picture.</summary>
        internal void Forget()
        {
            _sent.Clear();
            _taken.Clear();
            _sentCamera = null;
        }

        private void Set(CommandBuffer cmd, float state)
        {
            if (_state == state) return;
            _state = state;
            cmd.SetGlobalFloat(s_moved, state);
        }

        private static Matrix4x4 Turn(Matrix4x4 view)
        {
            (view.m03, view.m13, view.m23) = (0, 0, 0);
            return view;
        }

        // Of a point, where it lies as seen from the camera; its distance does not count.
        private static Matrix4x4 OnlyDirection() => new Matrix4x4 { m00 = 1, m11 = 1, m22 = 1 };
    }
}
