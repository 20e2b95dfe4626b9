"""Checks a stream's state for NaN, which never disappears and makes all frames black."""

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.load import GraphFile
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.providers import make_session
from dreambridge.runtime.tensors import StateTensor

log = logging.getLogger("dreambridge")
CHECK_EVERY = 8  # steps
CHECK_AT_LEAST_EVERY = 128
PER_STEP = 2**20  # bytes of state per additional step between checks; a megabyte takes about 0.05 ms
ONNX_TYPES = {"float32": 1, "float16": 10, "float64": 11}


def check_every(state_bytes: int, on_device: bool) -> int:
    """The number of steps between checks. On a device each check is a graph of its own to run."""
    return CHECK_AT_LEAST_EVERY if on_device else min(CHECK_EVERY + state_bytes // PER_STEP, CHECK_AT_LEAST_EVERY)


def newest(array: NDArray[Any], axis: int, before: int, now: int) -> NDArray[Any]:
    """The entries of a ring along ``axis`` that were written since its count was ``before``; all of them if it went back."""
    size = array.shape[axis]
    if not before <= now < before + size:
        return array
    return array.take(np.arange(before, now) % size, axis)


def has_nan(array: NDArray[Any], dtype: str = "") -> bool:
    """Whether a tensor contains NaN; ``dtype`` "bfloat16" if it has the bits of such. Infinities are valid: masks have them."""
    if not array.size:
        return False
    if dtype == "bfloat16":
        return bool((np.ascontiguousarray(array) & 0x7FFF).max() > 0x7F80)
    if array.dtype.kind != "f":
        return False
    if array.dtype == np.float16:  # its arithmetic is slow
        return bool((np.ascontiguousarray(array).view(np.uint16) & 0x7FFF).max() > 0x7C00)
    with np.errstate(all="ignore"):
        # One pass without a copy; only a result that is not finite (also an overflow) needs a closer check.
        return not np.isfinite(np.add.reduce(array, axis=None)) and bool(np.isnan(array).any())


def _field(number: int, content: bytes | int) -> bytes:
    """A field of protobuf: a number, or bytes with their length."""

    def whole(n: int) -> bytes:
        out = b""
        while n > 0x7F:
            out, n = out + bytes([n & 0x7F | 0x80]), n >> 7
        return out + bytes([n])

    if isinstance(content, int):
        return whole(number << 3) + whole(content)
    return whole(number << 3 | 2) + whole(len(content)) + content


def nan_graph(dtype: str) -> bytes:
    """An ONNX model: ``x`` of any shape -> ``ok`` float32 scalar, 0 if ``x`` contains NaN, which alone differs from itself.

    Written here, because the package `onnx` is not needed to run a daemon.
    """

    def node(op: str, inputs: tuple[str, ...], output: str, *attributes: bytes) -> bytes:
        names = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode())
        return _field(1, names + _field(4, op.encode()) + b"".join(_field(5, a) for a in attributes))

    def number(name: str, value: int) -> bytes:
        return _field(1, name.encode()) + _field(3, value) + _field(20, 2)

    def value(name: str, kind: bytes) -> bytes:
        return _field(1, name.encode()) + _field(2, _field(1, kind))

    graph = (
        node("Equal", ("x", "x"), "same")
        + node("Cast", ("same",), "ones", number("to", 1))
        + node("ReduceMin", ("ones",), "ok", number("keepdims", 0))
        + _field(2, b"state_check")
        + _field(11, value("x", _field(1, ONNX_TYPES[dtype])))
        + _field(12, value("ok", _field(1, 1) + _field(2, b"")))
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 17))


class NanCheck:
    """Looks for NaN where the state lies. A device's state is not copied: a small graph of the same provider looks at it."""

    def __init__(self, provider: str) -> None:
        # TensorRT would build an engine for it.
        self._provider = "cuda" if provider == "tensorrt" else provider
        self._sessions: dict[str, Any] = {}

    def prepare(self, tensor: StateTensor) -> Any:
        """Load the graph for such a tensor; None if there is none, or it does not run there."""
        dtype = tensor.spec.dtype
        if tensor.device == "cpu" or dtype not in ONNX_TYPES:
            return None
        if dtype not in self._sessions:
            try:
                self._sessions[dtype] = make_session(GraphFile("state check", nan_graph(dtype)), self._provider, 1)
            except DreamError as e:
                log.warning("the state on %s is copied to be checked: %s", self._provider, e.message)
                self._sessions[dtype] = None
        return self._sessions[dtype]

    def found(self, tensor: StateTensor, turn: int, written: tuple[int, int] | None = None) -> bool:
        """Whether there is one. ``written`` : the counts of a ring at its last check and now, on the CPU."""
        dtype = tensor.spec.dtype
        if not tensor.nbytes or dtype not in (*ONNX_TYPES, "bfloat16"):
            return False
        if tensor.device == "cpu":
            array, ring = tensor.array(turn), tensor.spec.ring
            return has_nan(newest(array, ring.axis, *written) if ring and written else array, dtype)
        session = self.prepare(tensor)
        if session is None:
            return has_nan(tensor.copy(turn), dtype)
        ok = np.ones((), np.float32)
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", tensor.value(turn))
        binding.bind_output("ok", "cpu", 0, np.float32, (), ok.ctypes.data)
        session.run_with_iobinding(binding)
        return float(ok) != 1.0
