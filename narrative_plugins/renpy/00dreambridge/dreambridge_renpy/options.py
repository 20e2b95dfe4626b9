"""The options of a menu, and the directions with which each begins: what can be made ahead while the player reads."""

from __future__ import annotations

from typing import Any

import renpy

from dreambridge_renpy.preroll import Option
from dreambridge_renpy.statement import Statement, parse
from dreambridge_renpy.words import BadScript

MAX_NODES = 16
# What may stand before an option's directions without changing what they say.
PASSED = ("Label", "Pass", "Show", "Scene", "Hide", "ShowLayer", "Translate", "TranslateBlock")


def options_at(name: Any) -> list[Option]:
    """The options of the menu with this name that are open now; none if the statement is no menu."""
    node = renpy.game.script.namemap.get(name)
    if not isinstance(node, renpy.ast.Menu):
        return []
    found = []
    for _, condition, block in node.items:
        if block and open_now(condition):
            option = begins(block[0])
            if option.directions:
                found.append(option)
    return found


def open_now(condition: str) -> bool:
    try:
        return bool(renpy.python.py_eval(condition))
    except Exception:  # the menu itself tells it
        return False


def begins(node: Any) -> Option:
    """The directions from this statement on, up to the first that something else decides."""
    keys: list[tuple[str, int]] = []
    directions: list[Statement] = []
    for _ in range(MAX_NODES):
        kind = type(node).__name__
        if kind == "UserStatement" and node.parsed and node.parsed[0] == ("dream",):
            s, where = stated(node.parsed[1])
            if s is None:
                break
            if s.do != "wait":
                keys.append(where)
                directions.append(s)
        elif kind == "Jump" and not node.expression:
            node = renpy.game.script.namemap.get(node.target)
            continue
        elif kind not in PASSED:
            break
        node = getattr(node, "next", None)
    return Option(tuple(keys), tuple(directions))


def stated(parsed: tuple[str, str, int]) -> tuple[Statement | None, tuple[str, int]]:
    """What a `dream` statement says now; None if it cannot be said."""
    text, file, line = parsed
    try:
        return parse(renpy.substitutions.substitute(text, translate=False)[0].strip()), (file, line)
    except (BadScript, KeyError, AttributeError, NameError, ValueError, IndexError, TypeError):
        return None, (file, line)
