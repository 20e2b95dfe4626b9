"""The rules of a daemon, and what they are for one stream."""

import difflib
import os
from pathlib import Path

from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import Bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.rules.document import PACKAGED, RulesDocument, read_rules
from dreambridge.rules.events import Array, masks_of
from dreambridge.rules.flashes import FlashLimiter, Pixels
from dreambridge.rules.prompts import Prompts


class Rules:
    """From the daemon's start to its end. DreamError ``bad_argument`` if the hook cannot be loaded."""

    def __init__(self, document: RulesDocument | None = None) -> None:
        self.document = document or RulesDocument()
        self.prompts = Prompts(self.document.prompts)

    @classmethod
    def given(cls, path: Path | None) -> "Rules":
        """Those in ``path`` (None: none), or those that were packaged with this program, which nobody can replace.

        DreamError ``bad_argument``, ``no_access``.
        """
        if not PACKAGED.exists():
            return cls(read_rules(path) if path else None)
        if path is not None:
            raise DreamError("bad_argument", "This package has its own rules; --rules cannot replace them.", "Leave out --rules.")
        return cls(read_rules(PACKAGED))

    def check_bundle(self, name: str) -> None:
        """DreamError ``not_allowed``. ``name`` is as in `open`: of a bundle, or the path of its folder."""
        allowed = self.document.bundles
        if allowed is not None and name not in allowed:
            hint = f"They allow: {', '.join(allowed) or 'none'}."
            raise DreamError("not_allowed", f"The rules do not allow the bundle {name[:200]!r}.", hint)

    def missing_bundles(self) -> list[str]:
        """A sentence for each bundle that the rules allow and that does not exist here, with the nearest name."""
        known = find_bundles()
        said = []
        for name in self.document.bundles or ():
            if name in known or (os.sep in name and (Path(name) / "bundle.json").exists()):
                continue
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(known)) or 'none'}."
            said.append(f"The rules allow the bundle {name!r}, which was not found. {hint}")
        return said


class StreamRules:
    """The rules of one stream. ``less_flashing`` is the player's choice; it never makes a rule weaker."""

    def __init__(self, rules: Rules, bundle: Bundle, less_flashing: bool) -> None:
        self._rules, self._bundle = rules, bundle
        self.damped = 0  # frames
        self.masks: dict[str, Array] = {}  # of events that are off; the same object for the stream's whole life
        self._limiter: FlashLimiter | None = None
        self.set_less_flashing(less_flashing)

    def set_less_flashing(self, on: bool) -> None:
        """DreamError ``bad_argument`` if the rules name an event that the bundle does not have."""
        d, m = self._rules.document, self._bundle.manifest
        off = [*d.events.off, *(d.less_flashing.off if on else ())]
        masks = masks_of(off, m.directed, self._bundle.name)
        self.masks.clear()
        self.masks.update(masks)
        limits = [n for n in (d.flashes.most, d.less_flashing.most if on else None) if n is not None]
        most = min(limits) if limits else None
        if most is None:
            self._limiter = None
        elif self._limiter is None or self._limiter.most != most:
            self._limiter = FlashLimiter(m.frame.height, m.frame.width, most)
        self.less_flashing = on

    def text(self, condition: str, text: str) -> str:
        """The text to use. DreamError ``not_allowed``."""
        return self._rules.prompts.allowed(condition, text)

    def damp(self, frames: Pixels, elapsed: float) -> None:
        """Damp the frames of a step, uint8 [n, H, W, 4], in place; ``elapsed`` seconds after those before."""
        if self._limiter is None:
            return
        for frame in frames:
            self.damped += self._limiter.apply(frame, elapsed / len(frames)) > 0
