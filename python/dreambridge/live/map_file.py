"""The map of a show (``MAP.toml``, docs/live.md) as typed structs, read with errors that name the line."""

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from dreambridge.live.address import SCHEMES, shown_url
from dreambridge.protocol.errors import DreamError

MAX_BYTES = 1024 * 1024
MAX_ENTRIES = 1024
MAX_RATE, MAX_OVER = 240.0, 3600.0
MIN_KEY = 16  # characters of a key in an address
SEE = "See docs/live.md."
Range = tuple[float, float]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Unknown fields are errors: a misspelt one would do nothing during the show."""


class OscInput(Strict, frozen=True):
    """``host``: the address to listen at; 0.0.0.0 lets other machines in."""

    port: int = 9000
    host: str = "127.0.0.1"


class MidiInput(Strict, frozen=True):
    """``port``: a part of the port's name; empty: all ports."""

    port: str = ""


class SoundInput(Strict, frozen=True):
    """``device``: as `dreambridge live --list` names it; empty: the default one. ``file``: a sound file, played from its start
    again and again, instead of a device."""

    device: str = ""
    file: str = ""


class PoseInput(Strict, frozen=True):
    """``camera``: its number, or the path of a film. ``python``: of the environment that has MediaPipe. ``mirror``: left is where
    the visitor's left is, as in a mirror."""

    camera: int | str = 0
    python: str = ""
    mirror: bool = True


class ObsPage(Strict, frozen=True):
    """The page for OBS. ``port`` 0: any free one. ``key``: the secret in its address; empty: another one at each start."""

    port: int = 0
    key: str = ""


class Target(Strict, frozen=True):
    """Where frames go: ``rtmp://``, ``rtmps://``, ``srt://``, ``udp://`` (MPEG-TS), ``http(s)://`` (WHIP) or ``ndi:NAME``.

    ``token``: the bearer token of a WHIP server. ``kbits``: bits a second, in thousands.
    """

    url: str
    token: str = ""
    kbits: int = 4000


class Entry(Strict, frozen=True):
    """One control: what arrives as ``from`` directs ``to``. controls.py carries it out."""

    source: str = msgspec.field(name="from")
    to: str
    given: Range | None = msgspec.field(name="in", default=None)
    out: Range | None = None
    options: list[str] = []
    value: Any = None
    dead_band: float = 0.002
    rate: float = 30.0
    over: float | None = None


class ShowMap(Strict, frozen=True):
    """The whole file. The inputs that no control names are not opened."""

    bundle: str = "vista"
    seed: int | None = None
    fps: float | None = None
    osc: OscInput = OscInput()
    midi: MidiInput = MidiInput()
    sound: SoundInput = SoundInput()
    pose: PoseInput = PoseInput()
    obs: ObsPage | None = None
    out: list[Target] = []
    map: list[Entry] = []

    def kinds(self) -> set[str]:
        """The inputs that are needed: osc, midi, sound, pose."""
        return {kind_of_source(e.source) for e in self.map}


INPUTS = ("osc", "midi", "sound", "pose")
# What `dreambridge live --learn CONDITION` writes, and where an error of the map lies, is found by these lines.
_HEAD = re.compile(r"^\s*\[\[?\s*([\w.]+)\s*\]?\]")


def kind_of_source(source: str) -> str:
    return source.partition(":")[0]


class Lines:
    """In which line of a TOML file a field stands; 0 if it cannot be told."""

    def __init__(self, text: str, counts: Mapping[str, int]) -> None:
        self._at: dict[tuple[str, int, str], int] = {}
        seen: dict[str, int] = {}
        table, number = "", 0
        for line, content in enumerate(text.split("\n"), 1):
            if head := _HEAD.match(content):
                table = head[1]
                number = seen.get(table, -1) + 1
                seen[table] = number
                self._at[table, number, ""] = line
            elif field := re.match(r"^\s*([\w-]+)\s*=", content):
                self._at.setdefault((table, number, field[1]), line)
        # A header inside a text of several lines would shift the count: then no line is better than a wrong one.
        self._sure = all(seen.get(name, -1) + 1 == count for name, count in counts.items())

    def of(self, table: str, number: int = 0, field: str = "") -> int:
        if not self._sure:
            return 0
        return self._at.get((table, number, field)) or self._at.get((table, number, ""), 0)


class MapFile:
    """A map with the lines of its fields. ``path`` is for messages."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        try:
            plain = tomllib.loads(text)
        except tomllib.TOMLDecodeError as e:
            raise DreamError("bad_argument", f"{path}: this is not TOML: {e}.", SEE) from e
        lists = {k: len(v) for k, v in plain.items() if k in ("map", "out") and isinstance(v, list)}
        self._lines = Lines(text, lists)
        self._known(plain, ShowMap, "", 0)
        for table in ("map", "out"):
            for k, part in enumerate(plain.get(table) or ()) if isinstance(plain.get(table), list) else ():
                if isinstance(part, dict):
                    self._known(part, Entry if table == "map" else Target, table, k)
                self._convert(part, Entry if table == "map" else Target, table, k)
        self.show: ShowMap = self._convert(plain, ShowMap, "", 0)
        self._check()

    def where(self, table: str, number: int = 0, field: str = "") -> str:
        line = self._lines.of(table, number, field)
        return f"{self.path}:{line}" if line else str(self.path)

    def bad(self, said: str, hint: str, table: str, number: int = 0, field: str = "", code: str = "bad_argument") -> DreamError:
        return DreamError(code, f"{self.where(table, number, field)}: {said}", hint)

    def _known(self, plain: dict[str, Any], kind: Any, table: str, number: int) -> None:
        """Name the unknown field and the nearest one."""
        fields = {f.encode_name: f.type for f in msgspec.structs.fields(kind)}
        for name, value in plain.items():
            if name not in fields:
                near = difflib.get_close_matches(name, fields, 1)
                hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(fields)}."
                if isinstance(value, (dict, list)) and not table:
                    raise self.bad(f"there is no part [{name}].", hint, name)
                raise self.bad(f"there is no field {name!r}{f' in [{table}]' if table else ''}.", hint, table, number, name)
            inner = fields[name]
            if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, Strict):
                self._known(value, inner, name, 0)
                self._convert(value, inner, name, 0)

    def _convert(self, plain: Any, kind: Any, table: str, number: int) -> Any:
        try:
            return msgspec.convert(plain, kind)
        except msgspec.ValidationError as e:
            said, _, place = str(e).partition(" - at ")
            field = (re.findall(r"\.(\w+)", place) or [""])[0]
            raise self.bad(f"{field or table}: {said.lower()}.", SEE, table, number, field) from e

    def _check(self) -> None:
        show = self.show
        if len(show.map) > MAX_ENTRIES:
            raise self.bad(f"there are {len(show.map)} controls; the limit is {MAX_ENTRIES}.", SEE, "map")
        for table, port in (("osc", show.osc.port), ("obs", show.obs.port if show.obs else 0)):
            if not 0 <= port <= 65535:
                raise self.bad(f"the port {port} is out of range.", "Use 1 to 65535; 0 takes any free port.", table, 0, "port")
        if show.obs and show.obs.key and not re.fullmatch(rf"[\w-]{{{MIN_KEY},128}}", show.obs.key):
            hint = f"Use {MIN_KEY} to 128 letters, digits, - and _; or leave it out for another key at each start."
            raise self.bad("the key is too short, or has other characters.", hint, "obs", 0, "key")
        for k, target in enumerate(show.out):
            check_target(target, lambda said, hint, field, k=k: self.bad(said, hint, "out", k, field))
        for k, e in enumerate(show.map):
            self._check_entry(k, e)

    def _check_entry(self, k: int, e: Entry) -> None:
        kind, _, rest = e.source.partition(":")
        if kind not in INPUTS or not rest:
            near = difflib.get_close_matches(kind, INPUTS, 1)
            hint = (f"Did you mean {near[0]!r}? " if near else "") + "Sources begin with osc:, midi:, sound: or pose:."
            raise self.bad(f"from = {e.source[:80]!r} is not a source.", hint, "map", k, "from")
        if kind == "osc" and not rest.startswith("/"):
            raise self.bad(f"the OSC address {rest[:80]!r} does not begin with /.", f"Write osc:/{rest[:80]}.", "map", k, "from")
        for name, pair in (("in", e.given), ("out", e.out)):
            if pair and (not all(map(math.isfinite, pair)) or (name == "in" and pair[0] == pair[1])):
                hint = f"Give two finite numbers, such as {name} = [0, 1]."
                raise self.bad(f"{name} = {list(pair)} is not a range.", hint, "map", k, name)
        limits: tuple[tuple[str, float | None, float], ...] = (
            ("dead_band", e.dead_band, 1.0),
            ("rate", e.rate, MAX_RATE),
            ("over", e.over, MAX_OVER),
        )
        for name, number, most in limits:
            if number is not None and not (0 <= number <= most and (number > 0 or name != "rate")):
                raise self.bad(f"{name} = {number:g} is out of range.", f"Use 0 to {most:g}.", "map", k, name)

    def check_conditions(self, schema: Mapping[str, Mapping[str, Any]]) -> None:
        """DreamError ``unknown_condition`` or ``bad_argument``: a control does not fit the bundle's conditions."""
        for k, e in enumerate(self.show.map):
            name, _, option = e.to.partition(".")
            if name not in schema:
                raise self.bad(
                    f"there is no condition {name[:80]!r}.", near_of(name, schema), "map", k, "to", "unknown_condition"
                )
            c = schema[name]
            options = c.get("options") or []
            for word in filter(None, (option, *e.options)):
                if word not in options:
                    raise self.bad(
                        f"{name} has no option {word[:80]!r}.", near_of(word, options), "map", k, "to" if option else "options"
                    )
            if option and c["kind"] != "event":
                said = f"{e.to[:80]!r} names an option, but {name} is a {c['kind']}."
                raise self.bad(said, f'Write to = "{name}", and value = "{option}".', "map", k, "to")
            if c["kind"] == "event" and options and not option and e.value is None:
                raise self.bad(f"{name} needs an option.", f'Write to = "{name}.{options[0]}".', "map", k, "to")


def near_of(word: str, names: Iterable[str]) -> str:
    every = sorted(names)
    near = difflib.get_close_matches(word, every, 1)
    return (f"Did you mean {near[0]!r}? " if near else "") + f"There are: {', '.join(every) or 'none'}."


def check_target(target: Target, bad: Any) -> None:
    """``bad(said, hint, field)`` makes the error that is raised. It does not show the address's key."""
    scheme, _, rest = target.url.partition(":")
    if (
        scheme not in SCHEMES
        or not rest.strip("/")
        or any(c.isspace() or not c.isprintable() for c in target.url.partition("ndi:")[0])
    ):
        near = difflib.get_close_matches(scheme, SCHEMES, 1)
        hint = (f"Did you mean {near[0]}:? " if near else "") + f"An address begins with one of: {', '.join(SCHEMES)}."
        raise bad(f"the address {shown_url(target.url)[:120]!r} is invalid.", hint, "url")
    if scheme != "ndi" and not re.match(r"\w+://(\[[0-9A-Fa-f:]+\]|[^/:?#\s]*)(:\d+)?([/?#]|$)", target.url):
        raise bad(f"the address {shown_url(target.url)[:120]!r} is invalid.", "Write it as rtmp://HOST:PORT/PATH.", "url")
    if not 50 <= target.kbits <= 100_000:
        raise bad(f"kbits = {target.kbits} is out of range.", "Use 50 to 100000.", "kbits")


def read_map(path: Path) -> MapFile:
    """DreamError ``no_access`` if the file cannot be read, ``bad_argument`` with the line of what is wrong."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path.") from e
    if len(data) > MAX_BYTES:
        raise DreamError("bad_argument", f"{path} has {len(data)} bytes; the limit is {MAX_BYTES}.", "Use fewer controls.")
    try:
        return MapFile(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        said = f"{path}:{line}: the file is not UTF-8: byte {e.start} is {data[e.start]:#04x}."
        raise DreamError("bad_argument", said, "Save it as UTF-8.") from e
