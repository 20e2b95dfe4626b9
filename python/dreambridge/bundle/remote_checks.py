"""Checks of a bundle whose model runs on another machine."""

import math
from collections.abc import Callable

from dreambridge.bundle.manifest import NO_STEP, Manifest
from dreambridge.bundle.remote_spec import RemoteSpec
from dreambridge.protocol.errors import DreamError

KINDS = ("number", "choice", "text", "event", "vector", "pose", "audio", "image")
# Fields of `init` that come from elsewhere, or would lead the frames, or a secret, elsewhere.
RESERVED = ("type", "seed", "fps", "first_frame", "realtime_output_format", "output_transport", "artc", "token", "authorization")
MAX_BUFFER = 4.0  # seconds


def check_remote(m: Manifest, r: RemoteSpec, bad: Callable[[str], DreamError]) -> None:
    """Raise what ``bad`` gives. The endpoint itself is checked when it is used."""
    if m.graphs or m.step != NO_STEP or m.encoders or m.view:
        raise bad("a bundle with `remote` has no `graphs`, `step`, `encoders` or `view`.")
    if m.frame.per_step != 1 or m.frame.alpha != "opaque":
        raise bad("a bundle with `remote` has one opaque frame a step.")
    for name, c in m.conditions.items():
        if c.kind not in KINDS or c.encoder:
            raise bad(f"the condition {name!r} is {c.kind} or has an encoder; with `remote` it is one of {', '.join(KINDS)}.")
        if name not in r.events:
            raise bad(f"`remote.events` does not say how the condition {name!r} reaches the server.")
    for name, e in r.events.items():
        known = m.conditions.get(name)
        if known is None:
            raise bad(f"`remote.events` names {name!r}, which `conditions` does not describe.")
        if not e.kind or not (math.isfinite(e.every) and 0 <= e.every <= 60):
            raise bad(f"the event of {name!r} needs a kind, and `every` from 0 to 60 seconds.")
        unknown = sorted(set(e.values) - set(known.options))
        if unknown:
            raise bad(f"the event of {name!r} has values for {', '.join(unknown)}, which are not its options.")
        if e.field in RESERVED:
            raise bad(f"the condition {name!r} cannot be the field {e.field!r} of `init`.")
    wrong = sorted(set(r.init) & set(RESERVED))
    if wrong:
        raise bad(f"`remote.init` cannot have {', '.join(wrong)}.")
    if not (math.isfinite(r.buffer) and 0 <= r.buffer <= MAX_BUFFER):
        raise bad(f"`remote.buffer` is {r.buffer:g}; it is 0 to {MAX_BUFFER:g} seconds.")
