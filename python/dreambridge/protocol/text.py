"""Text to print: that of bundles and clients without control characters that a terminal would obey, and counts of things."""

import unicodedata

_JOINERS = "\u200c\u200d"  # parts of words and of emoji


def _shown(c: str) -> str:
    if c.isprintable() or c in _JOINERS or unicodedata.category(c) == "Zs":
        return c
    code = ord(c)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def printable(text: str, lines: bool = False) -> str:
    """Replaces control characters, and those that change the text direction, by escapes such as ``\\x1b``.

    ``lines`` keeps line breaks and tabs.
    """
    if text.isprintable():
        return text
    return "".join(c if lines and c in "\n\t" else _shown(c) for c in text)


def counted(n: int, thing: str) -> str:
    """``1 frame``, ``2 frames``: for things whose plural ends in s."""
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def error_line(e: BaseException, most: int = 200) -> str:
    """The type of an exception, and the first line of its text if it has one."""
    lines = str(e).strip().splitlines()
    return f"{type(e).__name__}: {lines[0][:most]}" if lines else type(e).__name__
