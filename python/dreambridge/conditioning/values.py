"""Converts a direction's values to tensors, with an error that names the invalid part."""

import difflib
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import AUDIO, Condition, TokensSpec
from dreambridge.conditioning import image
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import describe, kind_of

Array = NDArray[np.float32]


def find(schema: Mapping[str, Condition], name: str) -> Condition:
    if name in schema:
        return schema[name]
    near = difflib.get_close_matches(str(name), schema, 1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise DreamError(
        "unknown_condition",
        f"The bundle has no condition {describe(name)}.",
        f"{hint}It has: {', '.join(sorted(schema)) or 'none'}.",
    )


def _bad(name: str, c: Condition, value: object, why: str, hint: str) -> DreamError:
    return DreamError("bad_value", f"{name} = {describe(value)}: {why}.", hint or f"{name} is a {c.kind}.")


def _number(name: str, c: Condition, value: object, lo: float, hi: float) -> float:
    unit = f" {c.unit}" if c.unit else ""
    lowest, highest = (f"{v:.0f}" if c.discrete else f"{v:g}" for v in (lo, hi))
    hint = f"{name} is a {'whole ' if c.discrete else ''}number from {lowest} to {highest}{unit}."
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating, np.integer)):
        raise _bad(name, c, value, f"expected a number, got {kind_of(value)}", hint)
    if not math.isfinite(value):
        raise _bad(name, c, value, "not a finite number", hint)
    if not lo <= value <= hi:
        raise _bad(name, c, value, "out of range", hint)
    return float(value)


def _floats(name: str, c: Condition, value: object, what: str) -> Array:
    try:
        if isinstance(value, (bytes, bytearray, memoryview)):
            out = np.frombuffer(value, "<f4").astype(np.float32)
        else:
            out = np.asarray(value, np.float32)
    except (ValueError, TypeError) as e:
        raise _bad(name, c, value, f"expected {what}", f"Give {what}.") from e
    if not np.isfinite(out).all():
        raise _bad(name, c, value, "contains a number that is not finite", f"Give {what}, all finite.")
    return out


def _pose(name: str, c: Condition, value: object) -> Array:
    """[1, figures, 17, 3]; missing figures have the visibility 0."""
    what = f"17 joints [x, y] or [x, y, visibility] for each of {c.figures} figure(s), in COCO order"
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, (bytes, bytearray)) for v in value):
        value = b"".join(value)  # each figure as float32
    out = _floats(name, c, value, what)
    if out.ndim == 1 and out.size and out.size % 51 == 0:
        out = out.reshape(-1, 17, 3)
    if out.ndim == 2:
        out = out[None]
    if out.ndim != 3 or out.shape[0] > c.figures or out.shape[1] != 17 or out.shape[2] not in (2, 3):
        raise _bad(name, c, value, f"the shape {list(out.shape)} is not that of a pose", f"Give {what}.")
    full = np.zeros((1, c.figures, 17, 3), np.float32)
    full[0, : len(out), :, : out.shape[2]] = np.clip(out, -10, 10)
    if out.shape[2] == 2:
        full[0, : len(out), :, 2] = 1
    full[..., 2] = full[..., 2].clip(0, 1)
    return full


def _vector(name: str, c: Condition, value: object, size: int, limits: tuple[float, float] | None, what: str) -> Array:
    out = _floats(name, c, value, f"{size} numbers").reshape(-1)
    if out.size != size:
        raise _bad(name, c, value, f"has {out.size} numbers", f"{name} is {what}.")
    if limits and ((out < limits[0]) | (out > limits[1])).any():
        raise _bad(name, c, value, "out of range", f"Each number must be from {limits[0]:g} to {limits[1]:g}.")
    return out.reshape(1, size)


def _per_frame(name: str, c: Condition, value: object) -> Array:
    """[frames, size]; one row for all frames, or a row for each."""
    what = f"{c.size} numbers, or {c.size} for each of the {c.frames} frames of a step"
    out = _floats(name, c, value, what).reshape(-1)
    if out.size not in (c.size, c.frames * c.size):
        raise _bad(name, c, value, f"has {out.size} numbers", f"{name} is {what}.")
    if c.range and ((out < c.range[0]) | (out > c.range[1])).any():
        raise _bad(name, c, value, "out of range", f"Each number must be from {c.range[0]:g} to {c.range[1]:g}.")
    return np.broadcast_to(out.reshape(-1, c.size), (c.frames, c.size)).copy()


def _place(name: str, c: Condition, option: object, hint: str) -> int:
    """The index of the option in the condition's options."""
    if option in c.options:
        return c.options.index(str(option))
    near = difflib.get_close_matches(str(option), c.options, 1)
    raise _bad(name, c, option, "unknown option", hint + (f" Did you mean {near[0]!r}?" if near else ""))


def _choice(name: str, c: Condition, value: object) -> Array:
    hint = f"{name} is one of: {', '.join(c.options)}."
    weights = np.zeros((1, len(c.options)), np.float32)
    if not isinstance(value, (str, Mapping)):
        raise _bad(name, c, value, f"expected an option, got {kind_of(value)}", hint)
    parts = value if isinstance(value, Mapping) else {value: 1.0}
    for option, weight in parts.items():
        at = _place(name, c, option, hint)
        weights[0, at] = _number(f"{name}[{option}]", c, weight, 0, 1e6)
    if weights.sum() <= 0:
        raise _bad(name, c, value, "all weights are 0", hint)
    return weights / weights.sum()


def _moments(name: str, c: Condition, value: object) -> Array:
    """Strengths [1, options]; NaN for options that are not named and so do not change."""
    hint = f"{name} is one of: {', '.join(c.options)}; or a list of them, or a map option → strength 0-1."
    strengths = np.full((1, len(c.options)), np.nan, np.float32)
    if isinstance(value, str):
        value = [value]
    if isinstance(value, (list, tuple)):
        value = {str(option): 1.0 for option in value}
    if not isinstance(value, Mapping):
        raise _bad(name, c, value, f"expected an option, got {kind_of(value)}", hint)
    if not value:
        raise _bad(name, c, value, "no event is named", hint)
    for option, strength in value.items():
        at = _place(name, c, option, hint)
        strengths[0, at] = _number(f"{name}[{option}]", c, strength, 0, 1)
    return strengths


def encode(name: str, c: Condition, value: Any, text: Callable[[str, str], Array] | None = None) -> Array:
    """The tensor float32 of ``c.shape`` for one value; ``text(condition, sentence)`` gives embeddings.

    In an event's tensor NaN stands for an option that the value does not trigger.
    DreamError ``bad_value`` names condition, value and what is allowed.
    """
    if c.kind == "event" and c.options:
        return _moments(name, c, value)
    if c.kind in ("number", "event"):
        lo, hi = c.range or ((0.0, 1.0) if c.kind == "event" else (-3.0e38, 3.0e38))
        number = _number(name, c, value, lo, hi)
        if c.discrete and number != int(number):
            raise _bad(name, c, value, "not a whole number", f"{name} is a whole number from {lo:.0f} to {hi:.0f}.")
        return np.full((1, 1), number, np.float32)
    if c.kind == "choice":
        return _choice(name, c, value)
    if c.kind == "pose":
        return _pose(name, c, value)
    if c.kind == "vector":
        return _vector(name, c, value, c.size, c.range, f"a vector of {c.size} numbers")
    if c.kind == "audio":
        return _vector(name, c, value, AUDIO, (0.0, 1.0), f"{AUDIO} numbers in 0-1: 16 band levels and the onset")
    if c.kind == "delta":
        return _vector(name, c, value, c.size, c.range, f"{c.size} numbers that are added")
    if c.kind == "per_frame":
        return _per_frame(name, c, value)
    if c.kind == "image":
        return image.decode(name, value, c.side)
    least = 0 if isinstance(c.encoder, TokensSpec) else 1
    hint = f"{name} is a text of {least} to {c.max_chars} characters; nil unsets it."
    if not isinstance(value, str):
        raise _bad(name, c, value, f"expected a text, got {kind_of(value)}", hint)
    if not value.strip() and not isinstance(c.encoder, TokensSpec):
        raise _bad(name, c, value, "the text is empty", hint)
    if len(value) > c.max_chars:
        raise _bad(name, c, value, f"has {len(value)} characters, which is too many", hint)
    if text is None:
        raise DreamError("missing_package", f"{name} needs the bundle's text encoder.", "See `dreambridge doctor`.")
    return text(name, value).reshape(c.shape)


def default(c: Condition) -> Array:
    """The tensor that an unset condition holds."""
    if c.kind in ("event", "audio", "image", "delta"):
        return np.zeros(c.shape, np.float32)
    if c.kind in ("text", "pose") or c.default is None:
        return np.full(c.shape, 1 / len(c.options) if c.kind == "choice" else 0, np.float32)
    if c.kind == "choice":
        return _choice("default", c, c.default)
    return np.broadcast_to(np.asarray(c.default, np.float32), c.shape).copy()
