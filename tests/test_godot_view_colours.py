"""DreamView with own colours in the real engine: colours, normals and motion against known ones, in every renderer."""

from pathlib import Path

import dreambridge
import numpy as np
import pytest
from conftest import Engine
from dreambridge.commands import testcard
from dreambridge.ring.depth import unpack_depth
from dreambridge.ring.view_layers import unpack_motion, unpack_normal
from PIL import Image
from test_godot_view import COLOURS, DRIVERS, FAR, SIDE, Q, inner

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]
# Colour and label of each thing in view_colours.gd, and how far it moved to the right, in metres.
COLOURED = [
    ((200, 40, 90), "wall", 0.0),
    ((128, 128, 128), "ground", 0.0),
    ((255, 3, 128), "figure", 0.5),
    ((90, 60, 30), "roof", 0.0),
]
# On the plane z = -8, before the wall: the things of seen_through() in view_colours.gd.
SEEN_THROUGH = [(-3.5, 1), (-4.8, 1), (-3.5, 2), (-3.5, 0.2), (-3.55, 1.6), (-4.8, 2)]
UNLABELLED_BLUE = (20, 90, 220)


@pytest.mark.parametrize("driver", DRIVERS)
def test_colours_normals_and_motion_are_exact(
    engine: Engine, daemon: dreambridge.Daemon, driver: tuple[str, ...], tmp_path: Path
) -> None:
    engine.run("view_colours.gd", *driver, "--resolution", "256x256", OUT=str(tmp_path), DAEMON=daemon.name)
    names = ("label", "colour", "depth", "normal", "motion")
    sent = np.asarray(Image.open(tmp_path / "deep_sent.png").convert("RGBA"))
    assert sent.shape == (5 * SIDE, SIDE, 4)
    layers = {n: sent[k * SIDE : (k + 1) * SIDE] for k, n in enumerate(names)}
    painted = np.asarray(Image.open(tmp_path / "deep.png").convert("RGBA"))
    # What is transparent has no colour in the game's texture.
    wanted = testcard.view_quarters(**layers)
    seen_ = wanted[..., 3:] > 0
    assert (painted[: 2 * Q] * seen_ == wanted * seen_).all(), "what the daemon got is what was drawn"

    depth, normal, motion = unpack_depth(layers["depth"]) * FAR, unpack_normal(layers["normal"]), unpack_motion(layers["motion"])
    there = layers["colour"][..., 3] == 255
    sky = (layers["label"] == COLOURS["sky"]).all(-1)
    assert (there != sky).all() and 0.2 < there.mean() < 0.9 and (layers["colour"][sky] == 0).all()
    assert (normal[sky] == 0).all() and np.isnan(motion[sky]).all()
    inside = inner(layers["colour"])
    for colour, label, moved in COLOURED:
        shown = colour
        if label == "ground":  # a texture times a colour, as light multiplies
            linear = [((v / 255 + 0.055) / 1.055) ** 2.4 * ((0x80 / 255 + 0.055) / 1.055) ** 2.4 for v in (180, 200, 60)]
            shown = tuple(round((1.055 * v ** (1 / 2.4) - 0.055) * 255) for v in linear)
        own = (layers["label"] == COLOURS[label]).all(-1) & inside
        assert own.sum() > 300, label
        assert np.abs(layers["colour"][own][:, :3].astype(int) - shown).max() <= 1, (label, layers["colour"][own][0], shown)
        n = normal[own]
        assert np.abs(np.linalg.norm(n, axis=1) - 1).max() < 0.01
        if label == "ground":
            assert np.abs(n - (0, 1, 0)).max() < 0.02
        elif label == "figure":
            assert np.abs(n - (0, 0, 1)).max() < 0.02
        # The camera went 0.1 to the right: what is near moves further.
        right = (moved - 0.1) * SIDE / 2 / depth[own]
        off = np.abs(motion[own] - np.stack([right, 0 * right], 1))
        assert off.max() < 0.1, (label, off.max())
        assert np.abs(motion[own] + np.stack([right, 0 * right], 1)).max() > 0.2, "the control: the other way"
    blue = (layers["colour"][..., :3] == UNLABELLED_BLUE).all(-1)
    assert blue.sum() > 500 and (layers["label"][blue, 3] == 0).all(), "no label, and in the view by its colour"
    # Glass, a glow, particles, text and a mere caster of shadows, all without a label, do not hide the wall behind them.
    mixed = (np.abs(layers["colour"][..., :3].astype(int) - (30, 140, 60)).max(-1) <= 1).sum()
    assert mixed > 20, "the opaque surface beside the glass stays"
    spots = {}
    for x, y in SEEN_THROUGH:
        column, row = (round(SIDE / 2 * (1 + v)) for v in ((x - 0.1) / 8, (1 - y) / 8))
        spots[x, y] = layers["colour"][row, column, :3].astype(int)
    hidden = {at: spot.tolist() for at, spot in spots.items() if np.abs(spot - COLOURED[0][0]).max() > 1}
    assert not hidden, hidden
    faces = normal[blue & inside]
    slanted = np.sqrt(0.5) * np.array([[1, 0, 1], [-1, 0, 1]])
    assert all((np.abs(faces - f).max(-1) < 0.02).sum() > 50 for f in slanted)
    assert np.abs(faces[:, None] - slanted).max(-1).min(-1).max() < 0.03

    flat = np.asarray(Image.open(tmp_path / "flat_sent.png").convert("RGBA"))
    assert flat.shape == (2 * SIDE, SIDE, 4)
    label, colour_ = flat[:SIDE], flat[SIDE:].astype(int)
    # The tint of the canvas is no part of a thing's own colour.
    for x, y, want, name in (
        (40, 60, (200, 40, 90), "wall"),
        (120, 70, UNLABELLED_BLUE, None),
        (99, 230, (180, 200, 60), "ground"),
    ):
        assert np.abs(colour_[y, x] - (*want, 255)).max() <= 4, (colour_[y, x], want)
        assert (label[y, x] == COLOURS[name]).all() if name else label[y, x, 3] == 0
    assert colour_[35, 215, 3] == 0 and (label[35, 215] == COLOURS["sky"]).all(), "none is left out"
