"""``rules.toml`` as typed structs, read with an error that names the field."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from dreambridge.protocol.errors import DreamError

MAX_BYTES = 1024 * 1024
PACKAGED = Path(__file__).with_name("packaged.toml")  # `dreambridge package --rules` puts it there


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A misspelt rule would protect nobody: unknown fields are errors."""


class PromptRules(Strict, frozen=True):
    """Which texts may direct a stream. A text is allowed by any of the three; without all of them each text is.

    ``allow`` are whole texts (case and spaces at the ends aside), ``patterns`` regular expressions for a whole text, ``hook`` is
    ``module:function``: it gets the text, and returns True, False, or the text to use instead.
    """

    allow: list[str] = []
    patterns: list[str] = []
    hook: str | None = None


class FlashRules(Strict, frozen=True):
    """``most``: flashes a second, as WCAG 2.3.1 counts them; its limit is 3."""

    most: int | None = None


class EventRules(Strict, frozen=True):
    """``off``: events that never happen, as ``condition`` or ``condition.option``."""

    off: list[str] = []


class LessFlashing(Strict, frozen=True):
    """What changes for players who ask for less flashing."""

    most: int = 1
    off: list[str] = []


class RulesDocument(Strict, frozen=True):
    """``bundles``: the bundles that may be opened; None: all."""

    bundles: list[str] | None = None
    prompts: PromptRules = PromptRules()
    flashes: FlashRules = FlashRules()
    events: EventRules = EventRules()
    less_flashing: LessFlashing = LessFlashing()


def read_rules(path: Path) -> RulesDocument:
    """DreamError ``no_access`` if the file cannot be read, ``bad_argument`` with the place of what is wrong."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path after --rules.") from e
    if len(data) > MAX_BYTES:
        raise DreamError("bad_argument", f"{path} has {len(data)} bytes; the limit is {MAX_BYTES}.", "Use patterns.")
    try:
        plain = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as e:
        said = f"{path}: the file is not UTF-8: byte {e.start} is {data[e.start]:#04x}."
        raise DreamError("bad_argument", said, "Save it as UTF-8. See docs/rules.md.") from e
    except tomllib.TOMLDecodeError as e:
        raise DreamError("bad_argument", f"{path} is not TOML: {e}.", "See docs/rules.md.") from e
    _known(path, plain, RulesDocument, "")
    try:
        rules = msgspec.convert(plain, RulesDocument)
    except msgspec.ValidationError as e:
        raise DreamError("bad_argument", f"{path}: {e}.", "See docs/rules.md.") from e
    for k, pattern in enumerate(rules.prompts.patterns):
        try:
            re.compile(pattern)
        except re.error as e:
            said = f"{path}: prompts.patterns[{k}] is not a regular expression: {e}."
            raise DreamError("bad_argument", said, "Use the syntax of Python's re module.") from e
    for name, most in (("flashes", rules.flashes.most), ("less_flashing", rules.less_flashing.most)):
        if most is not None and not 0 <= most <= 30:
            raise DreamError("bad_argument", f"{path}: {name}.most = {most} is out of range.", "Use 0 to 30 flashes a second.")
    return rules


def _known(path: Path, plain: dict[str, Any], kind: Any, where: str) -> None:
    """Name the unknown field and the nearest one: msgspec names the field alone."""
    fields = {f.name: f.type for f in msgspec.structs.fields(kind)}
    for name, value in plain.items():
        if name not in fields:
            near = difflib.get_close_matches(name, fields, 1)
            hint = f"Did you mean {where}{near[0]}?" if near else f"There are: {', '.join(fields)}."
            raise DreamError("bad_argument", f"{path}: there is no rule {where}{name}.", hint)
        if isinstance(value, dict) and isinstance(fields[name], type) and issubclass(fields[name], Strict):
            _known(path, value, fields[name], f"{name}.")
