"""Directions that are burnt into the frames of a film: what was asked, beside what came of it."""

import numpy as np
from numpy.typing import NDArray

LINES = 3


def burnt(pixels: NDArray[np.uint8], lines: list[str]) -> NDArray[np.uint8]:
    """A copy of uint8 [height, width, 3 or 4] with the last ``LINES`` lines of text on a dark band at the bottom."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    size = max(9, picture.height // 24)
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(picture, "RGBA")
    shown = lines[-LINES:]
    top = picture.height - len(shown) * (size + 3) - 3
    draw.rectangle((0, top, picture.width, picture.height), (0, 0, 0, 150))
    for k, line in enumerate(shown):
        draw.text((4, top + 1 + k * (size + 3)), line, "white", font)
    return np.asarray(picture)
