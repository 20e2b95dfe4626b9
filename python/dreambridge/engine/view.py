"""A session's view: the game's own grey-box picture, read from its view ring before each step."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Manifest
from dreambridge.engine.background import Answer
from dreambridge.engine.part import PartOf
from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.protocol.events import ViewBack, ViewSilent
from dreambridge.protocol.fields import describe
from dreambridge.protocol.limits import VIEW_SILENT
from dreambridge.protocol.replies import Attached, Ok, Reply
from dreambridge.protocol.view_layers import NEUTRAL, ORDER, VIEW_LAYERS, problem
from dreambridge.ring import layout as L
from dreambridge.ring.reader import ring_folder
from dreambridge.ring.view_ring import ViewReader
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.runs import Stopped
from dreambridge.system.priority import lower_priority

log = logging.getLogger("dreambridge")
SLOTS = 4


def check_layers(m: Manifest, layers: list[str]) -> None:
    """Raise DreamError ``not_supported`` if the bundle takes no such view, ``bad_argument`` if the list is invalid."""
    if m.view is None:
        raise DreamError(
            "not_supported",
            f"The bundle {m.name!r} does not take a view: its bundle.json has no `view`.",
            "Open a bundle that does; `bundles` lists them (field `view`).",
        )
    wrong = problem(layers)
    if wrong:
        raise DreamError(
            "bad_argument",
            f"layers = {describe(layers)} is invalid: {wrong}.",
            f"Name layers in this order: {ORDER}. Label or colour must be among them.",
        )
    taken = m.view.layers
    for layer in layers:
        if layer not in taken:
            raise DreamError(
                "not_supported",
                f"The view of {m.name!r} does not take {layer}.",
                f"Attach it with layers among these: {', '.join(taken)}.",
            )
    for layer in m.view.required:
        if layer not in layers:
            raise DreamError(
                "not_supported", f"The view of {m.name!r} does not work without {layer}.", f"Attach it with {layer}, too."
            )


def fill(inputs: Mapping[str, NDArray[Any]], layers: Sequence[str], pixels: NDArray[np.uint8]) -> None:
    """Write a picture to the inputs of a view graph: those of ``layers`` that it has, uint8 [n, H, W, 4], and neutral values for
    the others.

    Each ``has_<layer>`` becomes 1 or 0.
    """
    given = dict(zip(layers, pixels, strict=False))
    for layer in VIEW_LAYERS:
        if layer not in inputs:
            continue
        flag = inputs.get(f"has_{layer}")
        if layer in given:
            inputs[layer][0] = given[layer]
        elif flag is None or flag.item():  # else it is neutral already
            inputs[layer][...] = NEUTRAL.get(layer, 0)
        if flag is not None:
            flag[...] = float(layer in given)


class Owner(Protocol):
    """The interface of the session that a view needs."""

    number: int
    bundle: Bundle
    runner: StreamRunner | None

    @property
    def priority(self) -> str: ...

    @property
    def stem(self) -> str: ...

    @property
    def emit(self) -> Callable[[ViewSilent | ViewBack], None]: ...

    def layout(self, slots: int, frames: int, alpha: int) -> L.Layout: ...

    def making_a_file(self) -> AbstractContextManager[None]: ...

    def submit(self, work: Callable[[], Reply | None], reply: Answer) -> None: ...

    def enqueue(self, work: Callable[[], Reply | None], reply: Answer) -> None: ...

    def in_background(self, work: Callable[[], None], reply: Answer) -> None: ...

    def gone(self) -> DreamError: ...


class SessionView(PartOf[Owner]):
    """One session's view, attached or not.

    ``attach`` and ``detach`` are thread-safe, the others belong to the session's thread.
    """

    def __init__(self, session: Owner) -> None:
        super().__init__(session)
        self.ring: ViewReader | None = None
        self.layers: list[str] = []  # of the ring
        self.given: list[str] = []  # of the last picture
        self.number, self.time = 0, 0.0
        self.silent = False
        self._rings = self._taken = 0

    @property
    def viewing(self) -> bool:
        """Whether a whole picture has arrived since the view was attached."""
        return self.number > 0

    def attach(self, layers: list[str], reply: Answer) -> None:
        """Load the graph in another thread and create the ring; ``reply`` gets ``attached``, or the error.

        An existing ring is superseded; its last picture is used until the new ring has one.
        """
        check_layers(self.session.bundle.manifest, layers)
        self.session.in_background(lambda: self._load_in_thread(layers, reply), reply)

    def _load_in_thread(self, layers: list[str], reply: Answer) -> None:
        """Load the graph in a separate thread: the threads that ONNX Runtime starts inherit its priority."""
        loader = threading.Thread(target=self._load, args=(layers, reply), name=f"view-{self.session.number}", daemon=True)
        loader.start()
        loader.join()

    def _load(self, layers: list[str], reply: Answer) -> None:
        s = self.session
        lower_priority(s.priority)
        try:
            if s.runner is None:
                raise Stopped
            s.runner.load_view()
        except DreamError as e:
            reply(e)
        except Stopped:
            reply(s.gone())
        except Exception as e:
            log.exception("session %d: the graph of its view could not be loaded", s.number)
            reply(as_dream_error(e))
        else:
            s.enqueue(lambda: self._make(layers), reply)

    def _make(self, layers: list[str]) -> Attached:
        fixed = self.session.layout(SLOTS, len(layers), L.OPAQUE)
        path = ring_folder() / f"{self.session.stem}-view-{self._rings}.ring"
        old = self.ring
        with self.session.making_a_file():
            self.ring = ViewReader(path, fixed, self._taken)
        self._rings += 1
        if old:
            old.close(L.SUPERSEDED)
        self.layers, self.silent = layers, False
        return self._attached()

    def _attached(self) -> Attached:
        assert self.ring
        f, public = self.ring.layout, self.session.bundle.manifest.public_view()
        assert public
        return Attached(
            session=self.session.number,
            ring=str(self.ring.path),
            epoch=f.epoch,
            width=f.width,
            height=f.height,
            frames_per_slot=f.frames,
            layers=self.layers,
            palette=public.palette,
        )

    def detach(self, reply: Answer) -> None:
        """Return to the bundle's own stage; ``reply`` gets ``ok``, also if no view was attached."""

        def work() -> Ok:
            self.close()
            return Ok()

        self.session.submit(work, reply)

    def close(self) -> None:
        if self.ring:
            self.ring.close()
        self.ring, self.number, self.time, self.silent = None, 0, 0.0, False
        self.given = []

    def take(self) -> None:
        """Take the latest whole picture if it is new, and report a silent writer and its return."""
        if self.ring is None:
            return
        pixels = self.ring.take()
        if pixels is None:
            if self.viewing and not self.silent and time.monotonic() - self.ring.taken_at > VIEW_SILENT:
                self.silent = True
                self.session.emit(ViewSilent(session=self.session.number, seconds=VIEW_SILENT))
            return
        assert self.session.runner
        inputs = self.session.runner.view
        self.given = self.layers[: len(pixels)]
        fill(inputs, self.given, pixels)
        if "publication" in inputs:
            inputs["publication"][0] = self.ring.taken
        self.number = self._taken = self.ring.taken
        self.time = self.ring.time
        if self.silent:
            self.silent = False
            self.session.emit(ViewBack(session=self.session.number))
