"""Writes a module as an ONNX graph, with at most one file of external data."""

import contextlib
import hashlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dreambridge.export.failures import told
from dreambridge.export.source import Graph
from dreambridge.protocol.errors import DreamError

OPSET = 18
MAX_OPSET = 20  # the operators of later ones do not run on all providers
MAX_INSIDE = 64 * 2**20  # bytes of weights inside a graph; larger ones go to a file beside it


def about(path: Path, base: Path) -> dict[str, Any]:
    """A file, as bundle.json names it."""
    with path.open("rb") as f:
        return {"file": path.relative_to(base).as_posix(), "sha256": hashlib.file_digest(f, "sha256").hexdigest()}


def weight_bytes(module: Any) -> int:
    """Of parameters and buffers; shared ones count once."""
    tensors = {t.data_ptr(): t.numel() * t.element_size() for t in (*module.parameters(), *module.buffers())}
    return sum(tensors.values())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the exporter's own output: its errors are told in a few lines."""
    loggers = [logging.getLogger(n) for n in ("torch", "torch.onnx", "onnxscript", "onnx_ir")]
    levels = [log.level for log in loggers]
    for log in loggers:
        log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in zip(loggers, levels, strict=True):
            log.setLevel(level)


def write_graph(name: str, g: Graph, folder: Path, opset: int = OPSET) -> dict[str, Any]:
    """Write ``folder/name.onnx``; its entry in `graphs`.

    DreamError ``bad_argument`` (opset), ``bad_bundle``: layer, line and reason of what cannot be exported.
    """
    import torch

    if not 18 <= opset <= MAX_OPSET:
        raise DreamError("bad_argument", f"The opset {opset} is not supported.", f"Use 18 to {MAX_OPSET}.")
    path = folder / f"{name}.onnx"
    axes = tuple({k: torch.export.Dim.AUTO for k in g.dynamic.get(n, {})} or None for n in g.inputs)
    try:
        with torch.no_grad(), quiet():
            program = torch.onnx.export(
                g.module,
                tuple(g.inputs.values()),
                input_names=list(g.inputs),
                output_names=list(g.outputs),
                opset_version=opset,
                dynamo=True,
                dynamic_shapes=axes if g.dynamic else None,
                verbose=False,
            )
            assert program is not None
            program.save(str(path), external_data=weight_bytes(g.module) > MAX_INSIDE)
    except Exception as e:  # PyTorch's exporter raises any exception
        raise told(name, e) from e
    data = path.with_name(f"{path.name}.data")
    entry = about(path, folder)
    if data.exists() and data.stat().st_size:
        entry["data"] = [about(data, folder)]
    else:
        data.unlink(missing_ok=True)
    return entry | ({"provider": g.provider} if g.provider else {})
