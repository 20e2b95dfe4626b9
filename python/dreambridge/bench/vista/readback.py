"""Readback: whether a reader trained on the painter's frames only finds what was directed in Vista's frames."""

import numpy as np
from numpy.typing import NDArray

from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista.context import Context, Picture, Row, scene
from dreambridge.bench.vista.painted import CLASSES, halved, labels
from dreambridge.bench.vista.readers import Readers, read_scenes, rights
from dreambridge.vista.world.names import STYLES, WEATHERS

STEPS = 12  # frames after the cut; snow and wetness have begun to show


def measure(c: Context) -> Row:
    readers = Readers(c.quick, c.folder, c.bar, c.short)
    reader = readers.scene()
    held = readers.held()
    control = rights(read_scenes(reader, held["small"]), held["said"])
    rng = np.random.default_rng(930_001)
    worlds, each = c.few(1, 12), c.few(3, 36, 12)
    mine, truths, said = list[Picture](), list[Picture](), list[NDArray[np.float32]]()
    with c.bar("frames to read", worlds * each) as tick:
        for w in range(worlds):
            with c.pair(120 + w) as pair:
                for k in range(each):
                    if c.late and len(mine) > 11:
                        break
                    values = scene(rng, style=STYLES[k % 6], weather=WEATHERS[k // 6 % 6]) | {
                        "camera_x": float(rng.uniform(-20, 20))
                    }
                    pair.cut(**values)
                    pair.skip(c.few(1, STEPS) - 1)
                    v, t = pair.step()
                    assert t is not None
                    mine.append(halved(v))
                    truths.append(halved(t))
                    said.append(labels(values))
                    tick()
    v, t, s = np.stack(mine), np.stack(truths), np.stack(said)
    got, painter = rights(read_scenes(reader, v), s), rights(read_scenes(reader, t), s)
    others = rights(read_scenes(reader, np.roll(v, len(v) // 2 + 7, 0)), s)
    both = read_scenes(reader, v), read_scenes(reader, t)
    right = both[0][:, : len(CLASSES)] == s[:, : len(CLASSES)]
    worst = min(CLASSES, key=lambda n: got[n])
    return {
        "compared": f"{len(v)} frames of random scenes, each style and weather equally often, {STEPS} frames after a cut, read "
        f"by a small network that was trained on the painter's frames only ({_note(readers)}). `painter`: the same reader on the "
        "painter's pictures of the same scenes, the most that can be read",
        "control": {"held_out_painter_frames": control, "painter": painter, "frames_of_other_scenes": others},
        "vista": got,
        "read_as_the_painters_picture_is": {n: float((both[0][:, k] == both[1][:, k]).mean()) for k, n in enumerate(CLASSES)},
        "worst_attribute": worst,
        "goals": {
            **{f"{n}_right": goal(got[n], "share", least=0.95, error=standard_error(right[:, k])) for k, n in enumerate(CLASSES)},
            "hour_off_median": goal(got["hour_minutes"], "minutes", most=30),
        },
    }  # fmt: skip


def _note(readers: Readers) -> str:
    path = readers.folder / "scene.txt"
    return path.read_text().strip() if path.exists() else "of another run"
