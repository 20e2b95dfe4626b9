"""The testcard on each kind of surface and each renderer, with HDR 2D on and off: colours, alpha, orientation, a grey card."""

from typing import Any

import numpy as np
from dreambridge.bench.report import goal
from dreambridge.commands import testcard
from numpy.typing import NDArray

from devtools.bench.godot.bench import RENDERERS, Bench, Row

GROUND = np.array([20, 40, 60]) / 255
CONTROL, LINEAR = "canvas, flipped (control)", "3D, read as linear"
# Compatibility decodes and encodes sRGB with approximations in its own materials; Mobile draws 3D into 10 bits a channel.
APPROXIMATE = {"gl_compatibility": 5.5, "mobile": 3.5}
# Godot's Image.Format: dtype, channels, what is white.
FORMATS: dict[int, tuple[Any, int, float]] = {
    4: (np.uint8, 3, 255),
    5: (np.uint8, 4, 255),
    10: (np.float32, 3, 1),
    11: (np.float32, 4, 1),
    14: (np.float16, 3, 1),
    15: (np.float16, 4, 1),
}

FLOAT = NDArray[np.float64]


def to_linear(v: FLOAT) -> FLOAT:
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def to_srgb(v: FLOAT) -> FLOAT:
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * np.maximum(v, 0) ** (1 / 2.4) - 0.055)


def wanted(surface: str, linear: bool, compatibility: bool) -> FLOAT:
    """Rows 0 to 207 as this surface shall show them, sRGB, 0 to 1, [208, 256, 3]; ``linear``: in a viewport that holds light."""
    card = testcard.background().astype(float) / 255
    colours, alpha = card[..., :3], card[..., 3:]
    if surface.startswith("canvas"):
        # A viewport that holds light mixes light; another one mixes sRGB values.
        if linear:
            return to_srgb(to_linear(colours) * alpha + to_linear(GROUND) * (1 - alpha))
        return colours * alpha + GROUND * (1 - alpha)
    # Compatibility takes the ALBEDO of an unshaded shader for sRGB.
    return to_srgb(colours) if surface == LINEAR and not compatibility else colours


def read(path: str, width: int, height: int, form: int, linear: bool) -> FLOAT:
    """A shot as sRGB from 0 to 1, [256, 256, 3]."""
    kind, channels, most = FORMATS[form]
    whole = np.fromfile(path, kind).reshape(height, width, channels)[1::2, 1::2, :3].astype(float) / most
    return np.clip(to_srgb(whole) if linear else whole, 0, 1)


def measure(bench: Bench) -> Row:
    figures: dict[str, Any] = {}
    goals: dict[str, Any] = {}
    for renderer in ["compatibility"] if bench.quick else RENDERERS:
        for hdr in (False, True):
            title = f"{renderer}{', HDR 2D' if hdr else ''}"
            folder = bench.new_folder(f"colours-{title}")
            words = (*RENDERERS[renderer], "--resolution", "512x512")
            env = {"DAEMON": bench.daemon, "OUT": str(folder), "HDR": str(int(hdr))}
            got = bench.engine.play("colours.gd", *words, screen=True, **env)
            compatibility = got["method"] == "gl_compatibility"
            for surface, path, width, height, form in got["shots"]:
                linear = form >= 10 and not compatibility
                shot = read(path, width, height, form, linear)
                colours = wanted(surface, linear, compatibility)
                off = np.abs(shot[: testcard.LEVEL_ROW] - colours) * 255
                grey = np.array(got["level"] / 255)
                grey = to_srgb(grey) if surface == LINEAR and not compatibility else grey
                row = {
                    "worst": round(float(off.max()), 2),
                    "p99": round(float(np.percentile(off, 99)), 2),
                    "grey_card_off": round(float(np.abs(shot[220, 128] - grey).max() * 255), 2),
                    "format": form,
                }
                figures[f"{title}: {surface}"] = row
                if surface == CONTROL:
                    goals[f"{title}: control: upside down"] = goal(row["worst"], "of 255", least=100)
                else:
                    exact = surface == "canvas" or linear or (compatibility and surface == "3D, dream_surface")
                    worst = max(row["worst"], row["grey_card_off"])
                    most = 1.0 if exact else APPROXIMATE.get(got["method"], 1.0)
                    goals[f"{title}: {surface}"] = goal(worst, "of 255", most=most)
    return figures, goals
