#nullable enable
using System;
using UnityEngine;

namespace Dreambridge
{
    public sealed partial class DreamStream
    {
        [NonSerialized] private readonly DreamFilm _film = new DreamFilm();

        /// <summary>
        /// Does a film play in place of the cutscene, because there is no daemon? It was baked when the game was built
        /// (<see cref="DreamCutscene.bakeFilm"/>). It goes one way: choices and signals do nothing. When a daemon appears, the cutscene itself
        /// is played from its beginning.
        /// </summary>
        public bool playsFilm => _film.Plays;

        // Nobody answers: the film of the cutscene that is to be played, if it has one.
        private void BeginFilm()
        {
            if (!_playing || !_loadedCutscene || !_session.Cutscene.IsWanted || _film.Plays || _picture.Shown) return;
            var path = DreamFilm.PathOf(_loadedCutscene!);
            if (path.Length > 0) _film.Play(gameObject, path, _cutsceneAudio, FilmEnded, FilmFailed);
        }

        private void FilmEnded()
        {
            // What waits for the end of the cutscene goes on, and a daemon that appears has nothing to play any more. The last picture stays.
            OnCutscene(CutsceneEvent.EndedBy(_session.Cutscene.LatestRun));
            _session.Cutscene.Abandon();
        }

        private void FilmFailed(string why)
        {
            _film.Stop();
            Tell(new DreamError(ErrorCodes.NotSupported, "The film of the cutscene cannot be played: " + why, "Bake it again: Linux needs WebM with VP8, other systems MP4 with H.264."));
        }
    }
}
