"""One way through a cutscene as a list of shots, for formats that have no branches."""

from collections.abc import Sequence
from dataclasses import dataclass

from dreambridge.cutscene.checks import TYPES
from dreambridge.cutscene.document import Document, Next, Transition
from dreambridge.cutscene.expressions import Value, parse
from dreambridge.cutscene.follows import steps
from dreambridge.interchange.result import refused

MAX_SHOTS = 1000


@dataclass(frozen=True)
class Visit:
    """A shot on the way, and how it begins."""

    shot: str
    transition: Transition
    cut: bool


def walk(d: Document, choices: Sequence[str] = ()) -> tuple[list[Visit], list[str]]:
    """The shots of the way that takes ``choices`` in order, then the first offered option, and what the way leaves out.

    Signals come at once. DreamError ``bad_argument`` for a choice that is not offered, for one too many, and for a way of more
    than ``MAX_SHOTS``.
    """
    types = {n: TYPES[v.type] for n, v in d.variables.items()}
    variables: dict[str, Value] = {n: TYPES[v.type]() if v.default is None else v.default for n, v in d.variables.items()}
    notes: list[str] = []
    todo = list(choices)
    way = [Visit(d.first, Transition(), False)]

    def holds(condition: str | None) -> bool:
        return condition is None or bool(parse(condition, types).evaluate(variables))

    def after(n: Next) -> Next | None:
        if n.choice is not None:
            offered = [o for o in n.choice if holds(o.only_if)]
            if not offered:
                return None
            wanted = todo.pop(0) if todo else offered[0].id
            taken = next((o for o in offered if o.id == wanted), None)
            if taken is None:
                ids = ", ".join(o.id for o in offered)
                raise refused("--path", f"{wanted!r} is not offered in the shot {way[-1].shot!r}.", f"Offered: {ids}.")
            others = [o.id for o in n.choice if o is not taken]
            notes.append(f"The choice after the shot {way[-1].shot!r}: {taken.id!r} was taken, {_named(others)} left out.")
            variables.update(taken.set)
            return steps(taken.then)
        if n.branch is not None:
            case = next((c for c in n.branch if holds(c.only_if)), None)
            notes.append(f"The branch after the shot {way[-1].shot!r}: only the way that was taken is in the file.")
            return steps(case.then) if case else None
        notes.append(f"The wait for {n.wait!r} after the shot {way[-1].shot!r}: the signal comes at once.")
        return steps(n.then)

    while True:
        shot = d.shots[way[-1].shot]
        variables.update(shot.set)
        follows: Next | None = steps(shot.next)
        while follows is not None and follows.shot is None and not follows.end:
            follows = after(follows)
        if follows is None or follows.shot is None:
            if todo:
                raise refused("--path", f"the way has ended before {todo[0]!r} could be chosen.", f"Leave out {', '.join(todo)}.")
            return way, notes
        if len(way) == MAX_SHOTS:
            raise refused("--path", f"this way has more than {MAX_SHOTS} shots.", "It goes in a circle: choose another one.")
        way.append(Visit(follows.shot, follows.transition or Transition(), follows.cut))


def _named(ids: list[str]) -> str:
    return ", ".join(repr(i) for i in ids) or "nothing"
