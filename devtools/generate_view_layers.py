"""Vectors of the layers of a view: protocol/vectors/view_layers.json."""

from typing import Any

import numpy as np
from dreambridge.ring.view_layers import pack_motion, pack_normal, unpack_motion, unpack_normal


def view_layer_vectors() -> dict[str, Any]:
    """Normals and motions, their three bytes, and the unpacked values."""
    normals = [[0, 0, 1], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [3, 4, 0], [0.6, -0.64, 0.48], [0, 0, 0], [0, 0, -2]]
    motions = [[0, 0], [1, 0], [0, -1], [0.03, -0.04], [1.5, -20.25], [127.9375, -127.9375], [500, -500], [None, 0], [None, None]]

    def cases(name: str, values: list[Any], pack: Any, unpack: Any) -> list[dict[str, Any]]:
        rows = pack([[[np.nan if x is None else x for x in v] for v in values]])[0]
        back = [unpack(row[None, None])[0, 0] for row in rows]
        told = [None if np.isnan(b).any() else [float(x) for x in b] for b in back]
        return [{name: v, "bytes": row[:3].tobytes().hex(), "unpacked": b} for v, row, b in zip(values, rows, told, strict=True)]

    return {
        "normal": cases("normal", normals, pack_normal, unpack_normal),
        "motion": cases("motion", motions, pack_motion, unpack_motion),
    }
