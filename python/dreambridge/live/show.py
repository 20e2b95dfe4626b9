"""A show: inputs → controls → one stream. The newest values win, and an invalid one never stops a control."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dreambridge.client.stream import Stream
from dreambridge.live.controls import NOTHING, Control
from dreambridge.live.inputs import Input
from dreambridge.live.map_file import MapFile, ShowMap, read_map
from dreambridge.protocol.errors import DreamError, as_dream_error

TURN_S = 0.004
RELOAD_S = 0.25  # between looks at the map's file
RATE_S = 2.0  # over which a rate is counted
MAX_SOURCES = 512
AT_START = ("bundle", "seed", "fps", "obs")  # fields of a map that a running show cannot take over
GONE = ("daemon_gone", "timeout")


class Meter:
    """What arrives from one source."""

    def __init__(self) -> None:
        self.values: Sequence[Any] = ()
        self.count = 0
        self.last = 0.0
        self.low, self.high = float("inf"), float("-inf")
        self._times: deque[float] = deque(maxlen=512)

    def take(self, values: Sequence[Any], now: float) -> None:
        self.values, self.last = values, now
        self.count += 1
        self._times.append(now)
        for v in values[:1]:
            if isinstance(v, (int, float)) and v == v and abs(v) != float("inf"):
                self.low, self.high = min(self.low, v), max(self.high, v)

    def rate(self, now: float) -> float:
        """Messages a second in the last seconds."""
        return sum(now - t <= RATE_S for t in list(self._times)) / RATE_S


class Show:
    """Directs ``stream`` by a map. ``messages``: the last ones, the newest at the end.

    ``arrived`` and ``say`` may be called from any thread; ``turn`` by one thread, again and again.
    """

    def __init__(self, stream: Stream, map_file: MapFile | None) -> None:
        self.stream, self.map_file = stream, map_file
        self.show = map_file.show if map_file else ShowMap()
        self.meters: dict[str, Meter] = {}
        self.messages: deque[str] = deque(maxlen=50)
        self._on_message: Callable[[str], object] | None = None
        self._saying = threading.Lock()
        self.directed = 0
        self.reloaded = 0  # maps that were taken over after the first
        self._lock = threading.Lock()
        self._by_source: dict[str, list[Control]] = {}
        self.controls: list[Control] = []
        self._stamp = self._file_stamp()
        self._looked = 0.0
        self._lost = False
        if map_file:
            self._install(map_file)

    # -- messages ------------------------------------------------------------------------------------------------------
    def say(self, text: str) -> None:
        with self._saying:
            self.messages.append(text)
            if self._on_message:
                self._on_message(text)

    def tell_all(self, on_message: Callable[[str], object]) -> None:
        """``on_message`` gets the messages so far, and then each new one: all of them in order, and none twice.

        It must not say anything itself.
        """
        with self._saying:
            for text in self.messages:
                on_message(text)
            self._on_message = on_message

    # -- what arrives --------------------------------------------------------------------------------------------------
    def arrived(self, source: str, values: Sequence[Any]) -> None:
        now = time.monotonic()
        with self._lock:
            meter = self.meters.get(source)
            if meter is None and len(self.meters) < MAX_SOURCES:
                meter = self.meters[source] = Meter()
            if meter:
                meter.take(values, now)
            for control in self._by_source.get(source, ()):
                control.take(values)

    # -- the map -------------------------------------------------------------------------------------------------------
    def _install(self, map_file: MapFile) -> None:
        """DreamError: the map does not fit the bundle; the old one stays."""
        map_file.check_conditions(self.stream.conditions)
        controls = [Control(e, self.stream.conditions[e.to.partition(".")[0]], self.say) for e in map_file.show.map]
        by_source: dict[str, list[Control]] = {}
        for c in controls:
            by_source.setdefault(c.source, []).append(c)
        with self._lock:
            for c in controls:  # one that has not changed keeps what it has sent
                if before := next((b for b in self.controls if b.entry == c.entry), None):
                    c.go_on_from(before)
            self.map_file, self.show, self.controls, self._by_source = map_file, map_file.show, controls, by_source

    def _file_stamp(self) -> tuple[int, int] | None:
        try:
            found = self.map_file.path.stat() if self.map_file else None
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size) if found else None

    def look_at_map(self) -> bool:
        """Take over the map if its file has changed; returns whether. An invalid map is told, and the old one stays."""
        stamp = self._file_stamp()
        if self.map_file is None or stamp is None or stamp == self._stamp:
            return False
        self._stamp, before = stamp, self.show
        try:
            self._install(read_map(self.map_file.path))
        except DreamError as e:
            self.say(f"{e.message} {e.hint} The old map stays.")
            return False
        self.reloaded += 1
        self.say(f"{self.map_file.path}: read again, {len(self.controls)} controls.")
        later = [name for name in AT_START if getattr(before, name) != getattr(self.show, name)]
        if later:
            self.say(f"{self.map_file.path}: {' and '.join(later)}: a change takes effect at the next start.")
        return True

    # -- directing -----------------------------------------------------------------------------------------------------
    def turn(self) -> bool:
        """Look at the map, and direct what is due. Returns whether the map has changed."""
        now = time.monotonic()
        changed = False
        if now - self._looked > RELOAD_S:
            self._looked = now
            changed = self.look_at_map()
        groups: dict[float | None, list[tuple[Control, Any]]] = {}
        with self._lock:
            for control in self.controls:
                if (value := control.due(now)) is not NOTHING:
                    groups.setdefault(control.entry.over, []).append((control, value))
        for over, group in groups.items():
            self._direct(over, group)
        return changed

    def _direct(self, over: float | None, group: list[tuple[Control, Any]]) -> None:
        values = joined(group)
        try:
            self.stream.direct(over=over, **values)
            self.directed += 1
            if self._lost:
                self._lost = False
                self.say("The daemon is back.")
        except Exception as error:
            e = as_dream_error(error)  # such as a value of the map that is a date
            if e.code in GONE:
                if not self._lost:
                    self._lost = True
                    self.say(f"{e.message} The last picture stays until the daemon is back.")
                with self._lock:
                    for control, value in group:
                        control.back(value)
            elif len(group) > 1:
                for one in group:  # find which one is wrong, and send the others
                    self._direct(over, [one])
            else:
                group[0][0].problem(f"{e.message} {e.hint} It is ignored.")
                group[0][0].ignored += 1


def joined(group: list[tuple[Control, Any]]) -> dict[str, Any]:
    """One value for each condition: the last one, but several options of an event together."""
    out: dict[str, Any] = {}
    for control, value in group:
        if isinstance(out.get(control.name), dict) and isinstance(value, dict):
            value = out[control.name] | value
        out[control.name] = value
    return out


class Inputs:
    """The inputs that a map needs, or all of them for learning; those that a changed map adds are started."""

    def __init__(self, hub: Show, fps: float, every: bool = False) -> None:
        self.hub, self.fps, self.every = hub, fps, every
        self.running: dict[str, Input] = {}
        self._asked: dict[str, Any] = {}

    def update(self, fatal: bool) -> None:
        """Start and end inputs as the map says. ``fatal``: raise what prevents one; otherwise it is told."""
        show, folder = self.hub.show, self.hub.map_file.path.parent if self.hub.map_file else Path()
        kinds = show.kinds() | ({"osc", "midi"} if self.every else set())
        for kind in ("osc", "midi", "sound", "pose"):
            asked = getattr(show, kind)
            if kind in self.running and (kind not in kinds or self._asked[kind] != asked):
                self.running.pop(kind).close()
            if kind in kinds and kind not in self.running:
                made = self._make(kind, asked, folder)
                try:
                    made.start()
                except (DreamError, ImportError) as e:
                    if fatal and not (self.every and kind not in show.kinds()):
                        raise
                    self.hub.say(f"{made.name}: {e}")
                    continue
                self.running[kind], self._asked[kind] = made, asked
        needs = None if self.every else {c.source for c in self.hub.controls}
        for running in self.running.values():
            running.needs = needs

    def _make(self, kind: str, asked: Any, folder: Path) -> Input:
        from dreambridge.live.microphone import Microphone
        from dreambridge.live.midi import Midi
        from dreambridge.live.osc import Osc
        from dreambridge.live.pose import Pose

        if kind == "osc":
            return Osc(self.hub, asked)
        if kind == "midi":
            return Midi(self.hub, asked)
        return Microphone(self.hub, asked, self.fps, folder) if kind == "sound" else Pose(self.hub, asked, folder)

    def close(self) -> None:
        for running in self.running.values():
            running.close()
        self.running.clear()
