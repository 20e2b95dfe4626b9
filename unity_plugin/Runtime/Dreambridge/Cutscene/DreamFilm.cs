#nullable enable
using System;
using System.IO;
using UnityEngine;
using UnityEngine.Video;

namespace Dreambridge
{
    /// <summary>Plays the film of a cutscene that was baked at build time, with a VideoPlayer of its own on the stream's game object.</summary>
    internal sealed class DreamFilm
    {
        /// <summary>Films lie in this folder of the StreamingAssets.</summary>
        internal const string FolderName = "Dreambridge";
        private static readonly string[] s_extensions = { ".mp4", ".webm" };

        private VideoPlayer? _player;
        private bool _over;
        private Action? _ended;
        private Action<string>? _failed;

        /// <summary>Does a film play? False at its end, when its last picture stays.</summary>
        internal bool Plays => _player && !_over;

        /// <summary>Its picture; null until the first one is decoded, and after <see cref="Stop"/>.</summary>
        internal Texture? Texture => _player ? _player!.texture : null;

        /// <summary>Where the film of a cutscene lies; empty: there is none.</summary>
        internal static string PathOf(DreamCutscene cutscene)
        {
            foreach (var extension in s_extensions)
            {
                var path = Path.Combine(Path.Combine(Application.streamingAssetsPath, FolderName), cutscene.FilmName() + extension);
                if (File.Exists(path)) return path;
            }
            return "";
        }

        /// <summary>Play it once. Sound goes to the AudioSource, if there is one.</summary>
        internal void Play(GameObject owner, string path, AudioSource? audio, Action ended, Action<string> failed)
        {
            Stop();
            (_ended, _failed, _over) = (ended, failed, false);
            var player = owner.AddComponent<VideoPlayer>();
            _player = player;
            player.playOnAwake = false;
            player.isLooping = false;
            player.renderMode = VideoRenderMode.APIOnly;
            player.source = VideoSource.Url;
            player.url = path;
            if (audio)
            {
                player.audioOutputMode = VideoAudioOutputMode.AudioSource;
                player.SetTargetAudioSource(0, audio!);
            }
            else
            {
                player.audioOutputMode = VideoAudioOutputMode.Direct;
            }
            player.loopPointReached += OnEnd;
            player.errorReceived += OnError;
            player.Play();
        }

        internal void Stop()
        {
            var player = _player;
            _player = null;
            _ended = null;
            _failed = null;
            if (!player) return;
            player!.loopPointReached -= OnEnd;
            player.errorReceived -= OnError;
            player.Stop();
            if (Application.isPlaying) UnityEngine.Object.Destroy(player);
            else UnityEngine.Object.DestroyImmediate(player);
        }

        private void OnEnd(VideoPlayer player)
        {
            if (_over) return;
            _over = true;
            _ended?.Invoke();
        }

        private void OnError(VideoPlayer player, string message) => _failed?.Invoke(message);
    }
}
