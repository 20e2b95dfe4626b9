"""Between Ren'Py and the director: the story's statements, rollback, saves, and options at a menu. For the thread of the game."""

from __future__ import annotations

import itertools
import sys
import types
import uuid
from collections.abc import Callable
from typing import Any

import renpy

from dreambridge_renpy.cutscenes import GameCutscenes
from dreambridge_renpy.director import Director
from dreambridge_renpy.errors import DreamError
from dreambridge_renpy.options import options_at
from dreambridge_renpy.preroll import PreRoll
from dreambridge_renpy.ring import Frame
from dreambridge_renpy.slot import Place
from dreambridge_renpy.statement import Statement, parse
from dreambridge_renpy.stream import Stream
from dreambridge_renpy.words import BadScript

MAX_PLACES = 256
SAVED_BYTES = 512 * 1024  # of the places that a save holds
RUNNING = "_dreambridge_stream"  # where a reloaded game finds the stream of before

_stream: Stream | None = None
_director: Director | None = None
_preroll: PreRoll | None = None
_places: dict[str, Place] = {}
_current = ""  # the place of this interaction
_run, _count = uuid.uuid4().hex[:12], itertools.count(1)
_errors: list[DreamError] = []
_said: set[str] = set()
_listeners: list[Callable[[Frame], None]] = []


def settings() -> Any:
    """The named store `dreambridge`, whose variables a game defines."""
    return renpy.store.dreambridge


def stream() -> Stream | None:
    return _stream


def director() -> Director:
    """The director; starts the stream if need be."""
    start()
    assert _director
    return _director


def start() -> None:
    """Look for the daemon and open the stream, once. Does not wait."""
    global _stream, _director, _preroll
    if _stream:
        return
    s = settings()
    want = {name: getattr(s, name) for name in ("bundle", "seed", "fps", "threads", "paused") if getattr(s, name) is not None}
    _stream = Stream(s.daemon, **want)
    _director = Director(_stream, GameCutscenes(s.cutscenes), limit=s.limit, on_error=_errors.append)
    _preroll = PreRoll(_director, seconds=s.preroll) if s.preroll else None
    setattr(sys, RUNNING, _stream)
    _stream.start()


def stop() -> None:
    """End the stream, which closes its session."""
    global _stream, _director, _preroll
    running = getattr(sys, RUNNING, None)
    if running:
        running.stop()
        delattr(sys, RUNNING)
    _stream = _director = _preroll = None


def on_frame(listener: Callable[[Frame], None]) -> None:
    """Call this with each frame as it is drawn."""
    _listeners.append(listener)


def drawn(frame: Frame) -> None:
    for listener in _listeners:
        listener(frame)


# -- what a story says -------------------------------------------------------------------------------------------------
def told(text: str, where: tuple[str, int] | None = None) -> str:
    """Carry out one direction, and return its outcome. A `wait` lasts until its moment, its limit, or a click."""
    place = f"{where[0]}, line {where[1]}: " if where else ""
    try:
        s = parse(renpy.substitutions.substitute(text, translate=False)[0].strip())
    except BadScript as e:
        return refused(DreamError(e.code, f"{place}In `dream {text[:200]}`, column {e.column}: {e.message}", e.hint))
    except (KeyError, AttributeError, NameError, ValueError, IndexError, TypeError) as e:
        why = f"{place}`dream {text[:200]}` names something that the story does not have: {e}."
        return refused(DreamError("bad_script", why, "Set the variable before, for example with `default`."))
    sync()
    if s.do == "wait":
        return wait(s)
    if where and _preroll and _preroll.tell(where, s):
        return "sent"
    return director().run(s)


def predicted(text: str) -> list[Any]:
    """Ren'Py comes to this direction soon: open the stream before. Called while the engine is idle, perhaps more than once."""
    start()
    return []


def refused(error: DreamError) -> str:
    _errors.append(error)
    tell_errors()
    return "refused"


def wait(s: Statement) -> str:
    """Ren'Py goes on drawing, and the player can click on."""
    if renpy.config.skipping:
        return "skipped"
    waiting = director().wait(s)
    outcome = waiting.outcome()
    if outcome is None:
        from dreambridge_renpy.picture import Waiter

        renpy.ui.add(Waiter(waiting))
        outcome = renpy.ui.interact(mouse="pause", type="pause", suppress_overlay=False)
    return str(outcome)


# -- rollback and saves ------------------------------------------------------------------------------------------------
def in_story() -> bool:
    return not renpy.store.main_menu and bool(renpy.game.context().rollback) and not renpy.display.predict.predicting


def sync() -> None:
    """Before a direction and at each interaction: after a rollback or a load, go back with the story."""
    global _current
    if not in_story():
        return
    store = renpy.store
    start()
    assert _director
    film = store.dream_film
    if film is None:
        store.dream_film = film = types.SimpleNamespace(places={})
    for name, text in film.places.items():
        if name not in _places:
            _places[name] = Place(*text)
    at = store.dream_place
    if at != _current:
        _director.restore(_places.get(at))
        if _preroll:
            _preroll.forget()
        _current = at
    elif at not in _places:
        _places[at] = Place()
        _director.mark(_places[at], snapshot=not (renpy.config.skipping and _director.busy))
        while len(_places) > MAX_PLACES:
            del _places[next(iter(_places))]


def interaction() -> None:
    """For config.start_interact_callbacks."""
    global _current
    if _director:
        _director.look()
    tell_errors()
    if not in_story() or (_stream is None and not renpy.store.dream_place):
        return
    sync()
    renpy.store.dream_place = _current = f"{_run}-{next(_count)}"
    keep_film()
    if renpy.store.dream_film is not None:
        renpy.store.dream_film.at = standing(renpy.game.context().current)
    if _preroll and not renpy.config.skipping:
        _preroll.prepare(options_at(renpy.game.context().current))


def standing(name: Any) -> tuple[Any, str, str]:
    """A statement: its name, its kind, and what the player reads there."""
    node = renpy.game.script.namemap.get(name)
    items = getattr(node, "items", None) or ()
    said = getattr(node, "what", None) or " | ".join(str(item[0]) for item in items if isinstance(item, tuple))
    return name, type(node).__name__.replace("TranslateSay", "Say"), said


def loaded() -> None:
    """For config.after_load_callbacks: Ren'Py goes back to a statement that is still there, and this says why."""
    name, kind, said = getattr(renpy.store.dream_film, "at", None) or (None, "", "")
    script = renpy.game.script
    if not said or script.has_label(name):
        return
    # A build that keeps no .rpyc gives the same statement another name in each run.
    if not any((kind, said) == standing(other)[1:] for other in script.namemap):
        gone(f'The story was changed since: "{said[:80]}", where the game was saved, is gone.')


def gone(message: str) -> None:
    refused(DreamError("bad_snapshot", message + " It goes on from the last place before it that is still there."))


def load_failed() -> str | None:
    """For config.load_failed_label: nothing of what a save remembers is there any more."""
    if not renpy.game.script.has_label("start"):
        return None
    refused(
        DreamError(
            "bad_snapshot", "The story was changed since: no place of the save is there any more. It goes on from its beginning."
        )
    )
    return "start"


def keep_film() -> None:
    """What a save holds: the newest places, up to SAVED_BYTES. The dict is replaced: Ren'Py may be saving the old one."""
    film = renpy.store.dream_film
    if film is None:
        return
    size, newest = 0, []
    for name, place in reversed(list(_places.items())):
        size += len(place.text)
        newest.append((name, (place.values, place.seed, place.text if size <= SAVED_BYTES else "")))
    film.places = dict(reversed(newest))


def periodic() -> None:
    """For config.periodic_callbacks, 20 times a second."""
    if _director:
        _director.look()
        if in_story():
            keep_film()
    tell_errors()


def tell_errors() -> None:
    """Each problem once: a rollback and a loop come to the same direction again."""
    while _errors:
        error = _errors.pop(0)
        if str(error) not in _said:
            _said.add(str(error))
            settings().on_error(error)
