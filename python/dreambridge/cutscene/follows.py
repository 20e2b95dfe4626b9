"""Walks through what may follow a shot."""

from collections.abc import Iterator

from dreambridge.cutscene.document import Document, Next


def steps(n: Next | str | None) -> Next:
    """The `next` of a shot with its short forms expanded: a name is a shot, nothing is the end."""
    return Next(shot=n) if isinstance(n, str) else n or Next(end=True)


def parts(n: Next) -> Iterator[Next]:
    """``n`` and all inside it."""
    yield n
    for follows in (n.then, n.otherwise):
        if follows is not None:
            yield from parts(steps(follows))
    for case in (*(n.choice or ()), *(n.branch or ())):
        yield from parts(steps(case.then))


def conditions(d: Document) -> set[str]:
    """The texts of all ``if``."""
    found = {
        case.only_if for s in d.shots.values() for n in parts(steps(s.next)) for case in (*(n.choice or ()), *(n.branch or ()))
    }
    return {text for text in found if text is not None}


def signals_of(n: Next) -> set[str]:
    """The signals that may be waited for."""
    return {p.wait for p in parts(n) if p.wait is not None}
