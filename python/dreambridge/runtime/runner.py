"""Runs a bundle step by step: it writes frames directly to the given memory, and passes state on without a copy."""

import copy
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import DataFile, StateSpec, start_of, weight_of
from dreambridge.protocol.errors import DreamError, short_of_memory
from dreambridge.runtime.batch import Batch
from dreambridge.runtime.device_frames import device_frames
from dreambridge.runtime.graph_check import check_graph
from dreambridge.runtime.graph_encoders import GraphEncoders
from dreambridge.runtime.level_graphs import LevelGraphs
from dreambridge.runtime.lost import is_lost, lost
from dreambridge.runtime.memory_left import no_memory_for
from dreambridge.runtime.noise import Noise
from dreambridge.runtime.providers import operators
from dreambridge.runtime.roles import META
from dreambridge.runtime.runs import Runs
from dreambridge.runtime.state_check import NanCheck, check_every
from dreambridge.runtime.tensors import Binder, Bound, Copies, InputTensor, StateTensor, device_of, places
from dreambridge.runtime.weights import Weights, of_the_step, shared

MAX_BINDINGS = 64
Values = Mapping[str, tuple[NDArray[np.float32], float]]


@dataclass(frozen=True)
class Standing:
    """All of a runner that its next step depends on, as copies: seed, conditions, presences and state."""

    seed: int
    conditions: Mapping[str, NDArray[np.float32]]
    present: Mapping[str, NDArray[np.float32]]
    state: Mapping[str, NDArray[Any]]

    @property
    def bytes(self) -> int:
        return sum(a.nbytes for part in (self.conditions, self.present, self.state) for a in part.values())


class StreamRunner(LevelGraphs):
    """The buffers, bindings and state of one stream. Its graphs are ``weights``, which other streams of the bundle may share.

    Parameters
    ----------
    bundle : the checked bundle
    provider : a name of ``providers.NAMES``; ``ProviderFailed`` when the graph cannot be loaded there
    threads : intra-op threads of the step graph, 1 or more
    seed : of the noise and of the encoders that take it
    spin : threads wait actively within a step: faster, at the cost of other programs
    values : each condition's initial tensor and presence; default zeros
    level : the quality level of the first step; no other one is loaded
    runs : lets another thread end a load or a run, which then raises ``Stopped``
    """

    def __init__(
        self,
        bundle: Bundle,
        provider: str = "cpu",
        threads: int = 1,
        seed: int = 0,
        spin: bool = False,
        runs: Runs | None = None,
        values: Values | None = None,
        level: int = 0,
    ) -> None:
        self.seed = seed
        self.runs = runs or Runs()
        m = bundle.manifest
        self.provider = provider
        # Why "auto" does not use an earlier provider, and why steps are not captured.
        weights, session, self.provider_reason = of_the_step(bundle, provider, threads, spin, self.runs, level)
        self.operators = operators(session)  # of the step graph, by provider
        super().__init__(bundle, weights, self.runs, level, session)
        # What a thread trial found: more threads make its steps no faster (0: not known), while other programs were busy.
        self.enough_threads, self.tried_busy = 0, False
        self.device = device_of(provider)
        self.frame_shape = (m.frame.per_step, m.frame.height, m.frame.width, 4)
        check_graph(m, session, m.step_graph(level))
        self.encoders = GraphEncoders(bundle, self.runs, self.provider)
        self.conditions = {n: np.zeros(c.shape, np.float32) for n, c in m.conditions.items()}
        for n in m.step.blended:
            self.conditions[start_of(n)] = np.zeros(m.conditions[n].shape, np.float32)
            self.conditions[weight_of(n)] = np.ones((1, 1), np.float32)
        self.present = {n: np.zeros((1, 1), np.float32) for n in self.conditions}
        self.meta = {k: np.zeros(1, META[k]) for k in m.step.meta}
        self.noise = Noise(m.step.noises, overlapping=m.minor == 0)
        self._initial: dict[str, NDArray[Any]] = {}  # of states that begin as a file says
        self._counted: dict[str, int] = {}  # entries of a ring at its last check
        self.copies = Copies()
        # Of `copies.state`: those that steps made. All others are of places, snapshots, forks and encoders.
        self.copies_of_steps = 0
        self.state = self._state_tensors()
        self.turn = self._steps = 0
        self._check_every = check_every(sum(t.nbytes for t in self.state.values() if t.spec.output), self.device != "cpu")
        self._nan = NanCheck(provider)
        self._frames = device_frames(self.device, self.frame_shape)
        self._inputs: dict[int, InputTensor] = {}  # on a device, by the id of the array that they are a copy of
        # by level, turn, graph and frame address: there are only a few, and a new binding at each step is slow
        self._bindings: dict[tuple[int, int, bool, int], Bound] = {}
        self._batches: dict[tuple[int, bool], Batch | None] = {}  # by level and graph, as the bindings
        self.priority = ""  # of the thread that steps, set by its owner; streams of one priority step together
        self._alone = False
        self._taken: dict[str, Any] = {}
        # Factors of conditions' tensors, set by the owner; a twin has the same ones.
        self.masks: Mapping[str, NDArray[np.float32]] = {}
        for name, (tensor, presence) in (values or {}).items():
            self.conditions[name][...] = tensor
            self.present[name][0, 0] = presence
        self.reset(seed)

    def twin(self) -> "StreamRunner":
        """Another stream on the same graphs, at the same place; made in milliseconds.

        Both may run at once, each in a thread of its own. The twin never steps together with other streams: its thread may have
        the lowest priority.
        """
        other = copy.copy(self)
        other._alone = True
        other.conditions = {n: a.copy() for n, a in self.conditions.items()}
        other.present = {n: a.copy() for n, a in self.present.items()}
        other.meta = {k: a.copy() for k, a in self.meta.items()}
        other.noise, other._counted = self.noise.twin(), {}
        other.copies, other.copies_of_steps = Copies(), 0
        other.state = {n: t.twin(self.turn, other.copies) for n, t in self.state.items()}
        other._inputs, other._bindings, other._taken, other._batches = {}, {}, {}, {}
        other._frames = device_frames(self.device, self.frame_shape)
        if self.weights.captured:  # the CUDA graphs have this stream's addresses
            other.weights = shared(self.bundle, self.provider, self.threads, self.spin)
            while not other.use(other.weights, {graph: other.weights.session(graph, self.runs) for graph in self.graphs}):
                pass  # another level was loaded meanwhile
        other.load(self.save())
        return other

    def use(self, weights: Weights, sessions: Mapping[str, Any]) -> bool:
        used = super().use(weights, sessions)
        if used:
            self._bindings.clear()
        return used

    def save(self) -> Standing:
        """Where the stream stands."""
        conditions, present = ({n: a.copy() for n, a in part.items()} for part in (self.conditions, self.present))
        return Standing(self.seed, conditions, present, self.get_state())

    def load(self, at: Standing) -> None:
        """Stand there. No encoder runs: their results are part of it."""
        self.seed = at.seed
        for mine, kept in ((self.conditions, at.conditions), (self.present, at.present)):
            for n, a in kept.items():
                mine[n][...] = a
        self._taken.clear()
        for n, value in at.state.items():
            self.set_state(n, value)

    # -- buffers -----------------------------------------------------------------------------------------------------
    def _fresh(self, name: str, s: StateSpec) -> NDArray[Any]:
        """The initial value; not to be written to."""
        if not isinstance(s.initial, DataFile):
            return self.bundle.initial(s)
        if name not in self._initial:
            self._initial[name] = self.bundle.initial(s)
        return self._initial[name]

    def _state_tensors(self) -> dict[str, StateTensor]:
        """Each in the memory where the step graph reads it."""
        read = {} if self.device == "cpu" or self.weights.captured else places(self.session) or {}
        return {
            n: StateTensor(s, self._fresh(n, s), "cpu" if read.get(s.input) == "cpu" else self.device, self.copies)
            for n, s in self.bundle.manifest.step.state.items()
        }

    def _bind(self, turn: int, address: int, viewed: bool = False) -> Bound:
        """A binding for even or odd steps (one writes what the other reads) that writes the frame to ``address``."""
        m, s = self.bundle.manifest, self.bundle.manifest.step
        session = self.view_session if viewed else self.session
        binder = Binder(session, self.device, self._inputs, self.copies, self.weights.captured)
        for name, c in s.conditions.items():
            binder.input(c.input, self.conditions[name])
            if c.start and c.weight:
                binder.input(c.start, self.conditions[start_of(name)])
                binder.input(c.weight, self.conditions[weight_of(name)])
            if c.present:
                binder.input(c.present, self.present[name])
        for k, name in s.meta.items():
            binder.input(name, self.meta[k])
        for noise in s.noises:
            binder.input(noise.input, self.noise.arrays[noise.input], noise.dtype)
        if viewed and m.view:
            for role, given in m.view.inputs.items():
                binder.input(given.input, self.view[role])
        for tensor in self.state.values():
            binder.state(tensor, turn)
        graph = (m.view_graph(self.level) if viewed else None) or m.step_graph(self.level)
        self._batches[self.level, viewed] = None if self._alone else self.weights.batch(graph, session, self.priority)
        binder.frame(s.frame, self.frame_shape, address, self._frames and self._frames.values[turn])
        return binder.bound

    # -- running -----------------------------------------------------------------------------------------------------
    def try_out(self) -> None:
        """Run one step and discard its frames."""
        for tensor in self.state.values():
            self._nan.prepare(tensor)
        frame = np.zeros(self.frame_shape, np.uint8)
        self.step(frame.ctypes.data, 0, 0, 0.0, 1 / 24, 0)
        self.turn = 0
        self.reset()

    def lock_frames(self, memory: NDArray[np.uint8]) -> None:
        """Keep ``memory``, uint8 [N, H, W, 4], for many steps that write to it: a GPU copies faster to locked pages."""
        if self._frames:
            self._frames.lock(memory)

    def reset(self, seed: int | None = None) -> None:
        """Reset the state to its initial values, and run the encoders again."""
        self.seed = self.seed if seed is None else seed
        for name, spec in self.bundle.manifest.step.state.items():
            self.set_state(name, self._fresh(name, spec))
        self.run_encoders()

    def set_state(self, name: str, value: NDArray[Any]) -> None:
        self.state[name].write(self.turn, value)

    def get_state(self, names: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
        """Copies of the state tensors that the next step will read; None: of all."""
        return {name: self.state[name].copy(self.turn) for name in (self.state if names is None else names)}

    def run_encoders(self, changed: Set[str] | None = None, presences: Set[str] = frozenset()) -> None:
        """Run the encoders that read one of the ``changed`` conditions or ``presences``; None means all of them."""
        for name, value in self.encoders.run(changed, presences, self.seed, self.conditions, self.present).items():
            self.set_state(name, value)

    def take(self, values: Values) -> None:
        """Copy each condition's tensor and presence, and run the encoders whose inputs changed."""
        changed, presences = set[str](), set[str]()
        for name, pair in values.items():
            before = self._taken.get(name)
            if before is pair:  # a constant condition is the identical pair at each step
                continue
            self._taken[name] = pair
            if before is not None and before[0] is pair[0] and name not in self.masks:  # the same tensor, such as a long text's
                if name in self.encoders.presences and self.present[name][0, 0] != np.float32(pair[1]):
                    presences.add(name)
                self.present[name][0, 0] = pair[1]
                continue
            if name in self.encoders.conditions and not np.array_equal(self.conditions[name], pair[0]):
                changed.add(name)
            if name in self.encoders.presences and self.present[name][0, 0] != np.float32(pair[1]):
                presences.add(name)
            self.conditions[name][...] = pair[0]
            self.present[name][0, 0] = pair[1]
            if name in self.masks:
                self.conditions[name] *= self.masks[name]
        if changed or presences:
            self.run_encoders(changed, presences)

    def step(
        self,
        address: int,
        number: int,
        frame_index: int,
        time: float,
        dt: float,
        revision: int,
        values: Values | None = None,
        viewed: bool = False,
    ) -> None:
        """Run one step and write its frames uint8 [N, H, W, 4] to ``address``.

        ``number`` counts the steps (for the noise); ``values`` gives each condition's tensor and presence. ``viewed`` runs the
        view graph over ``view`` (after ``load_view``); a stream may change between the graphs at any step.
        """
        if values:
            self.take(values)
        for k, v in (("time", time), ("dt", dt), ("frame_index", frame_index), ("revision", revision)):
            if k in self.meta:
                self.meta[k][0] = v
        self.noise.draw(self.seed, number)
        before = self.copies.state
        frames, turn = self._frames, self.turn
        key = (self.level, turn, viewed, 0 if frames else address)
        try:
            bound = self._bindings.get(key)
            if bound is None:
                if len(self._bindings) >= MAX_BINDINGS:
                    self._bindings.clear()
                bound = self._bindings[key] = self._bind(self.turn, address, viewed)
            bound.prepare()
            session = self.view_session if viewed else self.session
            if batch := self._batches[self.level, viewed]:
                together = batch.run(self, bound, self.runs)
                self.copies.state += 2 * len(self.state) * (together > 1)
            else:
                self.weights.run(session, bound.binding, self.runs, 1 + turn if self.weights.captured else None)
            if frames:
                frames.copy(turn, address)
        except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
            if short_of_memory(e):
                raise no_memory_for(f"a step of {self.bundle.name!r}", e, self.provider) from e
            if self.device != "cpu" and is_lost(e):
                raise lost(self.provider, e, f"A step of {self.bundle.name!r}") from e
            raise self._failed(f"failed: {e}", viewed) from e
        if any(t.spec.output for t in self.state.values()):
            self.turn = 1 - self.turn
        self._steps += 1
        self.copies.frames += self.device != "cpu"
        if self._steps % self._check_every == 0:
            self._check_state(viewed)
        self.copies_of_steps += self.copies.state - before

    def _check_state(self, viewed: bool) -> None:
        """Raise ``session_failed`` if a state that the steps write contains NaN: every later frame would be black."""
        for name, spec in self.bundle.manifest.step.state.items():
            if spec.output and self._nan.found(self.state[name], self.turn, self._written(name, spec)):
                raise self._failed(f"has written NaN to the state {name!r} (its output {spec.output!r})", viewed)

    def _written(self, name: str, spec: StateSpec) -> tuple[int, int] | None:
        """The counts of a ring's entries at its last check and now; None if it is no ring, or not counted in the CPU's memory."""
        if not spec.ring or self.state[spec.ring.index].device != "cpu":
            return None
        before, now = self._counted.get(name, 0), int(self.state[spec.ring.index].array(self.turn)[0])
        self._counted[name] = now
        return before, now

    def _failed(self, what: str, viewed: bool) -> DreamError:
        m = self.bundle.manifest
        graph = m.view_graph(self.level) if viewed else m.step_graph(self.level)
        return DreamError(
            "session_failed",
            f"The graph {graph!r} of the bundle {self.bundle.name!r} {what}.",
            "Close the session and open it again. If it fails again, the bundle is faulty: tell its author.",
        )
