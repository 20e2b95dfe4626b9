"""Names as CUTSCENE.md allows them, made from any text."""

from collections.abc import Container

MAX_NAME = 64


def as_name(text: str, otherwise: str) -> str:
    """Letters, digits, ``_`` and ``-``, beginning with a letter or ``_``; ``otherwise`` if nothing is left of ``text``."""
    word = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "-" for c in text.strip()).strip("-")
    if word and not (word[0].isalpha() or word[0] == "_"):
        word = f"_{word}"
    return word[: MAX_NAME - 5] or otherwise


def free_name(word: str, taken: Container[str]) -> str:
    """``word``, or with the first number that makes it free."""
    k, free = 1, word
    while free in taken:
        k += 1
        free = f"{word}-{k}"
    return free
