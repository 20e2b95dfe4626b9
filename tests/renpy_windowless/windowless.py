"""Random walks through a story in Ren'Py without its window: the command ``walks``.

The engine's own script, statements and store run. What shows something is replaced: a line and a menu read the picture and go on.
The job (DREAM_JOB) has walks, seed, layout and lines of devtools/seen.py, daemon, bundle, preroll, and deaf (the control:
directions are not sent).
"""

import json
import os
import pathlib
import random
import time

import renpy
import seen
from dreambridge_renpy import engine

LIMIT = 60.0


class Walks:
    def __init__(self, job):
        self.job, self.chance = job, random.Random(job["seed"])
        self.seen = seen.Seen(job["layout"], job["lines"])
        self.errors = []
        self.way = []

    def until(self, what):
        end = time.monotonic() + LIMIT
        while not what():
            if time.monotonic() > end:
                raise AssertionError(f"never: {what} {engine.stream().state} {self.errors[-3:]}")
            self.poll()
            time.sleep(0.0002)

    def poll(self):
        frame = engine.stream().poll()
        if frame:
            self.seen.look(frame.pixels)
        return frame

    def step(self, dt=None):
        """One step of the paused stream, after all that was told, and its frame."""
        director = engine.director()
        self.until(lambda: not director.busy)
        done = []

        def task():
            done.append((yield "step", {"count": 1, **({"dt": dt} if dt else {})}))

        director.then("step", task)
        stream = engine.stream()
        self.until(lambda: done and stream.frame is not None and stream.frame.publication >= done[0]["published"])

    def wait(self, statement):
        """In place of the engine's: the stream is stepped until its moment has come."""
        waiting = engine.director().wait(statement)
        while waiting.outcome() is None:
            self.step()
        return waiting.outcome()

    def say(self, _who, what, *_args, **_kwargs):
        self.here()
        self.seen.line(renpy.exports.substitute(what), bytes(engine.stream().frame.pixels))

    def menu(self, items, *_args, **_kwargs):
        self.here()
        text, value = self.chance.choice([item for item in items if item[1] is not None])[:2]
        self.way.append(text.split()[0])
        return getattr(value, "value", value)  # what the engine's own menu makes of it

    def here(self):
        """The player is at a line or a menu: as an interaction of the engine, and then to the end of all transitions."""
        engine.interaction()
        self.step()
        for _ in range(2):
            self.step(10.0)

    def begin(self):
        """A new game: the store and the log of the engine as at its start, and a stream whose conditions are unset."""
        renpy.python.clean_stores()
        renpy.game.log = renpy.python.RollbackLog()
        renpy.game.contexts = [renpy.execution.Context(True)]
        renpy.store.menu = self.menu
        renpy.store.main_menu = False
        renpy.exports.context()._menu = renpy.exports.context()._main_menu = False
        renpy.store._begin_rollback = True
        for statement in renpy.ast.default_statements if hasattr(renpy.ast, "default_statements") else ():
            statement.execute_default(True)
        engine._places.clear()
        engine._current = ""
        engine.director().run(engine.parse("cut " + " ".join(f"{name}=-" for name in self.job["layout"] if name != "event")))
        self.step()
        self.step(60.0)
        self.seen.begin()

    def run(self):
        renpy.exports.say, engine.wait = self.say, self.wait
        engine.settings().on_error = lambda error: self.errors.append([error.code, str(error)])
        for name in ("daemon", "bundle", "preroll"):
            setattr(engine.settings(), name, self.job[name])
        engine.settings().paused, engine.settings().threads, engine.settings().limit = True, 1, LIMIT
        engine.start()
        self.until(lambda: engine.stream().ready)
        run = engine.director().run
        ways = {}
        for _ in range(self.job["walks"]):
            self.begin()
            if self.job.get("deaf"):
                engine.director().run = lambda statement: "sent"
            self.way = []
            renpy.game.context().goto_label("start")
            try:
                renpy.game.context().run()
            finally:
                engine.director().run = run
            ways[" ".join(self.way)] = ways.get(" ".join(self.way), 0) + 1
        made, done = engine._preroll, []
        if made:
            made.forget()

        def task():
            done.append((yield "stats", {}))

        self.until(lambda: not engine.director().busy)
        engine.director().then("stats", task)
        self.until(lambda: done)
        counts = {"adopted": made.adopted, "directed": made.directed} if made else {}
        engine.stop()
        return {
            "walks": self.job["walks"],
            "ways": ways,
            "errors": self.errors,
            "forks": done[0].get("forks", 0),
            **self.seen.out,
            **counts,
        }


def command():
    renpy.arguments.takes_no_arguments("Random walks through the story, without a window.")
    job = json.loads(pathlib.Path(os.environ["DREAM_JOB"]).read_text())
    out = Walks(job).run()
    pathlib.Path(job["out"]).write_text(json.dumps(out))
    return False


def register():
    renpy.arguments.register_command("walks", command)
