"""A small game loop whose state becomes weather, hour and energy: python weather_follows_game.py OUT [SECONDS]

The game says what is true, at each tick; `Follower` sends only what has changed enough to be seen.
"""

import argparse
import math
import time
from pathlib import Path
from typing import Any

import dreambridge
from PIL import Image

TICKS = 60  # a second


class Follower:
    """Directs conditions by the game's state; changes below the dead band (a share of the range) are not sent."""

    def __init__(self, stream: dreambridge.Stream, dead_band: float = 0.02) -> None:
        self.stream, self.dead_band, self.sent, self.count = stream, dead_band, dict[str, Any](), 0

    def follow(self, over: float = 1.0, **state: Any) -> None:
        changed = {n: v for n, v in state.items() if n not in self.sent or self._differs(n, self.sent[n], v)}
        if changed:
            self.stream.direct(over=over, **changed)
            self.sent |= changed
            self.count += 1

    def _differs(self, name: str, old: Any, new: Any) -> bool:
        if isinstance(new, str):
            return bool(old != new)
        low, high = self.stream.conditions[name]["range"]
        return bool(abs(old - new) > self.dead_band * (high - low))


def state(seconds: float) -> dict[str, Any]:
    """What happens in the game: an attack after three seconds, in a day that lasts 24 seconds."""
    danger = max(0.0, math.sin((seconds - 3) * 0.8))
    weather = "storm" if danger > 0.6 else "rain" if danger > 0.2 else "clear"
    return {"time_of_day": (9 + seconds) % 24, "energy": 0.2 + 0.8 * danger, "weather": weather}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    parser.add_argument("seconds", metavar="SECONDS", type=float, nargs="?", default=8.0)
    given = parser.parse_args()
    out, seconds = given.out, given.seconds
    out.mkdir(parents=True, exist_ok=True)
    with dreambridge.start() as daemon, daemon.open("vista", seed=7) as stream:
        follower = Follower(stream)
        for tick in range(int(seconds * TICKS)):
            follower.follow(**state(tick / TICKS))
            if tick % TICKS == 0:
                Image.fromarray(stream.frame(timeout=10.0).pixels).save(out / f"second_{tick // TICKS:02d}.png")
            time.sleep(1 / TICKS)
        print(f"{int(seconds * TICKS)} ticks, {follower.count} directions, last {follower.sent}")
