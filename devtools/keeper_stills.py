#!/usr/bin/env python3
"""The stills of the demo game, which players without a daemon see: ``python -m devtools.keeper_stills``.

Vista paints each look of godot_addon/keeper/looks that has a still, and the end of each shot of the cutscene.
"""

import json
import re
from pathlib import Path
from typing import Any

import dreambridge
from PIL import Image

GAME = Path(__file__).resolve().parent.parent / "godot_addon" / "keeper"
SETTLED = 60  # frames: snow and wetness need time
SEED, WORLD = 11, 4


def conditions(look: Path) -> dict[str, Any]:
    """The conditions of a look's file."""
    found = re.findall(r"^conditions/(\w+) = (.+)$", look.read_text(), re.M)
    return {name: json.loads(value) for name, value in found}


def shots(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """For each shot what holds at its end, on the way from the first one."""
    out: dict[str, dict[str, Any]] = {}

    def follow(name: str, before: dict[str, Any]) -> None:
        lanes = document["shots"][name]["lanes"]
        out[name] = before | {n: lane["keys"][-1]["value"] for n, lane in lanes.items() if n != "event"}
        after = document["shots"][name].get("next", {})
        for way in after.get("choice", after.get("branch", [])):
            follow(way["then"]["shot"], out[name])

    follow(document["start"], {})
    return out


def main() -> int:
    begun = conditions(GAME / "looks" / "evening.tres") | {"seed_world": WORLD}
    pictures = {p.stem: conditions(p) for p in sorted((GAME / "looks").glob("*.tres")) if "still = " in p.read_text()}
    pictures |= shots(json.loads((GAME / "story" / "night.dream.json").read_text()))
    with dreambridge.start() as daemon, daemon.open("vista-wide", seed=SEED, paused=True) as stream:
        for name, values in pictures.items():
            stream.cut(seed=SEED, **begun | values)
            frame = stream.step(SETTLED)[-1]
            path = GAME / "stills" / f"{name}.webp"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(frame.pixels).convert("RGB").save(path, quality=86, method=6)
            print(f"{path.name}: {path.stat().st_size // 1000} kB", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
