#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge
{
    /// <summary>
    /// Lets a camera of the game draw the labels once it has drawn its own picture, in each render pipeline. Built-in: a command buffer of the
    /// camera. URP and HDRP: the renderer feature or custom pass of this package where the project has one, else at the camera's end.
    /// </summary>
    internal sealed class DreamLabelDrawing
    {
        private static readonly List<DreamLabelDrawing> s_asked = new List<DreamLabelDrawing>();

        private CommandBuffer? _cmd;
        private Camera? _camera;
        private Camera? _attached;
        private Action<CommandBuffer>? _record;

        /// <summary>Let the camera draw what <paramref name="record"/> says, the next time that it draws.</summary>
        internal void Ask(Camera camera, Action<CommandBuffer> record)
        {
            _cmd ??= new CommandBuffer { name = "Dreambridge labels" };
            (_camera, _record) = (camera, record);
            if (GraphicsSettings.currentRenderPipeline == null)
            {
                Attach(camera);
                record(_cmd);
                return;
            }
            Attach(null);
            if (s_asked.Count == 0) RenderPipelineManager.endCameraRendering += AtTheEnd;
            if (!s_asked.Contains(this)) s_asked.Add(this);
        }

        /// <summary>Once a tick, before anything is asked: what was drawn is not drawn again.</summary>
        internal void Settle()
        {
            if (_attached) _cmd!.Clear();
        }

        /// <summary>Is something to be drawn by that camera? For renderer features and custom passes.</summary>
        internal static bool Wants(Camera camera)
        {
            foreach (var one in s_asked)
                if (one._camera == camera) return true;
            return false;
        }

        /// <summary>Record what is to be drawn by that camera; then nothing is any more.</summary>
        internal static void Record(CommandBuffer cmd, Camera camera)
        {
            for (var i = s_asked.Count - 1; i >= 0; i--)
            {
                var one = s_asked[i];
                if (one._camera != camera) continue;
                Drop(one);
                one._record!(cmd);
            }
        }

        internal void Release()
        {
            Drop(this);
            Attach(null);
            _cmd?.Release();
            _cmd = null;
            _camera = null;
            _record = null;
        }

        private static void Drop(DreamLabelDrawing one)
        {
            if (s_asked.Remove(one) && s_asked.Count == 0) RenderPipelineManager.endCameraRendering -= AtTheEnd;
        }

        private static void AtTheEnd(ScriptableRenderContext context, Camera camera)
        {
            if (!Wants(camera)) return;
            var cmd = new CommandBuffer { name = "Dreambridge labels" };
            Record(cmd, camera);
            context.ExecuteCommandBuffer(cmd);
            // The pipeline has submitted this camera already.
            context.Submit();
            cmd.Release();
        }

        private void Attach(Camera? camera)
        {
            if (ReferenceEquals(_attached, camera) && (camera is null || _attached)) return;
            if (_attached) _attached!.RemoveCommandBuffer(CameraEvent.AfterEverything, _cmd!);
            _attached = camera;
            if (camera) camera!.AddCommandBuffer(CameraEvent.AfterEverything, _cmd!);
        }

        // With domain reload switched off, statics live on from one play to the next.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Forget()
        {
            if (s_asked.Count > 0) RenderPipelineManager.endCameraRendering -= AtTheEnd;
            s_asked.Clear();
        }
    }
}
