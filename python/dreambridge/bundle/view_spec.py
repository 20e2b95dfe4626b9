"""The part `view` of bundle.json: the graph that paints over a game's own picture, its inputs and its labels."""

from typing import Literal

import msgspec

from dreambridge.protocol.view_layers import VIEW_LAYERS


class ViewInput(msgspec.Struct, frozen=True):
    input: str


class Label(msgspec.Struct, frozen=True):
    """One label of the palette: its colour in the grey-box (sRGB bytes) and its default depth (0 near, 1 far)."""

    colour: tuple[int, int, int]
    depth: float
    description: str = ""


ViewRole = Literal[
    "label", "colour", "depth", "normal", "motion", "publication",
    "has_label", "has_colour", "has_depth", "has_normal", "has_motion",
]  # fmt: skip


class ViewSpec(msgspec.Struct, frozen=True):
    """The second step graph, which paints over the game's own picture."""

    graph: str
    inputs: dict[ViewRole, ViewInput]
    palette: dict[str, Label] = {}

    @property
    def layers(self) -> list[str]:
        """The layers that the graph takes."""
        return [n for n in VIEW_LAYERS if n in self.inputs]

    @property
    def required(self) -> list[str]:
        """The layers without which the graph does not work: it has no input that says whether they are there."""
        return [n for n in self.layers if f"has_{n}" not in self.inputs]
