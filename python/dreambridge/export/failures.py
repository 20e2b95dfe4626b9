"""PyTorch's failures in a few lines: the layer, the line of code, and the reason."""

import linecache
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from dreambridge.protocol.errors import DreamError

MAX_LINES, MAX_LINE = 10, 220
_OPERATOR = re.compile(
    r"OpOverload\(op='([\w.:]+)', overload='(\w+)'\)|No ONNX function found for ([\w.:]+)|operator '(aten::\w+)'"
)
_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\w+)')
_LIBRARY = re.compile(r"[/\\](torch|onnxscript|onnx|onnx_ir|torch_onnx)[/\\]")
_NODE = re.compile(r"%?(\w+) : .* = call_\w+\[target=([\w.]+)\]")
ELSE = "Export the module alone with torch.onnx.export to see more."
WAYS_OUT = (
    (
        re.compile(r"data.dependent|GuardOnDataDependent|Could not guard|Cannot view a tensor", re.I),
        "Control flow and shapes must not depend on the tensors' values. Transformers may need attn_implementation='eager'.",
    ),
    (
        re.compile(r"flex_attention|FlexAttention|sort\.stable|complex", re.I),
        "Replace this operator in the module: ONNX has none like it.",
    ),
    (
        re.compile(r"out of memory|can't allocate|bad_alloc", re.I),
        "Export with a smaller size, window or dtype, or on a machine with more memory.",
    ),
)


def chain(e: BaseException | None) -> Iterator[BaseException]:
    """The error, and what caused it, down to the first one."""
    while e is not None:
        yield e
        e = e.__cause__ or (None if e.__suppress_context__ else e.__context__)


def _place(errors: list[BaseException]) -> str:
    """The last line of code outside PyTorch's own, from the first error that has one."""
    for e in reversed(errors):
        frames = [(f.filename, f.lineno, f.name, f.line or "") for f in traceback.extract_tb(e.__traceback__)]
        frames += [(file, int(k), name, linecache.getline(file, int(k))) for file, k, name in _FRAME.findall(str(e))]
        own = [f for f in frames if not _LIBRARY.search(f[0]) and f[2] not in ("_write", "written") and Path(f[0]).exists()]
        own = [f for f in own if "dreambridge/export/graphs" not in f[0].replace("\\", "/")]
        if own:
            file, number, name, line = own[-1]
            return f"{Path(file).name}:{number}, in {name}" + (f": {line.strip()}" if line else "")
    return ""


def _layer(text: str) -> str:
    """The path of the module, such as "unet.mid_block", where the message tells it."""
    found = re.findall(r"L\['self'\]\.([\w.\[\]]+)|'?(?:L__self___|getattr_)?\w*'?: \('([\w.]+)',", text)
    paths = [a or b for a, b in found if a or b]
    return paths[-1] if paths else ""


def told(graph: str, e: BaseException) -> DreamError:
    """The error of a graph that cannot be exported: ``bad_bundle``, in at most ten lines."""
    errors = list(chain(e))
    whole = "\n".join(str(x) for x in errors)
    operator = next((next(filter(None, m.groups())) for x in reversed(errors) for m in _OPERATOR.finditer(str(x))), "")
    reason = next((line.strip() for line in str(errors[-1]).splitlines() if line.strip()), type(errors[-1]).__name__)
    lines = [f"The graph {graph!r} cannot be exported."]
    if layer := _layer(whole):
        lines.append(f"layer: {layer}")
    if place := _place(errors):
        lines.append(f"at: {place}")
    if operator:
        lines.append(f"operator: {operator}")
    lines.append(f"reason: {type(errors[-1]).__name__}: {reason}")
    hint = next(
        (way for pattern, way in WAYS_OUT if pattern.search(whole)), "Export the module alone with torch.onnx.export to see more."
    )
    return DreamError("bad_bundle", "\n  ".join(line[:MAX_LINE] for line in lines[: MAX_LINES - 1]), hint)
