"""The metadata of a message's fields: the single source of the checks, the tables in PROTOCOL.md and the schema."""

from typing import Any

import msgspec

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import Range


def about(
    meaning: str, *, unit: str = "", within: Range | None = None, choices: tuple[str, ...] = (), max_length: int = 0
) -> msgspec.Meta:
    """Metadata of a field, for ``Annotated``. msgspec checks only the type; ``check_arguments`` checks the rest."""
    extra = {"unit": unit, "within": within, "choices": choices, "max_length": max_length}
    return msgspec.Meta(description=meaning, extra=extra)


def describe(value: object, max_length: int = 80) -> str:
    """A value as text for an error or a log line: at most one line long, and nil for None."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"{len(value)} bytes"
    text = "nil" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= max_length else f"{text[: max_length - 20]}… ({len(text)} characters)"


KINDS = {bool: "a bool", int: "a number", float: "a number", str: "a text", list: "a list", tuple: "a list", dict: "a map"}


def kind_of(value: object) -> str:
    """The kind of a value in the words of the protocol, which clients in any language share."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "bytes"
    return KINDS.get(type(value), type(value).__name__) if value is not None else "nil"


def _metas(kind: msgspec.inspect.Type) -> "list[dict[str, Any]]":
    found = []
    if isinstance(kind, msgspec.inspect.Metadata):
        found.append(kind.extra or {})
        kind = kind.type
    if isinstance(kind, msgspec.inspect.UnionType):
        for part in kind.types:
            found += _metas(part)
    return found


def _checked(struct: type[msgspec.Struct]) -> list[tuple[str, dict[str, Any]]]:
    info = msgspec.inspect.type_info(struct)
    assert isinstance(info, msgspec.inspect.StructType)
    rows = [(f.name, meta) for f in info.fields for meta in _metas(f.type)]
    return [(name, m) for name, m in rows if m.get("within") or m.get("choices") or m.get("max_length")]


_known: dict[type[msgspec.Struct], list[tuple[str, dict[str, Any]]]] = {}


def check_arguments(message: msgspec.Struct) -> None:
    """Raise DreamError ``bad_argument`` if a field is out of range, is not one of its choices, or is too long."""
    kind = type(message)
    if kind not in _known:
        _known[kind] = _checked(kind)
    for name, meta in _known[kind]:
        value = getattr(message, name)
        if value is None:
            continue
        within, choices, most = meta["within"], meta["choices"], meta["max_length"]
        if within and not within.has(value):
            unit = f" {meta['unit']}" if meta["unit"] else ""
            raise DreamError("bad_argument", f"{name} = {describe(value)} is out of range.", f"Use {within}{unit}.")
        if choices and value not in choices:
            raise DreamError("bad_argument", f"{name} = {describe(value)} is invalid.", f"Use one of: {', '.join(choices)}.")
        if most and len(value) > most:
            raise DreamError("bad_argument", f"{name} has {len(value)} characters.", f"Use at most {most}.")
