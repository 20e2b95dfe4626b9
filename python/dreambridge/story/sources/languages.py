"""Where directions stand in the sources of each narrative engine (docs/narrative.md)."""

import re
from collections.abc import Iterator

from dreambridge.story.sources.found import Found, blank, misspelt, unescaped, with_holes
from dreambridge.story.statement import direction_in
from dreambridge.story.words import HOLE

_SLASHES = re.compile(r"//[^\r\n]*|/\*.*?(?:\*/|\Z)", re.S)
_BRACES = re.compile(r"\{[^{}\r\n]*\}")

# -- Ink ---------------------------------------------------------------------------------------------------------------
_INK_TAG = re.compile(r"(?<!\\)#((?:\\.|[^#\r\n\]\\|}]|\\(?=[\r\n]|\Z))*)")
_INK_VALUE = re.compile(r"\{[^{}\r\n:|#]*\}")
_INK_CALL = re.compile(r'\bdream\s*\(\s*"([^"\r\n]*)"')
_TAG_NAME = re.compile(r"\s*(\w+)\s*(:?)")


def ink(text: str) -> list[Found]:
    """Tags, `# dream: weather=storm`, and calls of the external function, `~ dream("weather=storm")`."""
    plain = with_holes(blank(text, _SLASHES), _INK_VALUE)
    out = [tag for m in _INK_TAG.finditer(plain) for tag in _tag(_cut_divert(m[1]), m.start(1), "\\#|[]{}/<>-~\"'!*+&=")]
    out += [Found(m[1], range(m.start(1), m.end(1))) for m in _INK_CALL.finditer(plain)]
    return sorted(out, key=lambda f: f.offset(1))


def _cut_divert(tag: str) -> str:
    """A divert or a glue ends a tag."""
    return re.split(r"(?<!\\)(?:->|<>|<-)", tag, maxsplit=1)[0]


def _tag(text: str, begin: int, escaped: str) -> Iterator[Found]:
    """A tag that is a direction, or nearly one."""
    direction = direction_in(text)
    if direction is not None:
        direction = direction.rstrip()
        yield unescaped(direction, begin + text.index(":") + 1, escaped)
        return
    name = _TAG_NAME.match(text)
    if name and ((misspelt(name[1]) and name[2]) or name[1].lower() == "dream"):
        where = range(begin + name.start(1), begin + name.end(1))
        yield Found(name[1], where, f"The tag '{text.strip()[:80]}' is not a direction.", "Write: dream: weather=storm.")


# -- Yarn, Twee --------------------------------------------------------------------------------------------------------
_COMMAND = re.compile(r"<<\s*(\w+)(:?)((?:\"(?:\\.|[^\"\\\r\n])*\"|(?!>>|<<)[^\r\n])*)>>")
_HASHTAG = re.compile(r"(?<!\\)#([^\s#|()/]+)")
_YARN_COMMENT = re.compile(r"(?<![:\w])//[^\r\n]*")
_TWEE_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--.*?(?:-->|\Z)", re.S)
_TWEE_VARIABLE = re.compile(r"`[^`\r\n]*`|[$_][A-Za-z]\w*(?:\.\w+|\[[^\]\r\n]*\])*")


def yarn(text: str) -> list[Found]:
    """Commands, `<<dream weather=storm>>`, and hashtags, which have no spaces: `-> Go #dream:weather=storm`."""
    plain = with_holes(blank(text, _YARN_COMMENT), _BRACES)
    out = _commands(plain)
    # A `#` inside a command belongs to its text.
    outside = _COMMAND.sub(lambda m: " " * len(m[0]), plain)
    out += [tag for m in _HASHTAG.finditer(outside) for tag in _tag(m[1], m.start(1), "")]
    return sorted(out, key=lambda f: f.offset(1))


def twee(text: str) -> list[Found]:
    """Macros, `<<dream weather=storm>>`."""
    return _commands(blank(text, _TWEE_COMMENT), _TWEE_VARIABLE)


def _commands(text: str, variables: "re.Pattern[str] | None" = None) -> list[Found]:
    out = []
    for m in _COMMAND.finditer(text):
        if m[1] == "dream":
            direction = (_outside_quotes(m[3], variables) if variables else m[3]).rstrip()
            out.append(Found(direction, range(m.start(3), m.start(3) + len(direction))))
        elif m[1].lower() == "dream" or misspelt(m[1]):
            out.append(Found(m[1], range(m.start(1), m.end(1)), f"The command '{m[1]}' is unknown.", "Did you mean 'dream'?"))
    return out


def _outside_quotes(text: str, variables: "re.Pattern[str]") -> str:
    """A variable inside quotes is text."""
    parts = re.split(r"(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')", text)
    return "".join(part if k % 2 else with_holes(part, variables) for k, part in enumerate(parts))


# -- Ren'Py ------------------------------------------------------------------------------------------------------------
_RENPY_STATEMENT = re.compile(r"^[ \t]*(\w+)(?:[ \t]*(:)[ \t]*|[ \t]+)(?![=(.\[])([^\r\n]*)", re.M)
_RENPY_LONG = re.compile(r"([rub]{0,2})(\"\"\"|''')(?:\\.|.)*?(?:\2|\Z)", re.S)
_RENPY_COMMENT = re.compile(r"\"(?:\\.|[^\"\\\r\n])*\"|'(?:\\.|[^'\\\r\n])*'|(#[^\r\n]*)")
_RENPY_CALL = re.compile(r"^[ \t]*\$[ \t]*dream\(\s*([\"'])((?:\\.|(?!\1)[^\\\r\n])*)\1", re.M)
_SQUARE = re.compile(r"\[[^\[\]\r\n]*\]")


def renpy(text: str) -> list[Found]:
    """Statements, `dream weather=storm`, and calls, `$ dream("weather=storm")`."""
    plain = blank(text, _RENPY_LONG)
    plain = _RENPY_COMMENT.sub(lambda m: " " * len(m[0]) if m[1] else m[0], plain)
    out = []
    for m in _RENPY_STATEMENT.finditer(plain):
        if m[1] == "dream":
            direction = with_holes(m[3], _SQUARE).rstrip()
            out.append(Found(direction, range(m.start(3), m.start(3) + len(direction))))
        elif misspelt(m[1]) and re.match(r"[\w]+\s*=\s*[^=]|[\"'].*[\"']\s+\w+=", m[3]):
            out.append(Found(m[1], range(m.start(1), m.end(1)), f"The statement '{m[1]}' is unknown.", "Did you mean 'dream'?"))
    for m in _RENPY_CALL.finditer(plain):
        found = unescaped(m[2], m.start(2), m[1])
        out.append(Found(with_holes(found.text, _SQUARE), found.offsets))
    return sorted(out, key=lambda f: f.offset(1))


# -- Dialogic ----------------------------------------------------------------------------------------------------------
_DIALOGIC = (
    re.compile(r"^[ \t]*(\w+)[ \t]*:[ \t]*([^\r\n]*)", re.M),
    re.compile(r"\[[ \t]*(\w+)[ \t]*:((?:\"[^\"\r\n]*\"|[^\[\]\r\n])*)\]"),
)


def dialogic(text: str) -> list[Found]:
    """Events, a line `dream: weather=storm`, and the same in brackets within a text, `[dream: weather=storm]`."""
    plain, out = with_holes(text, _BRACES), []
    for m in (m for pattern in _DIALOGIC for m in pattern.finditer(plain)):
        if m[1] == "dream":
            direction = m[2].rstrip()
            out.append(Found(direction, range(m.start(2), m.start(2) + len(direction))))
        elif misspelt(m[1]) and "=" in m[2]:
            out.append(Found(m[1], range(m.start(1), m.end(1)), f"The event '{m[1]}' is unknown.", "Did you mean 'dream'?"))
    return sorted(out, key=lambda f: f.offset(1))


# -- Dialogue Manager, DreamStory ----------------------------------------------------------------------------------------
_LINE_COMMENT = re.compile(r"^[ \t]*#[^\r\n]*", re.M)
_MUTATION = re.compile(r"(?:^[ \t]*|\[)(?:do!?|\$>>?)[ \t]+(?:\w+\.)*(\w+)\(\s*([\"'])((?:(?!\2)[^\r\n])*)\2\s*([+%]?)", re.M)
_MANAGER_TAGS = re.compile(r"\[#([^\]\r\n]*)\]")
_ONE_TAG = re.compile(r"[^,]+")
_FORMAT = re.compile(r"%[-+.\d]*[a-z]")


def dialogue_manager(text: str) -> list[Found]:
    """Mutations, `do dream("weather=storm")`, also inside a text, and tags, `- Go [#dream: weather=storm]`."""
    plain = blank(text, _LINE_COMMENT)
    out = []
    for m in _MUTATION.finditer(plain):
        if m[1] != "dream":
            if misspelt(m[1]):
                out.append(Found(m[1], range(m.start(1), m.end(1)), f"The method '{m[1]}' is unknown.", "Did you mean 'dream'?"))
            continue
        direction, where = m[3], [*range(m.start(3), m.end(3))]
        if m[4] == "%":
            direction = with_holes(direction, _FORMAT)
        elif m[4] == "+":  # what is added is known only when the story runs
            direction, where = direction + HOLE, [*where, m.end(3)]
        out.append(Found(direction, where))
    for m in _MANAGER_TAGS.finditer(plain):
        for tag in _ONE_TAG.finditer(m[1]):
            own = tag[0].lstrip(" #")
            out += _tag(own, m.start(1) + tag.end() - len(own), "")
    return sorted(out, key=lambda f: f.offset(1))


def dreamstory(text: str) -> list[Found]:
    """Lines, `dream: weather=storm`."""
    plain, out = with_holes(blank(text, _LINE_COMMENT), _BRACES), []
    for m in _DIALOGIC[0].finditer(plain):
        if m[1] == "dream":
            direction = m[2].rstrip()
            out.append(Found(direction, range(m.start(2), m.start(2) + len(direction))))
        elif misspelt(m[1]) and "=" in m[2]:
            out.append(Found(m[1], range(m.start(1), m.end(1)), f"The line '{m[1]}:' directs nothing.", "Did you mean 'dream'?"))
    return out
