"""What ``dreambridge export FAMILY`` is told, and the table of families."""

from dataclasses import dataclass
from pathlib import Path

from dreambridge.protocol.errors import DreamError

DTYPES = ("float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Options:
    """None: the family's own.

    ``size`` : width and height in pixels. ``steps`` : of denoising within one step. ``chunk``, ``window``, ``sink`` : latent
    frames that are made in a step, attended to, and kept from the beginning. ``control`` : where the ControlNet's picture comes
    from. ``image_encoder`` : the checkpoint with the IP-Adapter's encoder. ``similar`` : how much a view may differ so that the
    last frame is shown again, 0-1; 0: never.
    """

    model: str
    size: tuple[int, int] | None = None
    steps: int | None = None
    chunk: int | None = None
    window: int | None = None
    sink: int | None = None
    dtype: str = "float32"
    lora: Path | None = None
    lora_scale: float = 1.0
    controlnet: str | None = None
    sampler: str | None = None
    strength: float = 0.5
    fps: float | None = None
    view: bool = False
    licence: str | None = None
    control: str | None = None
    ip_adapter: Path | None = None
    image_encoder: str | None = None
    denoising_batch: bool = False
    similar: float = 0.0


def size_of(text: str) -> tuple[int, int]:
    """ "512x288" as width and height; DreamError ``bad_argument``."""
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and (height.isdigit() or not height)) or not 8 <= int(width) <= 8192:
        raise DreamError("bad_argument", f"The size {text!r} is invalid.", "Give width and height in pixels, such as 512x288.")
    return int(width), int(height or width)


def check_multiple(what: str, value: int, of: int) -> None:
    """DreamError ``bad_argument`` unless ``value`` is a positive multiple."""
    if value < 1 or value % of:
        raise DreamError(
            "bad_argument", f"{what} is {value}; it must be a multiple of {of}.", f"Use {max(of, value // of * of)}."
        )
