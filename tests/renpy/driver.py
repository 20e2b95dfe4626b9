"""The player of the tests, inside Ren'Py: an overlay whose events a program answers. It reads a job, and writes what it found.

A program is a generator. It yields None to wait for the next event, ``("end", value)`` to end the interaction that is on, or
another of ACTIONS. It knows where the story is by the statement that interacts.
"""

import hashlib
import json
import os
import pathlib
import random
import time
import traceback

import renpy
from dreambridge_renpy import engine

JOB = json.loads(pathlib.Path(os.environ["DREAM_JOB"]).read_text()) if "DREAM_JOB" in os.environ else {}
OUT = {"errors": [], "acts": {}}
LIMIT = JOB.get("limit", 120.0)  # seconds without an end of the program

wanted = "quay"
count = 0  # interactions
told, drawn = [], []
program = None
begun = time.monotonic()


class Driver(renpy.display.core.Displayable):
    def render(self, width, height, st, at):
        return renpy.display.render.Render(0, 0)

    def event(self, ev, x, y, st):
        global program
        renpy.exports.timeout(0.004)
        if not JOB:
            return None
        if program is None:
            program = acts()
        try:
            if time.monotonic() - begun > LIMIT:
                raise AssertionError("the program did not end")
            action = next(program)
        except StopIteration:
            finish()
        except Exception:
            OUT["failed"] = f"{traceback.format_exc()}{where()}"
            finish()
        if action is None:
            return None
        kind, what = action
        if kind == "end":
            return what
        ACTIONS[kind](what)
        return None


def setup(settings):
    settings.daemon = JOB.get("daemon", "default")
    settings.bundle = JOB.get("bundle", "testcard")
    settings.paused = JOB.get("paused", True)
    settings.on_error = lambda error: OUT["errors"].append([error.code, str(error)])
    engine.on_frame(lambda frame: drawn.append(frame.publication))
    real = engine.parse

    def parse(text):
        statement = real(text)
        told.append(statement.as_map())
        return statement

    engine.parse = parse


def overlay():
    renpy.ui.add(Driver())


def interacts():
    global count
    count += 1


def finish():
    with open(JOB["out"], "w") as file:
        json.dump(OUT, file)
    renpy.exports.quit()


def save(slot):
    renpy.exports.take_screenshot()
    renpy.exports.save(slot)


ACTIONS = {
    "rollback": lambda checkpoints: renpy.exports.rollback(force=True, checkpoints=checkpoints),
    "load": lambda slot: renpy.exports.load(slot),
    "save": save,
    "shot": lambda path: renpy.exports.screenshot(path),
}


# -- looking -----------------------------------------------------------------------------------------------------------
def node():
    return renpy.game.script.namemap.get(renpy.game.context().current)


def kind():
    return type(node()).__name__.replace("TranslateSay", "Say")


def text():
    return renpy.exports.substitute(node().what)


def where():
    """For a program that failed."""
    stream, director = engine.stream(), engine._director
    said = [kind(), count, drawn[-1:], stream and stream.state, director and [director._kind, len(director._queue)]]
    return f"{said} {OUT['errors'][-3:]} {told[-3:]}"


def word(item):
    """The first word of a menu's item."""
    return node().items[item][0].split()[0].strip(".")


def open_now():
    """The items of a menu that can be chosen."""
    return [k for k, (_, condition, _b) in enumerate(node().items) if renpy.python.py_eval(condition)]


def level():
    stream = engine.stream()
    at = (stream.ring.height * 220 // 256 * stream.ring.width + 10) * 4
    return stream.frame.pixels[at]


def digest():
    """Of the picture without its lowest bar, in which the testcard counts directions."""
    frame = engine.stream().frame
    return hashlib.sha256(frame.pixels[: frame.width * (frame.height - 8) * 4]).hexdigest()


def until(what, seconds=60.0):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}")
        yield None


def another(last):
    """The next interaction."""
    yield from until(lambda: count != last)


def idle():
    director = engine.director()
    yield from until(lambda: not director.busy)


def step():
    """One step of the paused stream, after all that was told; until its frame is drawn."""
    director = engine.director()
    yield from until(lambda: not director.busy)
    done = []

    def task():
        reply = yield "step", {"count": 1}
        done.append(reply["published"])

    director.then("step", task)
    yield from until(lambda: done and drawn and drawn[-1] >= done[0])


def to(label):
    """From between two stories to the first interaction of another."""
    global wanted
    yield from until(lambda: kind() == "Say" and text() == "Between two stories.")
    wanted, last = label, count
    yield "end", True
    yield from another(last)


def line(what=None):
    """Read a line: step, look, and click on. A wait is stepped to its end."""
    while kind() == "UserStatement":
        last = count
        yield from step()
        soon = time.monotonic() + 0.2
        yield from until(lambda last=last, soon=soon: count != last or time.monotonic() > soon)
    yield from step()
    if what is not None:
        what()


def click(value=True):
    last = count
    yield "end", value
    yield from another(last)


# -- acts --------------------------------------------------------------------------------------------------------------
def acts():
    for act, words in JOB["acts"]:
        OUT["acts"][act] = found = {}
        play = globals().get(act) or getattr(__import__("lives"), act)
        yield from play(found, **words)
    director = engine.director()
    yield from until(lambda: not director.busy)
    done = []

    def task():
        done.append((yield "stats", {}))

    director.then("stats", task)
    yield from until(lambda: done or engine.stream().state != "paused", 10)
    OUT["forks"] = done[0].get("forks") if done else None


def walk(choose):
    """One way through lamp.rpy: what it told, its texts, its choices, and lines whose picture is another than the story says."""
    del told[:]
    out = {"way": [], "told": [], "texts": [], "wrong": []}
    yield from to("quay")
    while not (kind() == "Say" and text() == "Between two stories."):
        if kind() == "Menu":
            yield from idle()
            taken = choose(len(out["way"]), open_now())
            out["way"].append(word(taken))
            yield from click(taken)
            continue
        yield from line()
        if kind() == "Say" and text() != "Between two stories.":
            out["texts"].append(text())
            said, got = round(renpy.store.lamp * 255), level()
            if abs(said - got) > 1:
                out["wrong"].append([text(), said, got])
            yield from click()
    out["told"] = list(told)
    return out


def ways(found, ways):
    """The given ways, and a picture of the window at the end of the first."""
    found["ways"] = []
    for way in ways:

        def choose(k, items, way=way):
            return next(i for i in items if word(i) == way[k])

        found["ways"].append((yield from walk(choose)))


def walks(found, number, seed):
    chance = random.Random(seed)
    found.update(lines=0, wrong=[], ways=[])
    for _ in range(number):
        out = yield from walk(lambda k, items: chance.choice(items))
        found["lines"] += len(out["texts"])
        found["wrong"] += out["wrong"]
        found["ways"].append(" ".join(out["way"]))
    found["adopted"], found["directed"] = engine._preroll.adopted, engine._preroll.directed


def deaf(found):
    """The control: a way whose directions are not sent."""
    director, made = engine.director(), engine._preroll
    director.run, engine._preroll = lambda statement: "sent", None
    out = yield from walk(lambda k, items: items[0])
    del director.run
    engine._preroll = made
    found["wrong"], found["lines"] = len(out["wrong"]), len(out["texts"])


def rollback(found, shot):
    """24 lines, back 20 one by one, saved, on, loaded; the digest of each line's picture."""
    yield from to("lines")
    digests = found["digests"] = {}
    for k in range(1, 25):
        yield from line()
        digests[text()] = digest()
        if k < 24:
            yield from click()
    found["back"] = []
    for _ in range(20):
        last = count
        yield "rollback", 1
        yield from another(last)
        yield from line()
        found["back"].append([text(), digest()])
    yield "shot", shot
    found["level"] = level()
    yield "save", "1"
    for _ in range(3):
        yield from click()
        yield from line()
        found["back"].append([text(), digest()])
    last = count
    yield "load", "1"
    yield from another(last)
    yield from line()
    found["loaded"] = [text(), digest()]
    yield from leave_lines()


def leave_lines():
    """From a line of that story to its end, without the lines that are left."""
    renpy.store.k = 30
    while not (kind() == "Say" and text() == "Between two stories."):
        yield from click()
        yield from line()


def loaded(found):
    """The save of another process, and back from there."""
    yield from until(lambda: kind() == "Say")
    last = count
    yield "load", "1"
    yield from another(last)
    yield from line()
    found["loaded"] = [text(), digest()]
    found["back"] = []
    for _ in range(2):
        last = count
        yield "rollback", 1
        yield from another(last)
        yield from line()
        found["back"].append([text(), digest()])
    found["exact"] = not OUT["errors"]
    yield from leave_lines()


def short(found):
    """A save that remembers a few lines only."""
    renpy.config.rollback_length = 2
    yield from to("lines")
    for _ in range(6):
        yield from line()
        yield from click()
    yield from line()
    yield "save", "2"
    found["saved"] = text()
    renpy.config.rollback_length = 200
    yield from leave_lines()


def gone(found):
    """Saves of a story whose lines are gone since: where it goes on, the picture there, and the message."""
    found["loads"] = []
    for slot in ("1", "2"):
        yield from until(lambda: kind() == "Say")
        last, before = count, len(OUT["errors"])
        yield "load", slot
        yield from another(last)
        yield from line()
        found["loads"].append([text(), level(), OUT["errors"][before:]])
        if text() != "Between two stories.":
            yield from leave_lines()


def film(found):
    """A cutscene of the project's folder: its shots, a signal, its end; and one that is not there."""
    before, found["seen"] = len(OUT["errors"]), []
    yield from to("film")
    while not (kind() == "Say" and text() == "Between two stories."):
        yield from line()
        if kind() == "Say" and text() != "Between two stories.":
            found["seen"].append([text(), level()])
            yield from click()
    found["errors"] = OUT["errors"][before:]
    del OUT["errors"][before:]


def bad(found):
    """Directions that cannot be carried out: the story goes on, and each is told once."""
    before = len(OUT["errors"])
    yield from to("bad")
    while not (kind() == "Say" and text() == "Between two stories."):
        yield from line()
        yield from click()
    found["errors"] = OUT["errors"][before:]
    del OUT["errors"][before:]
