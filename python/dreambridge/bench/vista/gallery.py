"""Gallery: contact sheets of truth and Vista by style and weather, by biome and season, by hour, and of the moments."""

from typing import Any

from dreambridge.bench.vista.context import Context, Row
from dreambridge.bench.vista.metrics import Picture, psnr
from dreambridge.bench.vista.sheets import sheet
from dreambridge.vista.world.names import BIOMES, MOMENTS, SEASONS, STYLES, WEATHERS
from dreambridge.vista.world.walker import walker

HOURS = (0.0, 5.5, 7.0, 10.0, 13.0, 17.5, 18.5, 20.0)
FIGURE = [walker(0.7, 110, 228, 26).tolist()]


def groups() -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """The sheets: file name -> cells, each with a caption and conditions."""
    day = {"time_of_day": 10.0, "weather": "clear", "biome": "forest", "season": "summer", "style": "plain", "pose": FIGURE}
    return {
        "styles_and_weathers": [
            (
                f"{s}, {w}",
                day | {"style": s, "weather": w, "biome": BIOMES[(i + k) % 4], "time_of_day": (10.0, 17.6)[(i + k) % 2]},
            )
            for i, s in enumerate(STYLES) for k, w in enumerate(WEATHERS)
        ],
        "biomes_and_seasons": [(f"{b}, {s}", day | {"biome": b, "season": s}) for b in BIOMES for s in SEASONS],
        "hours": [(f"{b}, {h:g} h", day | {"biome": b, "time_of_day": h}) for b in ("forest", "coast") for h in HOURS],
        "moments": [
            (f"{m}, {s}", day | {"event": m, "style": s, "time_of_day": 21.0 if m != "birds" else 12.0})
            for m in MOMENTS for s in ("plain", "oil")
        ],
    }  # fmt: skip


def measure(c: Context) -> Row:
    sheets = groups()
    if c.quick:
        sheets = {"styles_and_weathers": sheets["styles_and_weathers"][:2]}
    steps, off = c.few(2, 30, 9), {}
    with c.bar("contact sheets", sum(map(len, sheets.values()))) as tick, c.pair(300) as pair:
        for name, cells in sheets.items():
            done: list[tuple[str, list[Picture]]] = []
            for caption, values in cells:
                if c.late and done:
                    break
                moment = values.pop("event", None)
                pair.cut(**values, camera_x=0.35 * len(done))
                pair.skip(steps - (8 if moment and not c.quick else 1))
                if moment:
                    pair.direct(event=moment)
                    pair.skip(0 if c.quick else 7)
                v, t = pair.step()
                assert t is not None
                done.append((f"{caption}: truth | Vista, {psnr(v, t):.1f} dB", [t, v]))
                off[f"{name}: {caption}"] = round(psnr(v, t), 2)
                tick()
            sheet(c.folder / f"{name}.png", done, 6 if len(done) > 20 else 4)
    return {
        "compared": "one world at several places: the painter's picture and Vista's",
        "control": {},
        "psnr": off,
        "goals": {},
    }
