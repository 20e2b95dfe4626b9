"""Plots, drawn with Pillow. Of training logs: ``python -m dreambridge.vista.training.curves OUT.png LOG.csv ...``."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

INK, PAPER, LINES = (
    (28, 28, 32),
    (250, 249, 246),
    ((190, 60, 40), (40, 90, 170), (50, 130, 60), (150, 100, 20), (120, 60, 150), (90, 90, 90)),
)
PANELS = (("psnr", "held-out PSNR, dB"), ("sharpness", "sharpness against the truth's"), ("loss", "loss"))


def plot(lines: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str, goal: float | None = None) -> Image.Image:
    """A plot of ``lines`` (name -> points), with a dashed line at ``goal``."""
    size, left, low = (900, 420), 60, 40
    points = [p for line in lines.values() for p in line]
    ys = [y for _, y in points] + ([goal] if goal is not None else [])
    (x0, x1), (y0, y1) = (min(x for x, _ in points), max(x for x, _ in points)), (min(ys), max(ys))
    margin = 0.06 * (y1 - y0) + 1e-6
    y0, y1, x1 = y0 - margin, y1 + margin, max(x1, x0 + 1e-6)

    def at(x: float, y: float) -> tuple[float, float]:
        return left + (x - x0) / (x1 - x0) * (size[0] - left - 20), size[1] - low - (y - y0) / (y1 - y0) * (size[1] - low - 20)

    page = Image.new("RGB", size, PAPER)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(12)
    for k in range(5):
        y, x = y0 + (y1 - y0) * k / 4, x0 + (x1 - x0) * k / 4
        pen.line([at(x0, y), at(x1, y)], (225, 222, 215))
        pen.text((4, at(x0, y)[1] - 7), f"{y:.4g}", INK, font)
        pen.text((at(x, y0)[0] - 10, size[1] - low + 4), f"{x:.4g}", INK, font)
    if goal is not None:
        for k in range(0, 100, 2):
            pen.line([at(x0 + (x1 - x0) * k / 100, goal), at(x0 + (x1 - x0) * (k + 1) / 100, goal)], INK)
    for k, (name, line) in enumerate(lines.items()):
        colour = LINES[k % len(LINES)]
        pen.line([at(x, y) for x, y in line], colour, 2)
        pen.text((size[0] - 170, 8 + 15 * k), name, colour, font)
    pen.text((left + 4, 4), up, INK, font)
    pen.text((size[0] // 2 - 40, size[1] - 18), across, INK, font)
    return page


def curves(
    path: Path, lines: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str, goal: float | None = None
) -> Path:
    """Save the ``plot`` of the same arguments to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plot(lines, across, up, goal).save(path)
    return path


def draw(path: Path, logs: Sequence[Path]) -> Path:
    """Save the curves of several ``log.csv`` files in one picture: PSNR, sharpness and loss by the minutes of each run."""
    rows = {log.stem: list(csv.DictReader(log.read_text().splitlines())) for log in logs}
    panels = [
        plot({n: [(float(r["minutes"]), float(r[column])) for r in own] for n, own in rows.items() if own}, "minutes", title)
        for column, title in PANELS
    ]
    page = Image.new("RGB", (panels[0].width, sum(p.height for p in panels)))
    for k, p in enumerate(panels):
        page.paste(p, (0, k * p.height))
    page.save(path)
    return path


if __name__ == "__main__":
    import sys

    draw(Path(sys.argv[1]), [Path(a) for a in sys.argv[2:]])
