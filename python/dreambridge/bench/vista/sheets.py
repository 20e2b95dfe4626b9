"""Contact sheets of truth and Vista side by side, drawn with Pillow."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dreambridge.bench.vista.metrics import Picture
from dreambridge.vista.training.curves import INK, PAPER

GAP, CAPTION = 6, 16


def sheet(path: Path, cells: Sequence[tuple[str, Sequence[Picture]]], columns: int) -> Path:
    """Save a sheet of cells, each a caption over pictures uint8 [H, W, 3] side by side (truth first, Vista second)."""
    count = max(len(pictures) for _, pictures in cells)
    high, wide = cells[0][1][0].shape[:2]
    columns = min(columns, len(cells))
    w, h = count * wide + GAP, high + CAPTION + GAP
    rows = -(-len(cells) // columns)
    page = Image.new("RGB", (columns * w + GAP, rows * h + GAP), PAPER)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(11)
    for k, (caption, pictures) in enumerate(cells):
        x, y = GAP + k % columns * w, GAP + k // columns * h
        pen.text((x, y), caption, INK, font)
        for i, p in enumerate(pictures):
            page.paste(Image.fromarray(np.ascontiguousarray(p)), (x + i * wide, y + CAPTION))
    path.parent.mkdir(parents=True, exist_ok=True)
    page.save(path)
    return path
