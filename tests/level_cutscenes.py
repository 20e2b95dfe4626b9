"""Cutscenes for tests: documents of the testcard's level, which the frames show."""

from typing import Any


def ramp(*keys: tuple[float, float], **more: Any) -> dict[str, Any]:
    """A shot whose level moves linearly from key (second, level) to key."""
    return {"lanes": {"level": {"keys": [{"at": at, "value": v, "easing": "linear"} for at, v in keys]}}, **more}


def document(**shots: Any) -> dict[str, Any]:
    """A document that starts with the first shot."""
    return {"format": "1.0", "name": "test", "start": next(iter(shots)), "shots": shots}


def coins(seconds: float) -> dict[str, Any]:
    """The level rises for so long, then a second of rest; with a variable to keep."""
    rise = {
        "lanes": {"level": {"keys": [{"at": 0, "value": 0}, {"at": seconds, "value": 1, "easing": "linear"}]}},
        "next": "rest",
    }
    return document(rise=rise, rest={"length": 1}) | {"variables": {"coins": {"type": "number", "default": 3}}}
