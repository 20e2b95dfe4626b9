"""What is composited over the paint: lamps behind windows, stars, rain, flakes, motes, and the marks of moments."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dreambridge.vista.network.products import product
from dreambridge.vista.world.seen import Seen

# Composited over the paint, each with a colour and a strength.
PARTICLES = ("star", "rain", "flake", "mote", "spark", "bird")


def composed(out: Tensor, layers: Sequence[tuple[Tensor, Tensor, bool]]) -> Tensor:
    """A picture [B, 12, h, w] with layers over it, the rearmost first: colour [B, 3], amount [B, 4, h, w], whether it covers or
    adds.

    Layer by layer this would pass over all colours of all pixels three times for each layer. Here the amounts, which have no
    colour, are composited first, and one product gives them their colours.
    """
    batch, _, h, w = (int(size) for size in out.shape)
    through: Tensor | None = None
    amounts, colours = [], []
    for colour, amount, covers in reversed(layers):
        amounts.append(amount if through is None else amount * through)
        colours.append(colour)
        if covers:
            through = 1 - amount if through is None else through - amounts[-1]
    rest = out.reshape(batch, 3, 4 * h, w)
    if through is not None:
        rest = rest * through.reshape(batch, 1, 4 * h, w)
    seen = product(torch.stack(colours, 2), torch.stack(amounts, 1).reshape(batch, len(layers), 4 * h, w))
    return (seen + rest).reshape(batch, 12, h, w)


class Particles(nn.Module):
    """Puts lamps and particles over a picture [B, 12, h, w]: ``rare`` with what is there during moments only.

    ``common`` and ``marks`` are common and rare planes; ``sky`` and ``air`` [B, 4, h, w] say how open they are, before the
    sigmoid; ``lit`` [B, 1] how brightly the lamps are lit; ``tint`` [B, 24] has colours and strengths of ``PARTICLES``, ``lamps``
    [B, 3] a colour.
    """

    def __init__(self, rare: bool) -> None:
        super().__init__()
        self.rare = rare

    def forward(
        self, out: Tensor, common: Tensor, marks: Tensor, sky: Tensor, air: Tensor, lit: Tensor, tint: Tensor, lamps: Tensor
    ) -> Tensor:
        seen, count = Seen(common, marks, None), len(PARTICLES)
        colour = dict(zip(PARTICLES, tint[:, : 3 * count].reshape(int(tint.shape[0]), count, 3).unbind(1), strict=True))
        strength = dict(zip(PARTICLES, torch.sigmoid(tint[:, 3 * count :])[..., None, None].split(1, 1), strict=True))
        open_sky, open_air = torch.sigmoid(sky), torch.sigmoid(air)
        # Windows are few and small: the palette alone never learns a lamp that an event lights at noon.
        layers = [
            (lamps, seen.plane("window") * lit[..., None, None], True),
            (colour["star"], seen.plane("star") * open_sky, False),
        ]
        if self.rare:
            layers += [
                (colour["spark"], seen.plane("spark") * open_sky, False),
                (colour["bird"], seen.plane("bird") * open_sky * strength["bird"], True),
            ]
        return composed(out, [
            *layers,
            (colour["rain"], seen.plane("rain"), False),
            (colour["flake"], seen.plane("flake") * strength["flake"], True),
            (colour["mote"], seen.plane("mote") * open_air * strength["mote"], False),
        ])  # fmt: skip
