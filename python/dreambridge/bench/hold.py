"""Does Vista hold? 2,000 steps of eight unseen worlds beside the painter's truth (see vista/endurance.py)."""

from typing import Any

from dreambridge.bench.report import goal
from dreambridge.vista.endurance import measure as endure


def measure(quick: bool) -> dict[str, Any]:
    r = endure(1, 200) if quick else endure(8, 2000)
    return {
        "compared": "each measured frame with the painter's picture of the same world, conditions and history", **r,
        "goals": {
            "psnr_mean": goal(r["psnr_mean"], "dB", least=29.0),
            "drift_of_the_last_100": goal(abs(r["drift"]), "dB", most=1.0),
            "spread_least": goal(r["spread_least"], "of 255", least=4.0),
        },
    }  # fmt: skip
