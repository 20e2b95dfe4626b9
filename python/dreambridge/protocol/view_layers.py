"""The layers of a view, and which of them belong together (PROTOCOL.md, part 4)."""

from collections.abc import Sequence

# In this order in a slot of a view ring, so that the first layer of a picture is always one that says what is where.
VIEW_LAYERS = ("label", "colour", "depth", "normal", "motion")
# A view has one of these at least.
SURFACES = ("label", "colour")
# The bytes of a pixel of a layer that a picture does not have: no label, no colour, no normal, no motion. Default: zeros.
NEUTRAL = {"normal": (128, 128, 128, 255), "motion": (128, 8, 0, 255)}
ORDER = ", ".join(VIEW_LAYERS)


def problem(layers: Sequence[str]) -> str | None:
    """What is wrong with the layers of a view, in words; None: nothing."""
    foreign = [n for n in layers if n not in VIEW_LAYERS]
    if foreign:
        return f"there is no layer {foreign[0][:40]!r}"
    if len(set(layers)) != len(layers):
        return "a layer is named twice"
    if list(layers) != [n for n in VIEW_LAYERS if n in layers]:
        return "the layers are in another order"
    if not any(n in layers for n in SURFACES):
        return "neither label nor colour is among them"
    return None
