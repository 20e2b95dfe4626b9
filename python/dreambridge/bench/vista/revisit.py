"""Revisit: pan a full screen away and come back after 300 frames; whether the place is the same."""

from typing import Any

import numpy as np
import torch

from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista.context import Context, Row
from dreambridge.bench.vista.metrics import psnr
from dreambridge.bench.vista.sheets import sheet
from dreambridge.vista.training.truth import FPS
from dreambridge.vista.world.names import BIOMES, COVERAGES, INDEX, STYLES

FRAMES = 300


def measure(c: Context) -> Row:
    worlds, frames = c.few(1, 8), c.few(16, FRAMES)
    rows, cells = list[tuple[Any, float, float, float, float]](), []
    with c.bar("away and back", worlds * frames) as tick:
        for k in range(worlds):
            if c.late and len(rows) > 1:
                break
            values = {
                "time_of_day": (9.0, 12.0, 15.0, 22.0)[k % 4], "season": ("spring", "summer", "autumn", "winter")[k // 2 % 4],
                "weather": "clear", "biome": BIOMES[k % 4], "style": "plain" if k < 4 else STYLES[k % 6], "energy": 0.0,
            }  # fmt: skip
            with c.pair(80 + k) as pair:
                pair.cut(**values, camera_x=0.0)
                pair.skip(2)
                planes = torch.pixel_shuffle(pair.truth.lay_out().planes, 2)[0].numpy()
                water = planes[INDEX["water"]]
                mask = (planes[:COVERAGES].sum(0) > 0.98) & (water < 0.02)
                first, first_truth = pair.step()
                away = None
                for n in range(frames - 1):
                    if n in (0, frames // 2):
                        pair.direct(frames / FPS / 3, camera_x=1.0 if n == 0 else 0.0)
                    frame = pair.step(False)[0]
                    away = frame if n == frames // 2 - 1 else away
                    tick()
                again, again_truth = pair.step()
            assert away is not None and first_truth is not None and again_truth is not None
            rows.append((
                values["biome"], psnr(first, again, mask), psnr(first_truth, again_truth, mask), psnr(first, away, mask),
                float(mask.mean()),
            ))  # fmt: skip
            cells.append((f"{values['biome']}, {values['style']}: before | away | back", [first, away, again]))
    sheet(c.folder / "revisit.png", cells, 2)
    mean, truth, away_psnr = (float(np.mean([r[i] for r in rows])) for i in (1, 2, 3))
    return {
        "compared": f"{len(rows)} clear scenes with the camera back at its place after {frames} frames. Only the land counts: "
        "sky (clouds) and water (ripples, reflected clouds) are excluded, trees in the wind are not",
        "control": {"the_view_a_screen_away_psnr": round(away_psnr, 2)}, "truth_psnr": round(truth, 2),
        "by_scene": [(b, round(p, 2), round(t, 2), round(a, 2), round(m, 2)) for b, p, t, a, m in rows],
        "goals": {"psnr": goal(mean, "dB", least=38, error=standard_error(r[1] for r in rows))},
    }  # fmt: skip
