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
    public sealed class DreamAudio : DreamSender
    {
        private const int Bins = 512;
        private const float LowestHertz = 40;

        [SerializeField, Tooltip("Left empty: everything that the listener hears.")] private AudioSource? _source;
        [SerializeField, Tooltip("What counts as silence, decibels."), Range(-100, -20)] private float _floor = -60;

        [NonSerialized] private readonly float[] _spectrum = new float[Bins];

        [NonSerialized] private float _before;

        /// <summary>What is heard; null = everything that the listener hears.</summary>
        public AudioSource? source { get => _source; set => _source = value; }

        /// <summary>What counts as silence, decibels below full scale.</summary>
        public float floor { get => _floor; set => _floor = value; }

        /// <inheritdoc/>
        protected override DreamError? Judge(DreamCondition schema)
        {
            if (schema.Kind == DreamConditionKind.Number || schema.Kind == DreamConditionKind.Event || schema.Kind == DreamConditionKind.Vector || schema.Kind == DreamConditionKind.Audio) return null;
            return Wrong("the condition " + schema.Name + " is of the kind " + schema.KindName + ".", "Choose a condition of the kind audio, number, event or vector.");
        }

        /// <inheritdoc/>
        protected override int Count(DreamCondition schema) => schema.Kind == DreamConditionKind.Vector || schema.Kind == DreamConditionKind.Audio ? DreamSetting.CountOf(schema) : 1;

        /// <inheritdoc/>
        protected override bool Measure(DreamCondition schema, float[] numbers)
        {
            if (_source) _source!.GetSpectrumData(_spectrum, 0, FFTWindow.BlackmanHarris);
            else AudioListener.GetSpectrumData(_spectrum, 0, FFTWindow.BlackmanHarris);
            var nyquist = AudioSettings.outputSampleRate / 2f;
            var octaves = Math.Log(nyquist / LowestHertz, 2);
            var bands = schema.Kind == DreamConditionKind.Audio ? DreamCondition.AudioSize - 1 : numbers.Length;
            float sum = 0;
            for (var band = 0; band < bands; band++)
            {
                var low = LowestHertz * Math.Pow(2, octaves * band / bands);
                var high = LowestHertz * Math.Pow(2, octaves * (band + 1) / bands);
                var first = Mathf.Clamp((int)(low / nyquist * Bins), 0, Bins - 1);
                var last = Mathf.Clamp((int)Math.Ceiling(high / nyquist * Bins), first + 1, Bins);
                float power = 0;
                for (var i = first; i < last; i++) power += _spectrum[i] * _spectrum[i];
                var decibels = power > 0 ? 10 * Mathf.Log10(power) : _floor;
                var level = Mathf.Clamp01(1 - decibels / _floor);
                // A condition's own range, where it has one; a number without one gets 0 to 1.
                numbers[band] = schema.Kind == DreamConditionKind.Number && schema.HasRange ? (float)(schema.Min + level * (schema.Max - schema.Min)) : level;
                sum += level / bands;
            }
            if (bands < numbers.Length) numbers[bands] = Mathf.Clamp01((sum - _before) * bands);
            _before = sum;
            return true;
        }
    }
}
