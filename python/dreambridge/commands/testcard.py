"""The testcard bundle: orientation marks, patches of known colours, and frame index and revision as pixel bars.

While a view is attached, it shows the view's bytes instead of the marks. ``python -m dreambridge.commands.testcard OUT``
builds it (needs the package ``onnx``, extra ``train``); reading one needs only numpy.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.palette import PALETTE
from dreambridge.protocol.view_layers import VIEW_LAYERS
from dreambridge.system.made_folders import new_folder

SIZE, FPS, BITS, CELL = 256, 30, 32, 8
LEVEL_ROW, INDEX_ROW, REVISION_ROW = 208, 240, 248
# With a view: four quarters of 112 x 128 (`view_quarters`), a band of the level, the number of the view's publication.
HALF, QUARTER, VIEW_LEVEL_ROW, PUBLICATION_ROW = 128, 112, 224, 232
MOTION_FROM = 56  # row of the upper right quarter from which it shows the motion
# sRGB bytes of the patches, row by row, 8 columns of 32 pixels from row 64 on; alpha too.
PATCHES = (
    (
        (0, 0, 0, 255),
        (255, 255, 255, 255),
        (255, 0, 0, 255),
        (0, 255, 0, 255),
        (0, 0, 255, 255),
        (0, 255, 255, 255),
        (255, 0, 255, 255),
        (255, 255, 0, 255),
    ),
    (
        (16, 16, 16, 255),
        (48, 48, 48, 255),
        (96, 96, 96, 255),
        (128, 128, 128, 255),
        (160, 160, 160, 255),
        (188, 188, 188, 255),
        (224, 224, 224, 255),
        (240, 240, 240, 255),
    ),
    (
        (200, 120, 80, 255),
        (80, 120, 200, 255),
        (60, 140, 70, 255),
        (230, 200, 150, 255),
        (30, 60, 120, 255),
        (120, 30, 60, 255),
        (1, 2, 3, 255),
        (252, 253, 254, 255),
    ),
    (
        (255, 0, 0, 0),
        (255, 0, 0, 64),
        (0, 255, 0, 128),
        (0, 0, 255, 192),
        (255, 255, 255, 128),
        (0, 0, 0, 128),
        (200, 120, 80, 254),
        (90, 60, 30, 1),
    ),
)
PATCH, PATCH_ROW = 32, 64
# The parts of the graph over a view, without the bars: constants, and nodes (operator, inputs, outputs, attributes).
VIEW_CONSTS: dict[str, tuple[Any, Any]] = {
    "even": ([0, 0], np.int64),
    "odd": ([1, 1], np.int64),
    "middle": ([MOTION_FROM], np.int64),
    "bottom": ([QUARTER], np.int64),
    "rows": ([1], np.int64),
    "end": ([2 * QUARTER, SIZE], np.int64),
    "axes": ([1, 2], np.int64),
    "by_two": ([2, 2], np.int64),
    "three": ([3], np.int64),
    "zero": ([0], np.int64),
    "last_axis": ([3], np.int64),
    "half": ([0.5], np.float32),
    "weights": (np.array([[65536], [256], [1]]), np.float32),
    "most": ([2**24 - 1], np.float32),
    "colours": (np.array([p["colour"] for p in PALETTE.values()])[None, None, None], np.float32),
    "depths": ([p["depth"] for p in PALETTE.values()], np.float32),
    "pixel_shape": ([1, QUARTER, HALF, 1, 3], np.int64),
    "quarter_shape": ([1, QUARTER, HALF, 1], np.int64),
    "quarter_size": ([1, QUARTER, HALF, 3], np.int64),
    "quarter_alpha": (np.full((1, QUARTER, HALF, 1), 255), np.uint8),
    "black": (np.broadcast_to(np.array([0, 0, 0, 255]), (1, QUARTER, HALF, 4)), np.uint8),
    "bytes": ([255.0], np.float32),
    "apart_axis": ([4], np.int64),
}
VIEW_NODES: tuple[tuple[str, list[str], list[str], dict[str, Any]], ...] = (
    *((("Greater", [f"view.has_{n}", "half"], [f"there_{n}"], {})) for n in VIEW_LAYERS),
    *((("Slice", [f"view.{n}", "even", "end", "axes", "by_two"], [f"{n}_even"], {})) for n in ("label", "depth", "motion")),
    *((("Slice", [f"view.{n}", "odd", "end", "axes", "by_two"], [f"{n}_odd"], {})) for n in ("label", "colour", "normal")),
    ("Where", ["there_label", "label_even", "black"], ["upper_left"], {}),
    ("Where", ["there_label", "label_odd", "black"], ["label_shown"], {}),
    ("Where", ["there_colour", "colour_odd", "label_shown"], ["lower_left"], {}),
    ("Where", ["there_depth", "depth_even", "black"], ["depth_shown"], {}),
    ("Slice", ["depth_shown", "zero", "middle", "rows"], ["depth_upper"], {}),
    ("Slice", ["depth_shown", "middle", "bottom", "rows"], ["depth_lower"], {}),
    ("Slice", ["motion_even", "middle", "bottom", "rows"], ["motion_lower"], {}),
    ("Where", ["there_motion", "motion_lower", "depth_lower"], ["motion_shown"], {}),
    ("Concat", ["depth_upper", "motion_shown"], ["upper_right"], {"axis": 1}),
    # depth from its three bytes
    ("Slice", ["depth_even", "zero", "three", "last_axis"], ["depth_rgb"], {}),
    ("Cast", ["depth_rgb"], ["depth_float"], {"to": 1}),
    ("MatMul", ["depth_float", "weights"], ["depth_whole"], {}),
    ("Div", ["depth_whole", "most"], ["depth_given"], {}),
    # depth by the nearest colour of the palette
    ("Slice", ["label_even", "zero", "three", "last_axis"], ["label_rgb"], {}),
    ("Cast", ["label_rgb"], ["label_float"], {"to": 1}),
    ("Reshape", ["label_float", "pixel_shape"], ["label_pixels"], {}),
    ("Sub", ["label_pixels", "colours"], ["apart"], {}),
    ("ReduceSumSquare", ["apart", "apart_axis"], ["distance"], {"keepdims": 0}),
    ("ArgMin", ["distance"], ["nearest"], {"axis": 3, "keepdims": 0}),
    ("Gather", ["depths", "nearest"], ["depth_flat"], {"axis": 0}),
    ("Reshape", ["depth_flat", "quarter_shape"], ["depth_of_label"], {}),
    ("Where", ["there_depth", "depth_given", "depth_of_label"], ["depth_used"], {}),
    ("Mul", ["depth_used", "bytes"], ["grey_scaled"], {}),
    ("Add", ["grey_scaled", "half"], ["grey_up"], {}),
    ("Floor", ["grey_up"], ["grey_round"], {}),
)


def background() -> NDArray[np.uint8]:
    """Rows 0 to 207, uint8 [208, 256, 4]: a mark in each corner, and a bright F that shows the orientation."""
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


def view_quarters(
    label: NDArray[np.uint8] | None,
    depth: NDArray[np.uint8] | None = None,
    colour: NDArray[np.uint8] | None = None,
    normal: NDArray[np.uint8] | None = None,
    motion: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Rows 0 to 223 of a frame made over a view, uint8 [224, 256, 4]; the layers are uint8 [256, 256, 4], packed.

    Top left: the label's pixels of even rows and columns (black without labels); below it, the colours of odd ones, or without
    colours the labels. Top right: the depth's bytes (of even ones, black without a depth), and in its lower half the motion's, if
    there is any; below it, the normals' bytes (of odd ones), or without normals the depth as grey, unpacked or from the nearest
    palette colour.
    """
    from dreambridge.ring.depth import unpack_depth

    if label is None:
        label = np.broadcast_to(np.array([0, 0, 0, 255], np.uint8), (SIZE, SIZE, 4))
    rows, even, odd = 2 * QUARTER, np.s_[0 : 2 * QUARTER : 2, ::2], np.s_[1 : 2 * QUARTER : 2, 1::2]
    out = np.zeros((rows, SIZE, 4), np.uint8)
    out[..., 3] = 255
    out[:QUARTER, :HALF], out[QUARTER:, :HALF] = label[even], label[odd]
    if depth is None:
        colours = np.array([p["colour"] for p in PALETTE.values()], float)
        apart = ((label[even][..., None, :3].astype(float) - colours) ** 2).sum(-1)
        grey = np.array([p["depth"] for p in PALETTE.values()])[apart.argmin(-1)]
    else:
        out[:QUARTER, HALF:] = depth[even]
        grey = unpack_depth(depth[even])
    out[QUARTER:, HALF:, :3] = np.floor(grey * 255 + 0.5)[..., None]
    if colour is not None:
        out[QUARTER:, :HALF] = colour[odd]
    if normal is not None:
        out[QUARTER:, HALF:] = normal[odd]
    if motion is not None:
        out[MOTION_FROM:QUARTER, HALF:] = motion[even][MOTION_FROM:]
    return out


def build(out: Path) -> Path:
    """Write the bundle's folder; DreamError ``bad_argument`` if the folder exists and this did not make it."""
    with new_folder(out, "dreambridge.commands.testcard") as part:
        _write(part)
    return out


def _write(part: Path) -> None:
    from onnx import TensorProto as T
    from onnx import helper as h

    step_inputs = [
        h.make_tensor_value_info("cond.level", T.FLOAT, [1, 1]),
        h.make_tensor_value_info("meta.frame_index", T.INT64, [1]),
        h.make_tensor_value_info("meta.revision", T.INT64, [1]),
    ]
    picture = [1, SIZE, SIZE, 4]
    view_inputs = [
        *(h.make_tensor_value_info(f"view.{n}", T.UINT8, picture) for n in VIEW_LAYERS),
        *(h.make_tensor_value_info(f"view.has_{n}", T.FLOAT, [1, 1]) for n in VIEW_LAYERS),
        h.make_tensor_value_info("view.publication", T.INT64, [1]),
    ]
    graphs = {"step": _graph(h, T, step_inputs, False), "step_view": _graph(h, T, step_inputs + view_inputs, True)}
    for name, data in graphs.items():
        (part / f"{name}.onnx").write_bytes(data)
    manifest = {
        "format": "1.1",
        "name": "testcard",
        "version": "1.3.0",
        "license": "Apache-2.0",
        "description": "Orientation marks, known colours, frame index and revision as readable bars; or a view's own bytes.",
        "frame": {"width": SIZE, "height": SIZE, "fps": FPS, "per_step": 1, "alpha": "straight"},
        "graphs": {n: {"file": f"{n}.onnx", "sha256": hashlib.sha256(data).hexdigest()} for n, data in graphs.items()},
        "step": {
            "graph": "step",
            "frame": "frame",
            "conditions": {"level": {"input": "cond.level"}},
            "meta": {"frame_index": "meta.frame_index", "revision": "meta.revision"},
        },
        "view": {
            "graph": "step_view",
            "inputs": {n: {"input": f"view.{n}"} for n in (*VIEW_LAYERS, *(f"has_{n}" for n in VIEW_LAYERS), "publication")},
            "palette": PALETTE,
        },
        "conditions": {
            "level": {
                "kind": "number",
                "range": [0, 1],
                "default": 0.5,
                "over": 0.0,
                "description": "Brightness of the band above the bars, as a share of 255.",
            }
        },
    }
    (part / "bundle.json").write_text(json.dumps(manifest, indent=1) + "\n")


def _graph(h: Any, T: Any, inputs: list[Any], viewed: bool) -> bytes:
    """The bytes of the step graph, or of the view graph: the same bars under another picture."""
    import onnx
    from onnx import numpy_helper

    def const(name: str, value: Any, dtype: Any) -> Any:
        return numpy_helper.from_array(np.asarray(value, dtype), name)

    powers = 2 ** np.arange(BITS, dtype=np.int64)
    rows = PUBLICATION_ROW - VIEW_LEVEL_ROW if viewed else INDEX_ROW - LEVEL_ROW
    consts = [
        const("powers", powers, np.int64),
        const("two", [2], np.int64),
        const("white", [255], np.int64),
        const("bar_shape", [1, 1, BITS, 1, 1], np.int64),
        const("bar_size", [1, CELL, BITS, CELL, 3], np.int64),
        const("row_shape", [1, CELL, SIZE, 3], np.int64),
        const("bar_alpha", np.full((1, CELL, SIZE, 1), 255), np.uint8),
        const("level_alpha", np.full((1, rows, SIZE, 1), 255), np.uint8),
        const("level_size", [1, rows, SIZE, 3], np.int64),
        const("level_shape", [1, 1, 1, 1], np.int64),
        const("scale", [255.0], np.float32),
    ]
    nodes = []
    bars = {"index": "meta.frame_index", "revision": "meta.revision"} | ({"publication": "view.publication"} if viewed else {})
    for name, source in bars.items():
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
    ]
    if viewed:
        consts += [const(name, value, dtype) for name, (value, dtype) in VIEW_CONSTS.items()]
        nodes += [h.make_node(kind, ins, outs, **extra) for kind, ins, outs, extra in VIEW_NODES]
        nodes.append(h.make_node("Cast", ["grey_round"], ["grey_byte"], to=T.UINT8))
        nodes.append(h.make_node("Expand", ["grey_byte", "quarter_size"], ["grey_rgb"]))
        nodes.append(h.make_node("Concat", ["grey_rgb", "quarter_alpha"], ["grey_picture"], axis=3))
        nodes.append(h.make_node("Where", ["there_normal", "normal_odd", "grey_picture"], ["lower_right"]))
        nodes.append(h.make_node("Concat", ["upper_left", "upper_right"], ["upper"], axis=2))
        nodes.append(h.make_node("Concat", ["lower_left", "lower_right"], ["lower"], axis=2))
        parts = ["upper", "lower", "level_rows", "publication_rows", "index_rows", "revision_rows"]
    else:
        consts.append(const("card", background()[None], np.uint8))
        parts = ["card", "level_rows", "index_rows", "revision_rows"]
    nodes.append(h.make_node("Concat", parts, ["frame"], axis=1))
    graph = h.make_graph(nodes, "testcard", inputs, [h.make_tensor_value_info("frame", T.UINT8, [1, SIZE, SIZE, 4])], consts)
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9, producer_name="dreambridge")
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


if __name__ == "__main__":
    build(Path(sys.argv[1]))
