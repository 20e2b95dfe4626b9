#nullable enable
using System.Collections.Generic;

namespace Dreambridge.Timelines
{
    /// <summary>The cutscene clips of a track: begun and stopped as the director passes their edges.</summary>
    internal sealed class SceneCues
    {
        private readonly List<(double start, double end, DreamCutscene asset, string shot)> _scenes = new List<(double, double, DreamCutscene, string)>();
        private int _running = -1;

        internal void Add(double start, double end, DreamCutscene asset, string shot) => _scenes.Add((start, end, asset, shot));

        /// <summary>The director plays on, from one time to another.</summary>
        internal void Pass(DreamStream stream, double from, double to)
        {
            if (_running >= 0 && _scenes[_running].end <= to) Stop(stream);
            for (var i = 0; i < _scenes.Count; i++)
                if (_scenes[i].start > from && _scenes[i].start <= to) Begin(stream, i);
        }

        /// <summary>The director begins to play in the middle of something.</summary>
        internal void BeginAt(DreamStream stream, double time)
        {
            for (var i = 0; i < _scenes.Count; i++)
                if (_scenes[i].start <= time && _scenes[i].end > time) Begin(stream, i);
        }

        internal void Stop(DreamStream stream)
        {
            if (_running >= 0) stream.StopCutscene();
            _running = -1;
        }

        private void Begin(DreamStream stream, int i)
        {
            _running = i;
            stream.PlayCutscene(_scenes[i].asset, _scenes[i].shot.Length > 0 ? _scenes[i].shot : null);
        }
    }
}
