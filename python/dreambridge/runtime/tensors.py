"""The tensors of one stream's steps: in the CPU's memory, or in a provider's own, where they stay from step to step."""

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.dtypes import ONNX_BFLOAT16, STORAGE, bytes_of, element
from dreambridge.bundle.manifest import StateSpec
from dreambridge.system.onnx_runtime import import_onnxruntime

Array = NDArray[Any]
# ONNX Runtime's names of the types.
DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(bfloat16)": "bfloat16",
    "tensor(int8)": "int8",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
}
# Providers with memory of their own, with ONNX Runtime's name of it. The others take what lies in the CPU's.
DEVICES = {"cuda": "cuda", "tensorrt": "cuda", "directml": "dml", "webgpu": "webgpu"}


def device_of(provider: str) -> str:
    """ONNX Runtime's name of the memory in which a provider computes."""
    return DEVICES.get(provider, "cpu")


@dataclass
class Copies:
    """Copies of tensors since the stream began. Of state and inputs those that Python made."""

    state: int = 0  # written, read or checked through the CPU's memory
    inputs: int = 0  # inputs that had changed, to a device
    frames: int = 0  # from a device, of the frames of a step


def to_device(array: Array, device: str, dtype: str = "") -> Any:
    """A new OrtValue with a copy of the array in the memory of ``device``. ``dtype`` "bfloat16" if it has the bits of such."""
    if dtype == "bfloat16":  # not run: no device here has this type
        value = import_onnxruntime().OrtValue.ortvalue_from_shape_and_type(array.shape, ONNX_BFLOAT16, device, 0)
        value.update_inplace(np.ascontiguousarray(array))
        return value
    return import_onnxruntime().OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array), device, 0)


def to_cpu(value: Any, into: Array, device: str) -> Array:
    """``into``, with what an OrtValue on a device holds."""
    if device == "webgpu":  # its buffers have no addresses
        ort = import_onnxruntime()
        ort.copy_tensors([value], [ort.OrtValue.ortvalue_from_numpy(into)])
    else:
        into[...] = value.numpy()
    return into


def places(session: Any) -> dict[str, str] | None:
    """Where a graph reads each input: in the CPU's memory ("cpu") or in the provider's ("device"); None: it cannot say.

    Also on a device some inputs are read in the CPU's memory: those of operators that only the CPU has.
    """
    ask = getattr(session, "get_input_memory_infos", None)  # of newer releases
    if ask is None:
        return None
    inputs = zip(session.get_inputs(), ask(), strict=True)
    return {i.name: "cpu" if memory.name.lower().startswith("cpu") else "device" for i, memory in inputs}


class InputTensor:
    """An input that Python writes before a step: ``array``, which a device has a copy of."""

    def __init__(self, array: Array, device: str, copies: Copies, dtype: str = "") -> None:
        self.array, self._copies = array, copies
        self._there = array.copy()  # what the device has
        self.value = to_device(array, device, dtype)

    def upload(self) -> None:
        """Copy it to the device if it has changed since the last time. Its address there stays the same."""
        if not np.array_equal(self._there, self.array):
            self._there[...] = self.array
            self.value.update_inplace(self.array)
            self._copies.inputs += 1


class StateTensor:
    """A state tensor: each step reads what the last one wrote.

    A tensor that steps write lies in two places, which change their roles with ``turn`` (0 or 1); others have one, and so has one
    that is written in place. They are arrays in the CPU's memory, or OrtValues on ``device``, which no step copies.
    """

    def __init__(self, spec: StateSpec, first: Array, device: str, copies: Copies) -> None:
        self.spec, self.device, self._copies = spec, device, copies
        self._turns = spec.output is not None and not spec.in_place
        count = 2 if self._turns else 1
        self.arrays = [first.copy() for _ in range(count)] if device == "cpu" else []
        self.values = [] if device == "cpu" else [to_device(first, device, spec.dtype) for _ in range(count)]

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.spec.shape)) * bytes_of(self.spec.dtype)

    def _index(self, turn: int) -> int:
        return turn if self._turns else 0

    def copy(self, turn: int) -> Array:
        """A copy of what the next step will read, in the CPU's memory."""
        self._copies.state += 1
        if self.device == "cpu":
            return self.array(turn).copy()
        return to_cpu(self.value(turn), np.empty(self.spec.shape, STORAGE[self.spec.dtype]), self.device)

    def array(self, turn: int) -> Array:
        """On the CPU: the buffer that the next step will read."""
        return self.arrays[self._index(turn)]

    def write(self, turn: int, value: Array) -> None:
        """Let the next step read ``value``."""
        self._copies.state += 1
        if self.device == "cpu":
            self.array(turn)[...] = value
            return
        whole = np.empty(self.spec.shape, STORAGE[self.spec.dtype])
        whole[...] = value
        self.value(turn).update_inplace(whole)

    def value(self, turn: int) -> Any:
        """The OrtValue on the device that the next step will read."""
        return self.values[self._index(turn)]

    def twin(self, turn: int, copies: Copies) -> "StateTensor":
        """Another stream's, with the same content."""
        return StateTensor(self.spec, self.copy(turn), self.device, copies)


@dataclass
class Bound:
    """A binding of a graph's inputs and outputs, and what must be done before each run with it."""

    binding: Any
    uploads: list[InputTensor] = field(default_factory=list)
    anew: list[Callable[[], None]] = field(default_factory=list)  # inputs that ONNX Runtime copies when they are bound
    # In the CPU's memory, by the graph's names.
    inputs: dict[str, Array] = field(default_factory=dict)
    outputs: dict[str, Array] = field(default_factory=dict)
    kinds: dict[str, Any] = field(default_factory=dict)  # their types for ONNX Runtime; bfloat16 is none of NumPy's

    def prepare(self) -> None:
        """Give the next run the inputs as they are now."""
        for tensor in self.uploads:
            tensor.upload()
        for bind in self.anew:
            bind()


class Binder:
    """Binds the tensors of one stream to a graph.

    A tensor that is bound in the memory where the graph reads it is read at each run. Any other one ONNX Runtime copies when it
    is bound, and never again: it must be bound again before each run. ``captured``: runs are repeated as CUDA graphs with the
    same addresses, so all tensors lie on the device.
    """

    def __init__(self, session: Any, device: str, known: dict[int, InputTensor], copies: Copies, captured: bool = False) -> None:
        self.device, self._known, self._copies, self._captured = device, known, copies, captured
        self.bound = Bound(session.io_binding())
        self._used = {i.name for i in session.get_inputs()}
        self._places = {} if device == "cpu" else places(session)

    def _reads(self, name: str) -> str:
        """Where the graph reads the input: "cpu", "device", or "unknown"."""
        if self.device == "cpu":
            return "cpu"
        if self._captured:
            return "device"
        return "unknown" if self._places is None else self._places[name]

    def _from_cpu(self, name: str, array: Array, dtype: str = "") -> None:
        self.bound.inputs[name] = array
        kind = self.bound.kinds[name] = element(dtype) if dtype else array.dtype
        self.bound.binding.bind_input(name, "cpu", 0, kind, array.shape, array.ctypes.data)

    def input(self, name: str, array: Array, dtype: str = "") -> None:
        """An array that is written before each step, if the graph has that input. ``dtype``: default the array's own."""
        if name not in self._used:
            return
        where = self._reads(name)
        if where == "device":
            if id(array) not in self._known:
                self._known[id(array)] = InputTensor(array, self.device, self._copies, dtype)
            tensor = self._known[id(array)]
            self.bound.uploads.append(tensor)
            self.bound.binding.bind_ortvalue_input(name, tensor.value)
            return
        self._from_cpu(name, array, dtype)
        if where == "unknown":
            self.bound.anew.append(lambda: self._from_cpu(name, array, dtype))

    def state(self, tensor: StateTensor, turn: int) -> None:
        """Read from one place, write to the other."""
        spec, binding = tensor.spec, self.bound.binding
        on_cpu = tensor.device == "cpu"
        if spec.input in self._used:

            def read() -> None:
                if on_cpu:
                    self._from_cpu(spec.input, tensor.array(turn), spec.dtype)
                else:
                    binding.bind_ortvalue_input(spec.input, tensor.value(turn))

            read()
            if self._reads(spec.input) != ("cpu" if on_cpu else "device"):
                self.bound.anew.append(read)
        if spec.output and on_cpu:
            target = self.bound.outputs[spec.output] = tensor.array(1 - turn)
            self.bound.kinds[spec.output] = element(spec.dtype)
            binding.bind_output(spec.output, "cpu", 0, element(spec.dtype), target.shape, target.ctypes.data)
        elif spec.output:
            binding.bind_ortvalue_output(spec.output, tensor.value(1 - turn))

    def frame(self, name: str, shape: tuple[int, ...], address: int, there: Any = None) -> None:
        """Into an OrtValue on the device (``there``), or into the CPU's memory, where ONNX Runtime copies it from a device."""
        if there is not None:
            self.bound.binding.bind_ortvalue_output(name, there)
        else:
            memory = (ctypes.c_uint8 * math.prod(shape)).from_address(address)
            self.bound.outputs[name] = np.ctypeslib.as_array(memory).reshape(shape)
            self.bound.binding.bind_output(name, "cpu", 0, np.uint8, shape, address)
