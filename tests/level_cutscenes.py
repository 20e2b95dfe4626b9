"""Cutscenes for tests: documents of the testcard's level, which the frames show."""

from typing import Any


def ramp(*keys: tuple[float, float], **more: Any) -> dict[str, Any]:
    """A shot whose level moves linearly from key (second, level) to key."""
    return {"lanes": {"level": {"keys": [{"at": at, "value": v, "easing": "linear"} for at, v in keys]}}, **more}


def document(**shots: Any) -> dict[str, Any]:
    """A document that starts with the first shot."""
    return {"format": "1.0", "name": "test", "start": next(iter(shots)), "shots": shots}
