"""Acts of the tests that last: without a daemon, through a restart, in skip and auto mode; and how fast a choice is seen."""

import os
import random
import time

import driver
import renpy
from dreambridge_renpy import engine


def signal(name):
    """Tell the test that the program is here, and wait until it has done its part."""
    folder = driver.JOB["folder"]
    open(os.path.join(folder, name), "w").close()
    yield from driver.until(lambda: os.path.exists(os.path.join(folder, name + ".done")))


def through():
    """Click through a story as it comes, without steps, by the last option of each menu."""
    lines = 0
    while not (driver.kind() == "Say" and driver.text() == "Between two stories."):
        last = driver.count
        if driver.kind() == "UserStatement":
            yield from driver.another(last)
            continue
        lines += driver.kind() == "Say"
        yield from driver.click(driver.open_now()[-1] if driver.kind() == "Menu" else True)
    return lines


def alone(found, shot, came):
    """A story without a daemon; then one comes, dies within a line, and another one comes."""
    begun = time.monotonic()
    yield from driver.to("quay")
    yield "shot", shot
    found["lines"] = yield from through()
    found["seconds"] = time.monotonic() - begun
    found["errors"], found["state"] = list(driver.OUT["errors"]), engine.stream().state
    found["said"] = dict(engine.director().said)
    yield from signal("start")
    yield from driver.until(lambda: driver.drawn)
    found["came"] = yield from seen()
    arrived = engine.stream().frame.publication
    yield from driver.until(lambda: driver.drawn[-1] > arrived)  # the window may be a picture late
    yield "shot", came
    found["shown"] = driver.level()
    yield from driver.to("lines")
    engine.told("play crossing")
    yield from driver.until(lambda: driver.level() == 204)
    scene, left = engine.director().scene, engine.stream().frame.time
    found["left"] = left - scene["began"]
    yield from signal("kill")
    yield from driver.until(lambda: engine.stream().state in ("lost", "searching"))
    found["told_while_lost"] = engine.told("level=0.9 over=0")
    for _ in range(2):
        yield from driver.click()
    found["waited_while_lost"] = engine.director().wait(engine.parse("wait shown limit=20")).outcome()
    engine.told("level=0.7 over=0")
    yield from signal("start_again")
    levels = set()
    engine.on_frame(lambda frame: levels.add(driver.level()))
    found["came_again"] = yield from seen()
    found["levels"], there = sorted(levels), []
    engine.director().then("look", lambda: asked(there))
    yield from driver.until(lambda: there)
    found["there"] = [there[0]["shot"], there[0]["at"]]
    engine.told("stop")
    yield from through()
    if renpy.exports.can_load("1"):  # the save of another bundle
        last, before = driver.count, len(driver.OUT["errors"])
        yield "load", "1"
        yield from driver.another(last)
        found["other_bundle"] = [*(yield from seen()), driver.OUT["errors"][before:]]
        del driver.OUT["errors"][before:]
        yield from through()


def asked(there):
    """A task: where the cutscene is."""
    there.append((yield "cutscene_set", {"values": {}}))


def seen():
    """The brightness in the picture when all that was told is shown, and what the story has directed."""
    waiting = engine.director().wait(engine.parse("wait shown limit=30"))
    outcome = []
    yield from driver.until(lambda: waiting.outcome() not in (None, "lost") and not outcome.append(waiting.outcome()))
    for _ in range(2):  # the picture in hand may be one of before
        before = engine.stream().frame
        yield from driver.until(lambda old=before: engine.stream().frame is not old)
    return [outcome[0], driver.level(), dict(engine.director().said)]


def skipping(found):
    """200 lines by the engine's own skip mode; then the last picture, and lines that go on by themselves."""
    sent, stream = [], engine.stream()
    ask = stream._ask
    stream._ask = lambda kind_, fields, then: (sent.append(kind_), ask(kind_, fields, then))
    begun = time.monotonic()
    yield from driver.to("many")
    renpy.config.skipping = "slow"
    yield from driver.until(lambda: driver.text() == "The last line." if driver.kind() == "Say" else False)
    renpy.config.skipping = None
    found["seconds"], found["sent"] = time.monotonic() - begun, len(sent)
    found["seen"] = yield from seen()
    found["most"] = max((sent.count(k), k) for k in set(sent))
    yield from driver.click()
    yield from driver.to("lines")
    renpy.store._preferences.afm_enable, renpy.store._preferences.afm_time = True, 1
    last = driver.count
    yield from driver.until(lambda: driver.count > last + 3, 30)
    renpy.store._preferences.afm_enable = False
    found["auto"] = True
    yield from through()


ticks, ticked = [], [0.0]


def tick():
    """How often the engine draws."""
    now, frames = time.monotonic(), renpy.config.frames
    if frames != ticked[0]:
        if ticked[1:]:
            ticks.append(now - ticked[1])
        ticked[:] = [frames, now]
    return False


def choices(found, number, preroll):
    """Seconds from a click to the drawing of the first frame that obeys."""
    engine._preroll.seconds = preroll
    if not preroll:
        engine._preroll.prepare = lambda options: None
    times, before, low = [], [None], ["level=0.2", "weather=storm over=0"][driver.JOB.get("bundle") == "vista"]
    renpy.store.low, renpy.store.high = low, low.replace("0.2", "0.8").replace("storm", "clear")

    def listen(frame):
        director = engine.director()
        ticket = director._ticket
        if before[0] is not None and not director.changing and ticket is not before[0][1] and ticket and ticket.shown:
            times.append(time.monotonic() - before[0][0])
            before[0] = None

    engine.on_frame(listen)
    renpy.config.needs_redraw_callbacks.append(tick)
    yield from driver.to("choices")
    chance = random.Random(3)
    for k in range(number):
        ready = time.monotonic() + 0.3 + 0.2 * chance.random()
        yield from driver.until(lambda: time.monotonic() > ready and not engine.director().busy)  # noqa: B023 - used at once
        before[0] = (time.monotonic(), engine.director()._ticket)
        yield from driver.click(k % 2)
        yield from driver.until(lambda: before[0] is None)
    done = []

    def task():
        done.append((yield "stats", {}))

    engine.director().then("stats", task)
    yield from driver.until(lambda: done)
    stats = done[0]
    ticks.sort()
    found["times"] = [1000 * t for t in times]
    found.update(step_ms=stats["step_ms_p50"], fps=engine.stream().info["fps"], adopted=engine._preroll.adopted)
    found["tick_ms"] = 1000 * ticks[len(ticks) // 2]
