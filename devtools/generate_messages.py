"""Generates the schema of the protocol's messages, the tables of PROTOCOL.md, and the copies in GDScript and C#."""

import json
import re
from typing import Any

import msgspec
from dreambridge import __version__
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol import events as E
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as Q
from dreambridge.protocol.conditions import MOMENTARY
from dreambridge.protocol.errors import ERRORS
from dreambridge.protocol.limits import LIMITS, Range
from dreambridge.protocol.states import CLIENT_STATES, REASONS, STATES

inspect = msgspec.inspect
PARTS = (R.BundleInfo, R.BundleError, R.ViewInfo, R.PaletteEntry)
MOMENTARY_MEANS = "Kinds of conditions that are over by themselves."
COMMON = {"id"}  # described once for all messages


# -- as data -------------------------------------------------------------------------------------------------------------
def type_name(kind: Any) -> str:
    if isinstance(kind, inspect.Metadata):
        return type_name(kind.type)
    if isinstance(kind, inspect.UnionType):
        return " or ".join(type_name(t) for t in kind.types if not isinstance(t, inspect.NoneType))
    if isinstance(kind, inspect.ListType):
        return f"list of {type_name(kind.item_type)}"
    if isinstance(kind, inspect.DictType):
        return f"map {type_name(kind.key_type)} to {type_name(kind.value_type)}"
    if isinstance(kind, inspect.StructType):
        tag = kind.cls.__struct_config__.tag
        return f"`{tag}`" if tag else kind.cls.__name__
    names = {
        inspect.IntType: "int",
        inspect.FloatType: "float",
        inspect.StrType: "str",
        inspect.BytesType: "bin",
        inspect.BoolType: "bool",
        inspect.AnyType: "any",
    }
    return names[type(kind)]


def fields(struct: type[msgspec.Struct]) -> list[dict[str, Any]]:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    rows = []
    for f in info.fields:
        assert isinstance(f.type, inspect.Metadata), f"{struct.__name__}.{f.name} has no description"
        meta, schema = f.type.extra or {}, f.type.extra_json_schema or {}
        within: Range | None = meta["within"]
        row: dict[str, Any] = {"name": f.name, "type": type_name(f.type), "meaning": schema["description"]}
        if meta["unit"]:
            row["unit"] = meta["unit"]
        if within:
            row["range"] = str(within)
        if meta["choices"]:
            row["choices"] = list(meta["choices"])
        if meta["max_length"]:
            row["max_length"] = meta["max_length"]
        default = {} if f.default_factory is not msgspec.NODEFAULT else f.default
        row["required"] = f.required
        if not f.required and default is not None:
            row["default"] = default
        rows.append(row)
    return rows


def described(structs: dict[str, type[Any]]) -> dict[str, Any]:
    return {name: {"meaning": struct.__doc__, "fields": fields(struct)} for name, struct in structs.items()}


def messages() -> dict[str, Any]:
    """protocol/schema/messages.json."""
    requests = described(Q.REQUESTS)
    for name, body in requests.items():
        body["reply"] = R.ANSWERS[name]
    return {
        "protocol": PROTOCOL_VERSION,
        "requests": requests,
        "replies": described(R.REPLIES),
        "events": described(E.EVENTS),
        "parts": described({p.__name__: p for p in PARTS}),
        "states": {s: {"meaning": m, "of_the_client": s in CLIENT_STATES} for s, m in STATES.items()},
        "reasons": REASONS,
        "limits": {n: v._asdict() for n, v in LIMITS.items()},
        "errors": ERRORS,
        "momentary_kinds": list(MOMENTARY),
    }


def states_vectors() -> dict[str, Any]:
    """The daemon's name of a state, and the client's state for it."""
    unknown = ("dreaming", "", "PLAYING", "paused ")
    return {"cases": [{"name": s, "state": s} for s in STATES] + [{"name": n, "state": "playing"} for n in unknown]}


# -- as the document's tables --------------------------------------------------------------------------------------------
def table(struct: type[msgspec.Struct], reply: bool) -> str:
    rows = [r for r in fields(struct) if r["name"] not in COMMON]
    if not rows:
        return "No fields."
    out = [
        "| field | type | unit, range | " + ("may be absent" if reply else "default") + " | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for r in rows:
        limits = [r.get("unit", ""), r.get("range", ""), ", ".join(f"`{c}`" for c in r.get("choices", ()))]
        limits += [f"at most {r['max_length']} characters"] if "max_length" in r else []
        default = "required" if r["required"] else f"`{json.dumps(r['default'])}`" if "default" in r else "absent"
        may = ("no" if r["required"] else "yes") if reply else default
        out.append(f"| `{r['name']}` | {r['type']} | {'; '.join(filter(None, limits))} | {may} | {r['meaning']} |")
    return "\n".join(out)


def two_columns(head: str, rows: dict[str, str]) -> str:
    return "\n".join([f"| {head} | meaning |", "| --- | --- |", *(f"| `{k}` | {v} |" for k, v in rows.items())])


def tables() -> dict[str, str]:
    """The generated parts of PROTOCOL.md, by the name in their markers."""
    out = {"errors": two_columns("code", ERRORS), "reasons": two_columns("code", dict(REASONS.items()))}
    out["states"] = "\n".join(
        [
            "| state | of | meaning |",
            "| --- | --- | --- |",
            *(f"| `{s}` | {'client' if s in CLIENT_STATES else 'session'} | {m} |" for s, m in STATES.items()),
        ]
    )
    out["limits"] = "\n".join(
        [
            "| limit | value | meaning |",
            "| --- | --- | --- |",
            *(f"| `{n}` | {v.value:,.10g} {v.unit} | {v.meaning} |" for n, v in LIMITS.items()),
        ]
    )
    parts = []
    for name, struct in Q.REQUESTS.items():
        parts.append(f"#### `{name}`\n{struct.__doc__} Reply: `{R.ANSWERS[name]}`.\n\n{table(struct, False)}")
    out["requests"] = "\n\n".join(parts)
    parts = [f"#### `{name}`\n{struct.__doc__}\n\n{table(struct, True)}" for name, struct in R.REPLIES.items()]
    parts += [f"#### {struct.__name__}\n{struct.__doc__} A part of replies.\n\n{table(struct, True)}" for struct in PARTS]
    out["replies"] = "\n\n".join(parts)
    own = {n: s for n, s in E.EVENTS.items() if n not in R.REPLIES}
    out["events"] = "\n\n".join(f"#### `{name}`\n{struct.__doc__}\n\n{table(struct, True)}" for name, struct in own.items())
    return out


def document(text: str) -> str:
    """PROTOCOL.md with updated parts between ``<!-- generated: NAME -->`` and ``<!-- end -->``."""
    made = tables()
    found = re.findall(r"<!-- generated: (\w+) -->", text)
    assert sorted(found) == sorted(made), f"PROTOCOL.md has the parts {found}, but should have {sorted(made)}"
    return re.sub(
        r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{made[m[2]]}\n{m[3]}", text, flags=re.DOTALL
    )


# -- in GDScript ---------------------------------------------------------------------------------------------------------
def gd(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def gd_lines(values: Any) -> str:
    return "".join(f"\n\t{gd(v)}," for v in values)


def gd_times() -> str:
    return "".join(f"const {n.upper()}_MS := {round(1000 * v.value)}\n" for n, v in LIMITS.items() if v.unit == "s")


def gd_messages() -> str:
    states = "".join(f"\n\t## {meaning}\n\t{s.name}," for s, meaning in STATES.items())
    return (
        "extends RefCounted\n"
        "## Versions, limits, states, reason and error codes of the protocol. Made by devtools/generate.py; do not edit.\n\n"
        f"enum State {{{states}\n}}\n\n"
        f"const PROTOCOL := {gd(PROTOCOL_VERSION)}\nconst ADDON := {gd(__version__)}\n"
        + "".join(f"const {n.upper()} := {v.value}\n" for n, v in LIMITS.items() if v.unit != "s")
        + gd_times()
        + f"## Names of the states, by their values.\nconst STATE_NAMES: Array[String] = [{gd_lines(STATES)}\n]\n"
        + "".join(f"## {meaning}\nconst REASON_{r.name} := {gd(r)}\n" for r, meaning in REASONS.items())
        + f"const ERRORS: Array[String] = [{gd_lines(ERRORS)}\n]\n"
        + f"## {MOMENTARY_MEANS}\nconst MOMENTARY_KINDS := {gd(MOMENTARY)}\n\n\n"
        "## The state of that name; one that only a newer daemon knows counts as playing.\n"
        "static func state_named(name: String) -> State:\n"
        "\tvar at := STATE_NAMES.find(name)\n\treturn at as State if at >= 0 else State.PLAYING\n"
    )


# -- in C# ---------------------------------------------------------------------------------------------------------------
def pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def cs_file(summary: str, name: str, rows: list[str], access: str = "", kind: str = "static class") -> str:
    """A static class of constants, or another type. ``rows`` are its lines, ``access`` is "public " or nothing."""
    body = "".join(f"        {row}\n" if row else "\n" for row in rows)
    return (
        "#nullable enable\n\nnamespace Dreambridge\n{\n"
        f"    /// <summary>{summary} Made by devtools/generate.py; do not edit.</summary>\n"
        f"    {access}{kind} {name}\n    {{\n{body}    }}\n}}\n"
    )


def cs_messages() -> str:
    incoming = ", ".join(pascal(n) for n in dict.fromkeys([*R.REPLIES, *E.EVENTS]))
    rows = [
        f"public const string Protocol = {gd(PROTOCOL_VERSION)};",
        f"public const string Package = {gd(__version__)};",
        *(f"public const int {pascal(n)} = {v.value};" for n, v in LIMITS.items() if v.unit != "s"),
        *(f"public const int {pascal(n)}Ms = {round(1000 * v.value)};" for n, v in LIMITS.items() if v.unit == "s"),
        "",
        *(f"public const string {pascal(n)} = {gd(n)};" for n in sorted({*Q.REQUESTS, *R.REPLIES, *E.EVENTS})),
        "",
        "/// <summary>What the daemon sends.</summary>",
        f"public static readonly string[] Incoming = {{ {incoming} }};",
        "",
        f"/// <summary>{MOMENTARY_MEANS}</summary>",
        f"public static readonly string[] MomentaryKinds = {{ {', '.join(gd(k) for k in MOMENTARY)} }};",
    ]
    return cs_file("Versions and limits of the protocol, and the types of its messages.", "Messages", rows)


def cs_summaries(table: dict[str, str], row: str) -> list[str]:
    rows = []
    for name, meaning in table.items():
        rows += [
            *([""] if rows else []),
            f"/// <summary>{meaning.replace('`', '')}</summary>",
            row.format(pascal(name), gd(name)),
        ]
    return rows


def cs_errors() -> str:
    rows = cs_summaries(ERRORS, "public const string {} = {};")
    return cs_file("The error codes, one table for all languages.", "ErrorCodes", rows, "public ")


def cs_reasons() -> str:
    rows = cs_summaries(dict(REASONS.items()), "public const string {} = {};")
    return cs_file("Why a state changed, or why the daemon says goodbye.", "ReasonCodes", rows, "public ")


def cs_states() -> str:
    enum = cs_file("What a stream does.", "StreamState", cs_summaries(dict(STATES.items()), "{},"), "public ", "enum")
    names = ", ".join(gd(str(s)) for s in STATES)
    names_class = cs_file(
        "The names of the states.",
        "StreamStates",
        [
            f"static readonly string[] Names = {{ {names} }};",
            "",
            "/// <summary>The state of that name; one that only a newer daemon knows counts as playing.</summary>",
            "internal static StreamState Named(string name)",
            "{",
            "    var at = System.Array.IndexOf(Names, name);",
            "    return at >= 0 ? (StreamState)at : StreamState.Playing;",
            "}",
            "",
            "internal static string NameOf(StreamState state) => Names[(int)state];",
        ],
    )
    inside = names_class.split("namespace Dreambridge\n{\n")[1]
    return enum[: enum.rindex("}\n")] + "\n" + inside
