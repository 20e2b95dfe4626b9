"""A film whose picture moves with the music: python music_video.py OUT [SECONDS]

The music is made here: a bass drum on each beat, and chords. Each frame is directed by the sound that belongs to it.
"""

import argparse
from pathlib import Path

import av
import dreambridge
import numpy as np
from dreambridge.conditioning.audio import Analyser

RATE, FPS, BEAT = 48_000, 24, 0.5


def music(seconds: float) -> np.ndarray:
    """float32 [n], -1 to 1."""
    t = np.arange(int(seconds * RATE)) / RATE
    since = t % BEAT
    drum = np.sin(2 * np.pi * 55 * since) * np.exp(-since * 14)
    root = np.choose((t // 2).astype(int) % 4, [220.0, 174.6, 261.6, 196.0])
    chord = sum(np.sin(2 * np.pi * root * ratio * t) for ratio in (1, 1.25, 1.5)) / 9
    return (0.6 * drum + chord).astype(np.float32)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    parser.add_argument("seconds", metavar="SECONDS", type=float, nargs="?", default=6.0)
    given = parser.parse_args()
    if not 1 <= given.seconds <= 3600:
        parser.error(f"SECONDS is from 1 to 3600, not {given.seconds:g}")
    out, seconds = given.out, given.seconds
    out.mkdir(parents=True, exist_ok=True)
    sound = music(seconds)
    rows = Analyser(RATE, FPS).push(sound)
    with (
        dreambridge.start() as daemon,
        daemon.open("vista", seed=7, fps=FPS, paused=True, values={"time_of_day": 21.0, "style": "neon"}) as stream,
        av.open(str(out / "video.mp4"), "w") as film,
    ):
        video, audio = film.add_stream("h264", rate=FPS), film.add_stream("aac", rate=RATE)
        video.width, video.height, video.pix_fmt = stream.info.width, stream.info.height, "yuv420p"
        for row in rows:
            stream.direct(over=0.0, audio=row)
            picture = av.VideoFrame.from_ndarray(stream.step()[0].pixels, format="rgba")
            film.mux(video.encode(picture))
        samples = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        samples.sample_rate = RATE
        film.mux(audio.encode(samples))
        film.mux([*video.encode(None), *audio.encode(None)])
    print(f"{len(rows)} frames in {out / 'video.mp4'}")
