"""Where an Ink story stands in a game's own save, and whether that place is still there if the story was changed since."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from dreambridge.protocol.errors import DreamError

ROOT = "the beginning"  # what stands before the first knot
KEPT = ("variablesState", "visitCounts", "turnIndices", "turnIdx", "storySeed", "previousRandom")
PATHS = {"cPath", "previousContentObject", "originalChoicePath", "targetPath", "currentDivertTarget"}
HERE = re.compile(r" +<--+")
TARGET = re.compile(r"-> \S+( \(\S+\))?(?=,?  \(\S+\)$)")
BEGINS = re.compile(r" {4}\[ \(\{?([^(){}.]+)\}?\)\s*")
GONE = "The story was changed where the game was saved: that line or choice may be gone. It goes on from {}."


class Place(NamedTuple):
    """What a story goes on with: it loads ``state``, and goes to ``knot`` if there is one. ``why`` : why not quite there."""

    state: str
    knot: str | None
    why: str
    film: str


def knots_in(hierarchy: str) -> dict[str, str]:
    """The knots of a story, by ``build_string_of_hierarchy`` of its engine: name to a digest that changes with the knot."""
    lines, at = dict[str, list[str]]({ROOT: []}), ROOT
    for line in HERE.sub("", hierarchy).split("\n"):
        if begins := BEGINS.fullmatch(line):
            at = begins[1]
            lines[at] = []
        # A target is relative before it was followed, and absolute after that. Engines tell containers in any order.
        lines[at].append(TARGET.sub("->", line).strip(" ,"))
        if line.startswith("    ]"):
            at = ROOT
    return {name: hashlib.sha256("\n".join(sorted(all_)).encode()).hexdigest()[:16] for name, all_ in lines.items()}


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for v in value:
            yield from _paths(v)
    elif isinstance(value, dict):
        for key, v in value.items():
            if key in PATHS and isinstance(v, str):
                yield v
            else:
                yield from _paths(v)


def _knot_of(path: str) -> str:
    return ROOT if re.match(r"\d|[cg]-\d|$", path) else path.split(".")[0]


def knots_of(state: dict[str, Any]) -> list[str]:
    """The knots that a state stands in; the last one is where it goes on."""
    flows = state.get("flows") or {}
    flow = flows.get(state.get("currentFlowName")) or {}
    threads = (flow.get("callstack") or {}).get("threads") or [{}]
    found = [*_paths(flows), *_paths(flow.get("currentChoices")), *_paths(threads[-1].get("callstack"))]
    return [_knot_of(path) for path in found] or [ROOT]


def place_of(state: str, hierarchy: str, film: str) -> str:
    """What a save keeps of a story: its state, the knots that it stands in, and the film."""
    used, now = knots_of(json.loads(state)), knots_in(hierarchy)
    knots = {name: now.get(name, "") for name in used}
    return json.dumps({"engine": "ink", "state": state, "knot": used[-1], "knots": knots, "film": film})


def place_in(saved: str, hierarchy: str, fresh: str) -> Place:
    """Of a save. ``fresh`` : the state of a story that begins. DreamError ``bad_snapshot``."""
    try:
        place = json.loads(saved)
        if not isinstance(place, dict) or place.get("engine") != "ink":
            raise ValueError("it is not one of an Ink story")
        state, knot, knots, film = (
            json.loads(place["state"]),
            str(place["knot"]),
            dict(place["knots"]),
            str(place.get("film", "")),
        )
    except (ValueError, TypeError, KeyError) as e:
        raise DreamError("bad_snapshot", f"The save is damaged: {e}.", "Pass what save() returned, unchanged.") from e
    now = knots_in(hierarchy)
    if all(now.get(name) == digest for name, digest in knots.items()):
        return Place(place["state"], None, "", film)
    again = json.loads(fresh) | {name: state[name] for name in KEPT if name in state}
    there = knot in now and knot != ROOT
    why = GONE.format(f"the knot '{knot}'" if there else ROOT)
    return Place(json.dumps(again), knot if there else None, why, film)
