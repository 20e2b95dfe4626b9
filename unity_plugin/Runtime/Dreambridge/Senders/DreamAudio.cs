#nullable enable
using System;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// Sends how loud it is: to a number or an event the loudness, to a vector as many bands of the spectrum, low to high; to the kind audio
    /// 16 bands and the onset (how much louder than a moment ago). All 0 to 1: 0 at the floor in decibels, 1 at full scale.
    /// </summary>
    [AddComponentMenu("Dreambridge/Dream Audio")]
    public sealed partial class DreamAudio : DreamSender
    {
        private const int Bins = 512;
        private const float MinHz = 40;
        private const float MaxHz = 12000;
        private const float LeastRise = 0.08f;

        [SerializeField, Tooltip("Empty: everything that the listener hears.")] private AudioSource? _source;
        [SerializeField, Tooltip("The level that counts as silence, in decibels."), Range(-100, -20)] private float _floor = -60;

        [NonSerialized] private readonly float[] _spectrum = new float[Bins];

        [NonSerialized] private readonly float[] _levels = new float[DreamCondition.AudioSize];
        [NonSerialized] private float _meanRise, _loudest, _onset;
        [NonSerialized] private double _measured;

        /// <summary>What is heard; null = everything that the listener hears.</summary>
        public AudioSource? source { get => _source; set => _source = value; }

        /// <summary>What counts as silence, decibels below full scale.</summary>
        public float floor { get => _floor; set => _floor = value; }

        /// <inheritdoc/>
        protected override DreamError? Validate(DreamCondition schema)
        {
            if (schema.Kind == DreamConditionKind.Number || schema.Kind == DreamConditionKind.Event || schema.Kind == DreamConditionKind.Vector || schema.Kind == DreamConditionKind.Audio) return null;
            return Wrong("the condition " + schema.Name + " is of the kind " + schema.KindName + ".", "Choose a condition of the kind audio, number, event or vector.");
        }

        /// <inheritdoc/>
        protected override int Count(DreamCondition schema) => schema.Kind == DreamConditionKind.Vector || schema.Kind == DreamConditionKind.Audio ? DreamSetting.CountOf(schema) : 1;

        // What rises above its running mean, as a share of the loudest such rise of the last seconds; it falls by e in 0.1 s.
        private float Onset(float rise)
        {
            var now = Time.realtimeSinceStartupAsDouble;
            var gone = _measured > 0 ? now - _measured : 0;
            _measured = now;
            var excess = Math.Max(0, rise - _meanRise);
            _meanRise += (rise - _meanRise) * (1 - (float)Math.Exp(-gone / 0.5));
            // Smaller rises than this are no onset, however quiet the piece.
            _loudest = Math.Max(LeastRise, Math.Max(excess, _loudest * (float)Math.Exp(-gone / 4)));
            _onset = Math.Max(_onset * (float)Math.Exp(-gone / 0.1), excess / _loudest);
            return Mathf.Clamp01(_onset);
        }

        /// <inheritdoc/>
        protected override bool Sample(DreamCondition schema, float[] numbers)
        {
            if (_source) _source!.GetSpectrumData(_spectrum, 0, FFTWindow.BlackmanHarris);
            else AudioListener.GetSpectrumData(_spectrum, 0, FFTWindow.BlackmanHarris);
            // The kind audio is defined by the bundle contract: 16 bands from 40 Hz to 12 kHz, 60 dB, and the onset.
            var audio = schema.Kind == DreamConditionKind.Audio;
            var silence = audio ? -60 : _floor;
            var nyquist = AudioSettings.outputSampleRate / 2f;
            var octaves = Math.Log((audio ? Math.Min(nyquist, MaxHz) : nyquist) / MinHz, 2);
            var bands = audio ? DreamCondition.AudioSize - 1 : numbers.Length;
            float rise = 0;
            for (var band = 0; band < bands; band++)
            {
                var low = MinHz * Math.Pow(2, octaves * band / bands);
                var high = MinHz * Math.Pow(2, octaves * (band + 1) / bands);
                var first = Mathf.Clamp((int)(low / nyquist * Bins), 0, Bins - 1);
                var last = Mathf.Clamp((int)Math.Ceiling(high / nyquist * Bins), first + 1, Bins);
                float power = 0;
                for (var i = first; i < last; i++) power += _spectrum[i] * _spectrum[i];
                var decibels = power > 0 ? 10 * Mathf.Log10(power) : silence;
                var level = Mathf.Clamp01(1 - decibels / silence);
                // A condition's own range, where it has one; a number without one gets 0 to 1.
                numbers[band] = schema.Kind == DreamConditionKind.Number && schema.HasRange ? (float)(schema.Min + level * (schema.Max - schema.Min)) : level;
                if (!audio) continue;
                rise += Math.Max(0, level - _levels[band]) / bands;
                _levels[band] = level;
            }
            if (audio) numbers[bands] = Onset(rise);
            return true;
        }
    }
}
