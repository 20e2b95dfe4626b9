"""A GPU's provider in the CPU's memory, with the rules of a real one: what is bound, and when ONNX Runtime copies it.

The operators are the CPU's own. A value "on the device" is an OrtValue with a copy of the data. A graph reads each input in one
of the two memories; what is bound in the other one is copied when it is bound, and is the same in each run after that.
"""

import ctypes
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.ma  # loaded late, it would keep what `OnePlace` is at that time
import onnxruntime
import pytest
from dreambridge.runtime import weights

real_session = onnxruntime.InferenceSession
real_value = onnxruntime.OrtValue.ortvalue_from_numpy
Step = Callable[[Any, Any], Any]


class Binding:
    """``reads``: input -> whether the graph reads it on the device."""

    def __init__(self, session: Any, reads: dict[str, bool]) -> None:
        self.real, self._reads, self._kept = session.io_binding(), reads, dict[str, Any]()
        self.bound: dict[str, str] = {}
        self.count = 0  # of inputs that were bound

    def bind_input(self, name: str, device: str, number: int, dtype: Any, shape: tuple[int, ...], address: int) -> None:
        assert device == "cpu"
        self.bound[name] = "cpu"
        self.count += 1
        if self._reads[name]:
            size = int(np.prod(shape)) * np.dtype(dtype).itemsize
            copy = np.frombuffer(ctypes.string_at(address, size), dtype).reshape(shape).copy()
            self._kept[name], address = copy, copy.ctypes.data
        self.real.bind_input(name, device, number, dtype, shape, address)

    def bind_ortvalue_input(self, name: str, value: Any) -> None:
        self.bound[name] = "device"
        self.count += 1
        if not self._reads[name]:
            value = self._kept[name] = real_value(np.array(value.numpy()))
        self.real.bind_ortvalue_input(name, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class OnGpu:
    """The CPU's session under the name of a GPU's; ``step`` runs a binding, None: each run fails.

    ``on_cpu`` : inputs that the graph reads in the CPU's memory. ``falls_back``: all operators run on the CPU.
    """

    def __init__(
        self, session: Any, name: str, step: Step | None = None, on_cpu: tuple[str, ...] = (), falls_back: bool = False
    ) -> None:
        self._session, self._name, self._step, self._falls_back = session, name, step, falls_back
        self._reads = {i.name: i.name not in on_cpu for i in session.get_inputs()}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def get_providers(self) -> list[str]:
        return [self._name, "CPUExecutionProvider"]

    def get_input_memory_infos(self) -> list[Any]:
        return [SimpleNamespace(name="Gpu" if there else "Cpu") for there in self._reads.values()]

    def get_provider_graph_assignment_info(self) -> list[Any]:
        nodes = [n for part in self._session.get_provider_graph_assignment_info() for n in part.get_nodes()]
        there = "CPUExecutionProvider" if self._falls_back else self._name
        parts = [(there, nodes[:-1]), ("CPUExecutionProvider", nodes[-1:])]
        return [SimpleNamespace(ep_name=name, get_nodes=lambda some=some: some) for name, some in parts if some]

    def io_binding(self) -> Binding:
        return Binding(self._session, self._reads)

    def run_with_iobinding(self, binding: Any, options: Any = None) -> None:
        if self._step is None:
            raise RuntimeError("CUBLAS_STATUS_NOT_SUPPORTED\n  in MatMul")
        self._step(getattr(binding, "real", binding), options)


class Capturing(OnGpu):
    """With CUDA graphs: the first run of each number is repeated by later ones, which must have the same binding."""

    def __init__(self, *a: Any, **k: Any) -> None:
        super().__init__(*a, **k)
        self.graphs: dict[str, tuple[Binding, dict[str, str]]] = {}

    def run_with_iobinding(self, binding: Any, options: Any = None) -> None:
        number = options.get_run_config_entry("gpu_graph_id")
        first, bound = self.graphs.setdefault(number, (binding, dict(binding.bound)))
        assert binding is first and binding.count == len(bound), "its addresses have changed"
        assert set(bound.values()) == {"device"}, f"not on the device: {bound}"
        super().run_with_iobinding(binding, options)


class Cuda:
    """The CUDA runtime: copies are done when their stream is waited for, and not before.

    Memory that is freed while it is locked (``freed``) leaves its pages locked. A later copy to that address goes to these pages,
    and not to the memory that was allocated there since.
    """

    def __init__(self) -> None:
        self.stale: set[int] = set()  # of `locked`
        self.locked: dict[int, int] = {}
        self.copies: list[tuple[int, int, int]] = []
        self.streams = 0
        self.done = 0

    def cudaStreamCreateWithFlags(self, stream: Any, flags: int) -> int:
        assert flags == 1
        self.streams += 1
        return 0

    def cudaStreamDestroy(self, stream: Any) -> int:
        self.streams -= 1
        return 0

    def cudaHostRegister(self, address: Any, size: Any, flags: int) -> int:
        if address.value in self.locked:
            return 712
        self.locked[address.value] = size.value
        return 0

    def cudaHostUnregister(self, address: Any) -> int:
        del self.locked[address.value]
        self.stale.discard(address.value)
        return 0

    def freed(self, address: int) -> None:
        if address in self.locked:
            self.stale.add(address)

    def cudaMemcpyAsync(self, to: Any, source: Any, size: Any, kind: int, stream: Any) -> int:
        assert kind == 2
        self.copies.append((to.value, source.value, size.value))
        return 0

    def cudaStreamSynchronize(self, stream: Any) -> int:
        for to, source, size in self.copies:
            if to not in self.stale:
                ctypes.memmove(to, source, size)
            self.done += 1
        self.copies.clear()
        return 0


class OnePlace:
    """In place of ``numpy.zeros``: each array of uint8 ``shape`` gets the same memory, once the one before it was freed."""

    def __init__(self, shape: tuple[int, ...], cuda: Cuda) -> None:
        self._shape, self._cuda, self._zeros = shape, cuda, np.zeros
        self._memory = np.zeros(shape, np.uint8)
        self._taken = False
        self.address = self._memory.ctypes.data
        self.given = 0

    def __call__(self, shape: Any, dtype: Any = float, **how: Any) -> Any:
        if dtype is not np.uint8 or shape != self._shape or self._taken:
            return self._zeros(shape, dtype, **how)
        self._memory[...] = 0
        array = np.frombuffer(memoryview(self._memory), np.uint8)
        self._taken = True
        self.given += 1
        weakref.finalize(array, self._freed)
        return array.reshape(shape)

    def _freed(self) -> None:
        self._taken = False
        self._cuda.freed(self.address)


def on_device(asked: list[str]) -> Any:
    """In place of ``OrtValue.ortvalue_from_numpy``: ``asked`` gets the device of each value."""

    def make(value: Any, device: str = "cpu", number: int = 0) -> Any:
        asked.append(device)
        return real_value(value if device == "cpu" else np.array(value))

    return staticmethod(make)


def install(monkeypatch: pytest.MonkeyPatch, make: Callable[..., Any], names: Callable[[], list[str]]) -> None:
    """Let ``make`` make ONNX Runtime's sessions, of the providers ``names``. No stream of an earlier test shares its graphs."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [*names(), "CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", make)
    monkeypatch.setattr(onnxruntime.OrtValue, "ortvalue_from_numpy", on_device([]))
    monkeypatch.setattr(weights, "_known", weakref.WeakValueDictionary())
