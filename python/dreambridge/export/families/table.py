"""The families by name, and those that are refused with what to do instead."""

from collections.abc import Callable

from dreambridge.export.families import helios, sd_img2img, wan_causal, world
from dreambridge.export.families.checkpoint import Say
from dreambridge.export.families.options import Options
from dreambridge.export.source import Source
from dreambridge.protocol.errors import DreamError

FAMILIES: dict[str, Callable[[Options, Say], Source]] = {
    "sd-img2img": sd_img2img.source,
    "wan-causal": wan_causal.source,
    "helios": helios.source,
    "world": world.source,
}
# Names that people try, and what is missing.
NOT_YET = {
    "ltx": "its decoder is not causal in the form that diffusers has",
    "sdxl": "it is exported as sd-img2img, which sees what the checkpoint is",
    "flux": "its transformer is too large for a frame time on one GPU",
    "skyreels": "its diffusion forcing was not written as a family yet",
    "anyflow": "its attention (FlexAttention, sort.stable) cannot be exported",
}


def family(name: str) -> Callable[[Options, Say], Source]:
    """DreamError ``not_supported`` for names that are known, with what to do."""
    if name in FAMILIES:
        return FAMILIES[name]
    why = NOT_YET.get(name.split("-")[0].lower(), "it is no family")
    raise DreamError(
        "not_supported",
        f"{name} cannot be exported by its name: {why}. The families are: {', '.join(FAMILIES)}.",
        "Write a Python file with a step module and a schema (examples/export_step.py), or use one of these families.",
    )
