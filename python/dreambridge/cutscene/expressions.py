"""The small expression grammar of branches: comparisons, ``and``, ``or``, ``not``, ``+``, ``-``, variables. No code is run.

::

    expression = and-part {"or" and-part}
    and-part   = not-part {"and" not-part}
    not-part   = "not" not-part | comparison
    comparison = sum [("==" | "!=" | "<" | "<=" | ">" | ">=") sum]
    sum        = term {("+" | "-") term}
    term       = number | 'text' | "text" | true | false | variable | "-" term | "(" expression ")"
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = bool | float | str
Type = type[bool] | type[float] | type[str]
MAX_LENGTH, MAX_DEPTH = 1000, 32
WORDS = ("and", "or", "not", "true", "false")
TYPE_NAMES: dict[Type, str] = {bool: "bool", float: "number", str: "text"}
_TOKEN = re.compile(r"""\s*(?:(\d+(?:\.\d+)?)|('[^']*'|"[^"]*")|([A-Za-z_]\w*)|(==|!=|<=|>=|[<>()+-]))""")
_COMPARE: dict[str, Callable[[Value, Value], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}


class ExpressionError(ValueError):
    """An error in an expression, and its character position (from 0)."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Expression:
    """A parsed expression with its ``type``."""

    text: str
    type: Type
    _run: Callable[[Mapping[str, Value]], Value]

    def evaluate(self, variables: Mapping[str, Value]) -> Value:
        """Its value; ``variables`` has a value of the right type for each variable that was known to ``parse``."""
        return self._run(variables)


def parse(text: str, types: Mapping[str, Type]) -> Expression:
    """Parse an expression and check its types. ``types`` are those of the variables. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"it has {len(text)} characters; the limit is {MAX_LENGTH}", 0)
    p = _Parser(text, types)
    node = p.either(0)
    if p.token is not None:
        raise ExpressionError(f"{p.token!r} is unexpected", p.at)
    return Expression(text, node[0], node[1])


_Node = tuple[Type, Callable[[Mapping[str, Value]], Value]]


class _Parser:
    def __init__(self, text: str, types: Mapping[str, Type]) -> None:
        self.text, self.types = text, types
        self.at = self.end = 0
        self.token: str | None = None
        self.kind = 0
        self.advance()

    def advance(self) -> None:
        rest = self.text[self.end :]
        if not rest.strip():
            self.token, self.kind, self.at = None, 0, len(self.text)
            return
        match = _TOKEN.match(self.text, self.end)
        if match is None:
            at = self.end + len(rest) - len(rest.lstrip())
            raise ExpressionError(f"{self.text[at]!r} is unexpected", at)
        self.kind = match.lastindex or 0
        self.token, self.at, self.end = match[self.kind], match.start(self.kind), match.end()

    def word(self, *words: str) -> str | None:
        """Consume and return the next token if it is one of ``words``."""
        token = self.token
        if token in words and self.kind in (3, 4):
            self.advance()
            return token
        return None

    def want(self, node: _Node, kind: Type, at: int, what: str) -> None:
        if node[0] is not kind:
            raise ExpressionError(f"{what} needs a {TYPE_NAMES[kind]}, not a {TYPE_NAMES[node[0]]}", at)

    def either(self, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"it is nested deeper than {MAX_DEPTH}", self.at)
        return self._joined("or", self.both, depth)

    def both(self, depth: int) -> _Node:
        return self._joined("and", self.negated, depth)

    def _joined(self, word: str, part: Callable[[int], _Node], depth: int) -> _Node:
        at = self.at
        left = part(depth)
        while self.word(word):
            self.want(left, bool, at, repr(word))
            at = self.at
            right = part(depth)
            self.want(right, bool, at, repr(word))
            left = (bool, _join(word, left[1], right[1]))
        return left

    def negated(self, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"it is nested deeper than {MAX_DEPTH}", self.at)
        if not self.word("not"):
            return self.comparison(depth)
        at = self.at
        part = self.negated(depth + 1)
        self.want(part, bool, at, "'not'")
        run = part[1]
        return bool, lambda v: not run(v)

    def comparison(self, depth: int) -> _Node:
        left = self.sum(depth)
        at = self.at
        symbol = self.word(*_COMPARE)
        if symbol is None:
            return left
        right = self.sum(depth)
        if left[0] is not right[0]:
            raise ExpressionError(f"a {TYPE_NAMES[left[0]]} is compared with a {TYPE_NAMES[right[0]]}", at)
        if symbol not in ("==", "!=") and left[0] is not float:
            raise ExpressionError(f"{symbol!r} compares numbers, not a {TYPE_NAMES[left[0]]}", at)
        compare, a, b = _COMPARE[symbol], left[1], right[1]
        return bool, lambda v: compare(a(v), b(v))

    def sum(self, depth: int) -> _Node:
        at = self.at
        left = self.term(depth)
        while (symbol := self.word("+", "-")) is not None:
            self.want(left, float, at, repr(symbol))
            at = self.at
            right = self.term(depth)
            self.want(right, float, at, repr(symbol))
            left = (float, _add(left[1], right[1], 1 if symbol == "+" else -1))
        return left

    def term(self, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"it is nested deeper than {MAX_DEPTH}", self.at)
        token, kind, at = self.token, self.kind, self.at
        if token is None:
            raise ExpressionError("it ends too early", at)
        self.advance()
        if kind == 1:
            number = float(token)
            return float, lambda v: number
        if kind == 2:
            return str, lambda v: token[1:-1]
        if token in ("true", "false"):
            return bool, lambda v: token == "true"
        if kind == 3 and token in self.types:
            return self.types[token], lambda v: v[token]
        if kind == 3 and token not in ("and", "or", "not"):
            known = ", ".join(sorted(self.types)) or "none"
            raise ExpressionError(f"there is no variable {token!r}; there are: {known}", at)
        if token == "-":
            node = self.term(depth + 1)
            self.want(node, float, at, "'-'")
            return float, _add(lambda v: 0.0, node[1], -1)
        if token != "(":
            raise ExpressionError(f"{token!r} is unexpected", at)
        node = self.either(depth + 1)
        if not self.word(")"):
            raise ExpressionError("a ')' is missing", self.at)
        return node


def _join(
    word: str, a: Callable[[Mapping[str, Value]], Value], b: Callable[[Mapping[str, Value]], Value]
) -> Callable[[Mapping[str, Value]], Value]:
    return (lambda v: a(v) or b(v)) if word == "or" else (lambda v: a(v) and b(v))


def _add(
    a: Callable[[Mapping[str, Value]], Value], b: Callable[[Mapping[str, Value]], Value], sign: int
) -> Callable[[Mapping[str, Value]], Value]:
    return lambda v: float(a(v)) + sign * float(b(v))
