"""Events that are switched off: their strength is 0 whenever a step reads it, whoever triggered them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import Condition
from dreambridge.protocol.errors import DreamError

Array = NDArray[np.float32]


def masks_of(off: Sequence[str], schema: Mapping[str, Condition], bundle: str) -> dict[str, Array]:
    """For each event condition with events that are off, a tensor of its shape: 0 for these, 1 for the others.

    ``off`` are names as in `rules.toml`; those of conditions that the bundle does not have are ignored, because rules may be for
    several bundles. DreamError ``bad_argument`` for a condition that is not an event, and for an option that it does not have.
    """
    masks: dict[str, Array] = {}
    for name in off:
        condition, _, option = name.partition(".")
        c = schema.get(condition)
        if c is None:
            continue
        if c.kind != "event" or (option and option not in c.options):
            known = ", ".join(f"{condition}.{o}" for o in c.options) or condition
            said = f"The rules switch {name!r} off, which is not an event of the bundle {bundle!r}."
            raise DreamError("bad_argument", said, f"It has: {known}." if c.kind == "event" else f"It is a {c.kind}.")
        mask = masks.setdefault(condition, np.ones(c.shape, np.float32))
        mask[0, c.options.index(option) if option else slice(None)] = 0
    return masks
