"""Makes ``message_fields.gd``: what GDScript checks of each message that the daemon sends, since it has no types for them."""

from typing import Any

import msgspec
from dreambridge.protocol.codec import MESSAGES
from dreambridge.protocol.replies import ANSWERS

HEAD = """extends RefCounted
## The fields of what the daemon sends, by type. Made by devtools/generate.py; do not edit.

const NUMBER: Array[int] = [TYPE_INT, TYPE_FLOAT]
const TEXT: Array[int] = [TYPE_STRING]
const BYTES: Array[int] = [TYPE_PACKED_BYTE_ARRAY]
const BOOL: Array[int] = [TYPE_BOOL]
const MAP: Array[int] = [TYPE_DICTIONARY]
const LIST: Array[int] = [TYPE_ARRAY]
## By message: field to the types that it may have. A field with any value is not here.
const TYPES := {
"""
TAIL = """

## What is wrong with a message's fields; "" when nothing is. A type that only a newer daemon knows is right.
static func problem(m: Dictionary) -> String:
	if m.get("id") != null and typeof(m["id"]) not in NUMBER:
		return "id is a %s" % type_string(typeof(m["id"]))
	return _wrong(m, str(m["type"]))


static func _wrong(m: Dictionary, type: String) -> String:
	for field: String in ALWAYS.get(type, []):
		if m.get(field) == null:
			return "%s has no %s" % [type, field]
	var types: Dictionary = TYPES.get(type, {})
	for field: String in types:
		var value: Variant = m.get(field)
		if value == null:
			continue
		if typeof(value) not in types[field]:
			return "%s.%s is a %s" % [type, field, type_string(typeof(value))]
		var of: Variant = ITEMS.get(type + "." + field)
		if of == null or not value is Array:
			continue
		for item: Variant in value as Array:
			if typeof(item) not in (MAP if of is String else of):
				return "%s.%s holds a %s" % [type, field, type_string(typeof(item))]
			if of is String:
				var wrong := _wrong(item as Dictionary, of as String)
				if wrong:
					return wrong
	return ""
"""
INSPECT = msgspec.inspect


def kind(t: Any) -> str | None:
    """The constant for a field's type; None: any value."""
    if isinstance(t, INSPECT.Metadata):
        return kind(t.type)
    if isinstance(t, INSPECT.UnionType):
        return next((kind(x) for x in t.types if not isinstance(x, INSPECT.NoneType)), None)
    for types, name in (
        ((INSPECT.IntType, INSPECT.FloatType), "NUMBER"),
        ((INSPECT.StrType, INSPECT.EnumType, INSPECT.LiteralType), "TEXT"),
        ((INSPECT.BytesType,), "BYTES"),
        ((INSPECT.BoolType,), "BOOL"),
        ((INSPECT.StructType, INSPECT.DictType), "MAP"),
        ((INSPECT.ListType, INSPECT.VarTupleType), "LIST"),
    ):
        if isinstance(t, types):
            return name
    return None


def items(t: Any) -> Any:
    """The type of a list's items; None if it is no list."""
    if isinstance(t, INSPECT.Metadata):
        return items(t.type)
    if isinstance(t, INSPECT.UnionType):
        return next((items(x) for x in t.types if not isinstance(x, INSPECT.NoneType)), None)
    return t.item_type if isinstance(t, (INSPECT.ListType, INSPECT.VarTupleType)) else None


def gd_fields() -> str:
    types, always, lists = "", "", ""
    structs = {name: INSPECT.type_info(s) for name, s in MESSAGES.items()}
    names = {s.cls.__name__: name for name, s in structs.items() if isinstance(s, INSPECT.StructType)}
    todo = list(structs.items())
    for name, s in todo:
        assert isinstance(s, INSPECT.StructType)
        known = {f.encode_name: k for f in s.fields if (k := kind(f.type))}
        types += f'\t"{name}": {{' + ", ".join(f'"{n}": {k}' for n, k in known.items()) + "},\n"
        required = [f.encode_name for f in s.fields if f.required]
        if required:
            always += f'\t"{name}": [' + ", ".join(f'"{n}"' for n in required) + "],\n"
        for f in s.fields:
            of = items(f.type)
            while isinstance(of, INSPECT.Metadata):
                of = of.type
            if isinstance(of, INSPECT.StructType):
                part = names.setdefault(of.cls.__name__, of.cls.__name__)
                if part not in (n for n, _ in todo):
                    todo.append((part, of))
                lists += f'\t"{name}.{f.encode_name}": "{part}",\n'
            elif of is not None and (k := kind(of)):
                lists += f'\t"{name}.{f.encode_name}": {k},\n'
    return (
        HEAD + types + "}\n## Fields that are always there.\nconst ALWAYS := {\n" + always
        + "}\n## By request: its reply.\nconst ANSWERS := {\n" + "".join(f'\t"{n}": "{r}",\n' for n, r in ANSWERS.items())
        + "}\n## By list: the types of its items, or the message or part that each is.\nconst ITEMS := {\n" + lists + "}\n" + TAIL
    )  # fmt: skip
