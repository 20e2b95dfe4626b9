#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>Plays the sound of a cutscene's shots on an AudioSource, and keeps it with the picture.</summary>
    internal sealed class DreamShotSound
    {
        private readonly HashSet<string> _missing = new HashSet<string>();
        private AudioClip? _clip;
        private string _file = "";
        // The shot whose sound the game put another clip in the place of.
        private int _left = -1;

        /// <summary>Once a tick, after the frame of this tick is shown.</summary>
        internal void Follow(CutsceneSound sound, AudioSource? source, DreamCutscene? asset, Action<DreamError> tell)
        {
            if (!source || !source!.isActiveAndEnabled)
            {
                Forget();
                return;
            }
            // Another script gave the source another clip: it is no longer ours, until another shot begins.
            if (_clip && source.clip != _clip)
            {
                _left = sound.Shots;
                Forget();
            }
            if (_left == sound.Shots) return;
            _left = -1;
            var file = sound.File;
            var clip = file.Length == 0 ? null : file == _file ? _clip : Clip(file, asset, tell);
            if (!clip)
            {
                Stop(source);
                return;
            }
            var playing = _clip && source.isPlaying;
            // Not source.time, which is 0 while it does not play, and coarse for compressed clips.
            var heard = playing ? source.timeSamples / (double)_clip!.frequency : 0;
            var step = sound.Follow(playing ? _file : "", heard, clip!.length);
            switch (step.Do)
            {
                case SoundDo.Keep:
                    source.pitch = (float)step.Pitch;
                    break;
                case SoundDo.Start:
                case SoundDo.Jump:
                    Start(source, clip, file, step.Position);
                    break;
                case SoundDo.Hold:
                    if (playing) source.Pause();
                    break;
                default:
                    Stop(source);
                    break;
            }
        }

        /// <summary>What it plays is over.</summary>
        internal void Stop(AudioSource? source)
        {
            if (_clip && source && source!.clip == _clip)
            {
                source.Stop();
                source.pitch = 1;
                source.clip = null;
            }
            Forget();
        }

        private void Start(AudioSource source, AudioClip clip, string file, double position)
        {
            var sample = (int)(position * clip.frequency);
            if (sample >= clip.samples) return; // its last moment is over
            if (source.clip != clip)
            {
                source.Stop();
                source.clip = clip;
                source.loop = false;
            }
            (_clip, _file) = (clip, file);
            source.pitch = 1;
            source.timeSamples = sample;
            if (!source.isPlaying) source.Play();
        }

        private AudioClip? Clip(string file, DreamCutscene? asset, Action<DreamError> tell)
        {
            var clip = asset ? asset!.Sound(file) : null;
            if (!clip && _missing.Add(file))
                tell(new DreamError(ErrorCodes.BadCutscene, "The cutscene has no AudioClip for the sound " + file + ".", "Drag the AudioClip into Sounds of the cutscene's asset; its name is that of the file, without the extension."));
            return clip;
        }

        private void Forget()
        {
            _clip = null;
            _file = "";
        }
    }
}
