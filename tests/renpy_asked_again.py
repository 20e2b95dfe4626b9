"""``renpy_asked_again.py PLUGIN DAEMON``: Ren'Py's client without the engine, in Python 3.9.

tests/test_asked_again.py gives script, levels and document on standard input.
"""

import json
import sys
import time

sys.path.insert(0, sys.argv[1])
from dreambridge_renpy.director import Cutscenes, Director
from dreambridge_renpy.stream import Stream

given = json.loads(sys.stdin.read())


class Twice(Cutscenes):
    def names(self):
        return ["twice"]

    def text(self, name):
        return json.dumps(given["document"])


def until(what, said):
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, said()
        stream.poll()
        time.sleep(0.005)


def level():
    at = (stream.ring.height * 220 // 256 * stream.ring.width + 10) * 4 if stream.ring and stream.frame else None
    return stream.frame.pixels[at] if at is not None else -1


def there():
    return director.scene and "at {} {}".format(director.scene["shot"], director.scene["status"])


def settled():
    return stream.ready and not director.busy


def ask():
    scene = director.scene
    told.append((yield "cutscene_set", {"values": {}}))
    from dreambridge_renpy.scenes import at

    at(scene, told[-1])


errors, levels, told, place = [], [], [], ""
stream = Stream(sys.argv[2], bundle="testcard", seed=7, threads=1)
director = Director(stream, Twice(), limit=60.0, on_error=lambda e: errors.append(e.code))
stream.start()
until(lambda: stream.ready, lambda: stream.state)
for text in given["script"]:
    if text == "set":
        count = len(told)
        director.then("look", ask)
        until(lambda: len(told) > count, lambda: (text, stream.state, errors))  # noqa: B023 - used at once
    elif text == "level":
        wanted = given["levels"][len(levels)]
        until(lambda: abs(level() - wanted) <= 1, lambda: (text, level(), there(), errors))  # noqa: B023
        levels.append(wanted)
    elif text.startswith("at "):
        until(lambda: settled() and there() == text, lambda: (text, there(), errors))  # noqa: B023
        place = text[3:]
    else:
        director.tell(text)
stream.stop()
print(json.dumps({"errors": errors, "levels": levels, "at": place}))
