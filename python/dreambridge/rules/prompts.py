"""Which texts may direct a stream."""

import importlib
import logging
import re
from collections.abc import Callable

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import describe
from dreambridge.rules.document import PromptRules

log = logging.getLogger("dreambridge")
Hook = Callable[[str], bool | str]


class Prompts:
    """Thread-safe, if the hook is. DreamError ``bad_argument`` if the hook cannot be loaded."""

    def __init__(self, rules: PromptRules) -> None:
        self._free = not (rules.allow or rules.patterns or rules.hook)
        self._allow = {_bare(text) for text in rules.allow}
        self._patterns = [re.compile(p) for p in rules.patterns]
        self._hook = load_hook(rules.hook) if rules.hook else None

    def allowed(self, condition: str, text: str) -> str:
        """The text to use. DreamError ``not_allowed``; a hook that fails allows nothing."""
        if self._free or _bare(text) in self._allow or any(p.fullmatch(text.strip()) for p in self._patterns):
            return text
        answer: bool | str = False
        if self._hook:
            try:
                answer = self._hook(text)
            except Exception:
                log.exception("the hook of the rules failed for a text of %d characters", len(text))
        if answer is True:
            return text
        if isinstance(answer, str) and answer.strip():
            return answer
        hint = "Use a text that the rules of this game allow."
        raise DreamError("not_allowed", f"{condition} = {describe(text)} is not allowed by the rules.", hint)


def load_hook(place: str) -> Hook:
    """``module:function``, from where Python imports. DreamError ``bad_argument``."""
    module, _, name = place.partition(":")
    hint = "Give `module:function`, and put the folder of the module into PYTHONPATH."
    try:
        hook = getattr(importlib.import_module(module), name)
    except Exception as e:  # the module is the game's own code
        said = f"The hook {place!r} of the rules cannot be loaded: {type(e).__name__}: {e}."
        raise DreamError("bad_argument", said, hint) from e
    if not callable(hook):
        raise DreamError("bad_argument", f"The hook {place!r} of the rules is a {type(hook).__name__}, not a function.", hint)
    found: Hook = hook
    return found


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold()
