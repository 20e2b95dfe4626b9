"""The loaded step and view graphs of a stream, by quality level."""

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Manifest
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.view_layers import NEUTRAL
from dreambridge.runtime.graph_check import check_graph, view_roles
from dreambridge.runtime.runs import Runs
from dreambridge.runtime.weights import Weights


def neutral_view(m: Manifest) -> dict[str, NDArray[Any]]:
    """The additional inputs of the view graph by role, for a picture without any layer."""
    assert m.view
    roles = view_roles(m)
    made: dict[str, NDArray[Any]] = {role: np.zeros(roles[role][1], roles[role][0]) for role in m.view.inputs}
    for layer, pixel in NEUTRAL.items():
        if layer in made:
            made[layer][...] = pixel
    return made


class LevelGraphs:
    """``weights`` has the graphs, and ``session`` is the step graph of ``level``, which is in use. ``runs`` ends a load.

    Another thread may load while the stream steps.
    """

    def __init__(self, bundle: Bundle, weights: Weights, runs: Runs, level: int, session: Any) -> None:
        self.bundle, self.weights, self.runs, self.level = bundle, weights, runs, level
        self.threads, self.spin = weights.threads, weights.spin
        self.view: dict[str, NDArray[Any]] = {}
        self._loading = threading.Lock()  # held for a whole load
        self._graphs = threading.Lock()  # held while the loaded graphs, or their weights, change
        # A runner's twins share them.
        self._steps_of: dict[int, Any] = {level: session}
        self._views_of: dict[int, Any] = {}

    @property
    def session(self) -> Any:
        """The step graph of the current level."""
        return self._steps_of[self.level]

    @property
    def view_session(self) -> Any:
        """The view graph of the current level; None while it is not loaded."""
        return self._views_of.get(self.level)

    @property
    def graphs(self) -> list[str]:
        """Those that are loaded and that ``use`` takes: of the steps of each level, and of their views."""
        with self._graphs:
            return self._names_of_graphs()

    def _names_of_graphs(self) -> list[str]:
        m = self.bundle.manifest
        views = [m.view_graph(level) for level in self._views_of]
        return [m.step_graph(level) for level in self._steps_of] + [name for name in views if name]

    def use(self, weights: Weights, sessions: Mapping[str, Any]) -> bool:
        """Go on with the same ``graphs`` of other weights, by name: they differ in the number of threads, or how these wait.

        False, and nothing has changed, if those are not all that are loaded now. Between two steps; a level or a view that is
        being loaded meanwhile gets the new weights too.
        """
        m = self.bundle.manifest
        with self._graphs:
            if sessions.keys() != set(self._names_of_graphs()):
                return False
            self.weights, self.spin, self.threads = weights, weights.spin, weights.threads
            self._steps_of = {level: sessions[m.step_graph(level)] for level in self._steps_of}
            self._views_of = {level: sessions[m.view_graph(level) or ""] for level in self._views_of}
        return True

    def has_level(self, level: int) -> bool:
        """Whether the graphs of a level are loaded, so that the next step may set ``level`` to it."""
        return level in self._steps_of and (not self._views_of or level in self._views_of)

    def load_level(self, level: int) -> None:
        """Load and check the graphs of a quality level: of the step, and of the view if that of another level is loaded.

        May be called while another thread steps. Errors as the constructor.
        """
        with self._loading:
            self._load_level(level, bool(self._views_of))

    def _load_level(self, level: int, view: bool) -> None:
        m = self.bundle.manifest
        while level not in self._steps_of:
            graph, weights = m.step_graph(level), self.weights
            session = weights.session(graph, self.runs)
            check_graph(m, session, graph)
            with self._graphs:
                if weights is self.weights:  # otherwise ``use`` came meanwhile, and this one has the old number of threads
                    self._steps_of[level] = session
        graph_of_view = m.view_graph(level)
        while view and m.view and graph_of_view and level not in self._views_of:
            weights, roles = self.weights, view_roles(m)
            session = weights.session(graph_of_view, self.runs)
            check_graph(m, session, graph_of_view, {i.input: roles[role] for role, i in m.view.inputs.items()})
            if not self.view:
                self.view = neutral_view(m)
            with self._graphs:
                if weights is self.weights:
                    self._views_of[level] = session

    def load_view(self) -> None:
        """Load and check the view graphs of the levels that are loaded; they share conditions and state with the step graph.

        May be called while another thread steps. DreamError ``not_supported`` if the bundle takes no view, ``bad_bundle``.
        """
        m = self.bundle.manifest
        if m.view is None:
            raise DreamError(
                "not_supported",
                f"The bundle {m.name!r} does not take a view: its bundle.json has no `view`.",
                "Open a bundle that does; `bundles` lists them (field `view`).",
            )
        with self._loading:
            for level in list(self._steps_of):
                self._load_level(level, True)
