"""The keys of a lane after its shot was trimmed in an editing program."""

from collections.abc import Sequence
from typing import Any

from dreambridge.conditioning.timeline import eased

Key = dict[str, Any]


def trimmed(keys: Sequence[Key], begin: float, seconds: float, events: bool) -> list[Key]:
    """The keys from ``begin`` on, for ``seconds``, with times of the trimmed shot. ``events``: each key triggers an event, once.

    A move of numbers that the start or the end cuts keeps the value that it had there; other values hold, or are left out.
    """
    end = begin + seconds
    inside = [k for k in keys if begin <= k["at"] <= end]
    before = [k for k in keys if k["at"] < begin]
    after = [k for k in keys if k["at"] > end]
    out = [{**k, "at": round(k["at"] - begin, 4)} for k in inside]
    if events:
        return out
    first, last = next(iter(inside or after), None), next(reversed(inside or before), None)
    if before and not (inside and inside[0]["at"] == begin):
        out.insert(0, {"at": 0, "value": _between(before[-1], first, begin)})
    if after and inside and inside[-1]["at"] < end and last is not None and _moves(last, after[0]):
        out.append({"at": round(seconds, 4), "value": _between(last, after[0], end), "easing": "linear"})
    elif after and before and not inside and _moves(before[-1], after[0]):
        out.append({"at": round(seconds, 4), "value": _between(before[-1], after[0], end), "easing": "linear"})
    return out


def _moves(start: Key, goal: Key) -> bool:
    return all(isinstance(k.get("value"), (int, float)) and not isinstance(k.get("value"), bool) for k in (start, goal))


def _between(start: Key, goal: Key | None, at: float) -> Any:
    """The value at the time ``at`` between two keys."""
    if goal is None or not _moves(start, goal):
        return start.get("value", 1.0)
    begun = max(start["at"], goal["at"] - goal.get("over", goal["at"]))
    share = (
        0.0
        if at <= begun or goal.get("easing") == "hold"
        else eased(goal.get("easing", "smooth"), (at - begun) / (goal["at"] - begun))
    )
    return round(start["value"] + (goal["value"] - start["value"]) * share, 6)
