"""Pose: whether the joints in the picture are where they were directed to be."""

import numpy as np

from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista.context import Context, Picture, Row, scene
from dreambridge.bench.vista.painted import cropped, figure
from dreambridge.bench.vista.readers import Readers, near, read_joints
from dreambridge.bench.vista.sheets import sheet
from dreambridge.vista.world.names import STYLES, WEATHERS

STEPS = 6  # frames after the cut


def measure(c: Context) -> Row:
    readers = Readers(c.quick, c.folder, c.bar, c.short)
    reader, held = readers.joints(), readers.held()
    control = near(read_joints(reader, held["crops"]), held["joints"])
    rng = np.random.default_rng(940_001)
    worlds, each = c.few(1, 8), c.few(2, 36, 12)
    mine, truths, joints, styles, cells = list[Picture](), [], [], [], []
    with c.bar("figures", worlds * each) as tick:
        for w in range(worlds):
            with c.pair(160 + w) as pair:
                for k in range(each):
                    if c.late and len(mine) > 11:
                        break
                    values = scene(rng, style=STYLES[k % 6], weather=WEATHERS[k // 6 % 6]) | {
                        "camera_x": float(rng.uniform(-20, 20))
                    }
                    figures = [figure(rng, x + 40 * rng.random()) for x in ((40, 150) if k % 2 else (100,))]
                    pair.cut(**values, pose=[f.tolist() for f in figures])
                    pair.skip(c.few(1, STEPS) - 1)
                    v, t = pair.step()
                    assert t is not None
                    if w == 0:
                        cells.append((f"{values['style']}, {values['weather']}: truth | Vista", [t, v]))
                    for f in figures:
                        # the same crop of both pictures
                        cut = int(rng.integers(2**31))
                        crop, at = cropped(v, f, np.random.default_rng(cut))
                        mine.append(crop)
                        truths.append(cropped(t, f, np.random.default_rng(cut))[0])
                        joints.append(at)
                        styles.append(values["style"])
                    tick()
    sheet(c.folder / "pose.png", cells, 4)
    v, t, j = np.stack(mine), np.stack(truths), np.stack(joints)
    read, painter = read_joints(reader, v), read_joints(reader, t)
    each_near = [near(read[i : i + 1], j[i : i + 1]) for i in range(len(j))]
    by_style = {s: round(near(read[np.array(styles) == s], j[np.array(styles) == s]), 4) for s in STYLES if s in styles}
    both = float((np.linalg.norm(read - painter, axis=2) <= 0.03 * 256).mean())
    return {
        "compared": f"{len(v)} figures with legs and arms in random phases, one or two in a picture, in all styles and weathers. "
        "Their 17 joints are read by a small network that was trained on the painter's frames only; right is within 3 % of 256 "
        "pixels. `painter`: the same reader on the painter's pictures of the same scenes",
        "control": {
            "held_out_painter_frames": round(control, 4), "painter": round(near(painter, j), 4),
            "figures_of_other_pictures": round(near(np.roll(read, len(read) // 2 + 1, 0), j), 4),
        },
        "by_style": by_style, "read_where_the_painters_is": round(both, 4),
        "median_error_pixels": round(float(np.median(np.linalg.norm(read - j, axis=2))), 2),
        "goals": {"joints_within_3_percent": goal(near(read, j), "share", least=0.95, error=standard_error(each_near))},
    }  # fmt: skip
