"""The testcard bundle: orientation marks, patches of known colours, and frame index and revision as pixel bars.

``python -m dreambridge.testcard OUT`` builds it (needs the package ``onnx``, extra ``train``); reading one needs numpy only.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE, FPS, BITS, CELL = 256, 30, 32, 8
LEVEL_ROW, INDEX_ROW, REVISION_ROW = 208, 240, 248
# sRGB bytes of the patches, row by row, 8 columns of 32 pixels from row 64 on; alpha too.
PATCHES = (
    ((0, 0, 0, 255), (255, 255, 255, 255), (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 255, 255, 255), (255, 0, 255, 255), (255, 255, 0, 255)),
    ((16, 16, 16, 255), (48, 48, 48, 255), (96, 96, 96, 255), (128, 128, 128, 255), (160, 160, 160, 255), (188, 188, 188, 255), (224, 224, 224, 255), (240, 240, 240, 255)),
    ((200, 120, 80, 255), (80, 120, 200, 255), (60, 140, 70, 255), (230, 200, 150, 255), (30, 60, 120, 255), (120, 30, 60, 255), (1, 2, 3, 255), (252, 253, 254, 255)),
    ((255, 0, 0, 0), (255, 0, 0, 64), (0, 255, 0, 128), (0, 0, 255, 192), (255, 255, 255, 128), (0, 0, 0, 128), (200, 120, 80, 254), (90, 60, 30, 1)),
)  # fmt: skip
PATCH, PATCH_ROW = 32, 64


def background() -> NDArray[np.uint8]:
    """Rows 0 to 207, uint8 [208, 256, 4]: a mark in each corner, a bright F that tells up from down and left from right."""
    card = np.zeros((LEVEL_ROW, SIZE, 4), np.uint8)
    card[...] = (40, 44, 52, 255)
    card[0:16, 0:16] = (255, 0, 0, 255)
    card[0:16, -16:] = (0, 255, 0, 255)
    card[-16:, 0:16] = (0, 0, 255, 255)
    card[-16:, -16:] = (255, 255, 0, 255)
    for y, x, h, w in ((8, 104, 48, 10), (8, 104, 10, 40), (27, 104, 10, 28)):
        card[y : y + h, x : x + w] = (255, 255, 255, 255)
    for r, row in enumerate(PATCHES):
        for c, colour in enumerate(row):
            y = PATCH_ROW + r * PATCH
            card[y : y + PATCH, c * PATCH : (c + 1) * PATCH] = colour
    return card


def read_bars(pixels: NDArray[np.uint8], row: int) -> int:
    """The number shown by the bars at ``row`` of a picture [256, 256, 3 or 4] (or a screenshot scaled to that size)."""
    line = pixels[row + CELL // 2, CELL // 2 :: CELL, 0] > 127
    return int(sum(1 << k for k, bit in enumerate(line[:BITS]) if bit))


def build(out: Path) -> Path:
    """Write the bundle's folder."""
    import onnx
    from onnx import TensorProto as T
    from onnx import helper as h
    from onnx import numpy_helper

    out.mkdir(parents=True, exist_ok=True)

    def const(name: str, value: Any, dtype: Any) -> Any:
        return numpy_helper.from_array(np.asarray(value, dtype), name)

    powers = 2 ** np.arange(BITS, dtype=np.int64)
    consts = [
        const("card", background()[None], np.uint8),
        const("powers", powers, np.int64),
        const("two", [2], np.int64),
        const("white", [255], np.int64),
        const("bar_shape", [1, 1, BITS, 1, 1], np.int64),
        const("bar_size", [1, CELL, BITS, CELL, 3], np.int64),
        const("row_shape", [1, CELL, SIZE, 3], np.int64),
        const("bar_alpha", np.full((1, CELL, SIZE, 1), 255), np.uint8),
        const("level_alpha", np.full((1, INDEX_ROW - LEVEL_ROW, SIZE, 1), 255), np.uint8),
        const("level_size", [1, INDEX_ROW - LEVEL_ROW, SIZE, 3], np.int64),
        const("level_shape", [1, 1, 1, 1], np.int64),
        const("scale", [255.0], np.float32),
    ]
    nodes = []
    for name, source in (("index", "meta.frame_index"), ("revision", "meta.revision")):
        nodes += [
            h.make_node("Div", [source, "powers"], [f"{name}_shifted"]),
            h.make_node("Mod", [f"{name}_shifted", "two"], [f"{name}_bits"]),
            h.make_node("Mul", [f"{name}_bits", "white"], [f"{name}_white"]),
            h.make_node("Cast", [f"{name}_white"], [f"{name}_bytes"], to=T.UINT8),
            h.make_node("Reshape", [f"{name}_bytes", "bar_shape"], [f"{name}_bar"]),
            h.make_node("Expand", [f"{name}_bar", "bar_size"], [f"{name}_wide"]),
            h.make_node("Reshape", [f"{name}_wide", "row_shape"], [f"{name}_rgb"]),
            h.make_node("Concat", [f"{name}_rgb", "bar_alpha"], [f"{name}_rows"], axis=3),
        ]
    nodes += [
        h.make_node("Mul", ["cond.level", "scale"], ["level_scaled"]),
        h.make_node("Round", ["level_scaled"], ["level_round"]),
        h.make_node("Cast", ["level_round"], ["level_byte"], to=T.UINT8),
        h.make_node("Reshape", ["level_byte", "level_shape"], ["level_one"]),
        h.make_node("Expand", ["level_one", "level_size"], ["level_rgb"]),
        h.make_node("Concat", ["level_rgb", "level_alpha"], ["level_rows"], axis=3),
        h.make_node("Concat", ["card", "level_rows", "index_rows", "revision_rows"], ["frame"], axis=1),
    ]
    graph = h.make_graph(
        nodes,
        "testcard",
        [
            h.make_tensor_value_info("cond.level", T.FLOAT, [1, 1]),
            h.make_tensor_value_info("meta.frame_index", T.INT64, [1]),
            h.make_tensor_value_info("meta.revision", T.INT64, [1]),
        ],
        [h.make_tensor_value_info("frame", T.UINT8, [1, SIZE, SIZE, 4])],
        consts,
    )
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9, producer_name="dreambridge")
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString()
    (out / "step.onnx").write_bytes(data)
    manifest = {
        "format": "1.0", "name": "testcard", "version": "1.1.0", "license": "Apache-2.0",
        "description": "Orientation marks, known colours, and frame index and revision as readable bars.",
        "frame": {"width": SIZE, "height": SIZE, "fps": FPS, "per_step": 1, "alpha": "straight"},
        "graphs": {"step": {"file": "step.onnx", "sha256": hashlib.sha256(data).hexdigest()}},
        "step": {
            "graph": "step", "frame": "frame",
            "conditions": {"level": {"input": "cond.level"}},
            "meta": {"frame_index": "meta.frame_index", "revision": "meta.revision"},
        },
        "conditions": {
            "level": {"kind": "number", "range": [0, 1], "default": 0.5, "over": 0.0,
                      "description": "Brightness of the band above the bars, as a share of 255."}
        },
    }  # fmt: skip
    (out / "bundle.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return out


if __name__ == "__main__":
    build(Path(sys.argv[1]))
