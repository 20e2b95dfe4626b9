"""``renpy_vectors.py PLUGIN VECTORS``: the Ren'Py client's parts without the engine, against the shared vectors. Python 3.9."""

import json
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, sys.argv[1])
from dreambridge_renpy import connection, msgpack, zmtp
from dreambridge_renpy.director import Director
from dreambridge_renpy.errors import DreamError
from dreambridge_renpy.near import near
from dreambridge_renpy.pending import Pending
from dreambridge_renpy.ring import Ring
from dreambridge_renpy.scenes import begun
from dreambridge_renpy.statement import direction_in, parse
from dreambridge_renpy.stream import STATES, Stream
from dreambridge_renpy.words import BadScript


def vectors(name):
    return json.loads((pathlib.Path(sys.argv[2]) / f"{name}.json").read_text("utf-8"))


def outcome(text):
    try:
        return {"text": text, "is": parse(text).as_map()}
    except BadScript as e:
        return {"text": text, "error": {"column": e.column, "message": e.message, "hint": e.hint}}


def merged(case):
    pending = Pending(lambda name: name in case["events"])
    for text in case["given"]:
        pending.add(parse(text))
    return [s.as_map() for s in pending.take()]


def directions(wrong):
    v = vectors("script")
    wrong += [c for c in v["statements"] if outcome(c["text"]) != c]
    wrong += [c for c in v["tags"] if direction_in(c["tag"]) != c["text"]]
    wrong += [c for c in v["near"] if near(c["word"], c["names"]) != c["is"]]
    wrong += [c for c in v["merging"] if merged(c) != c["sent"]]
    return sum(map(len, v.values()))


def plain(value):
    if not isinstance(value, dict):
        return value
    ((kind, v),) = value.items()
    if kind == "array":
        return [plain(x) for x in v]
    if kind == "map":
        return {plain(k): plain(x) for k, x in v}
    return {"int": int, "float": float, "bin": lambda x: bytes.fromhex(x)}[kind](v)


def messages(wrong):
    v = vectors("msgpack")
    for case in v["cases"]:
        data, value = bytes.fromhex(case["bytes"]), plain(case["value"])
        same = repr(msgpack.decode(data)) == repr(value)
        if not same or not (case.get("decode_only") or msgpack.encode(value) == data):
            wrong.append(case)
    for case in v["long"]:
        made = msgpack.encode("x" * case["length"] if case["kind"] == "text" else b"x" * case["length"])
        if not made.startswith(bytes.fromhex(case["head"])):
            wrong.append(case)
    for case in v["bad"]:
        try:
            msgpack.decode(bytes.fromhex(case["bytes"]))
            wrong.append(case)
        except msgpack.BadMessage:
            pass
    return sum(map(len, v.values()))


def transport(wrong):
    v = vectors("zmtp")
    if zmtp.GREETING.hex() != v["greeting"]:
        wrong.append("greeting")
    sent = []

    class Peer(zmtp.Peer):
        def __init__(self):
            self.unsent = bytearray()

        def flush(self):
            sent.append(bytes(self.unsent).hex())
            self.unsent.clear()

    for flags, body in ((4, b"\x05HELLO\x0bdreambridge\x03key"), (4, zmtp.INITIATE), (0, b"hi"), (0, bytes(300))):
        Peer()._frame(flags, body)
    if sent[:3] != [v["hello"], v["initiate"], v["short"]] or not sent[3].startswith(v["long_head"]):
        wrong.append(sent)
    return 5


def ring(wrong):
    v = vectors("ring")
    with tempfile.TemporaryDirectory() as folder:
        data = bytearray(v["size"])
        for at, block in v["blocks_of_512"].items():
            data[int(at) : int(at) + 512] = bytes.fromhex(block)
        path = os.path.join(folder, "a.ring")
        pathlib.Path(path).write_bytes(data)
        reader = Ring(path)
        frame = reader.read()
        got = [
            reader.width,
            reader.height,
            frame.publication,
            frame.index,
            frame.revision,
            frame.time,
            frame.step_ms,
            frame.pixels.hex(),
        ]
        if got != [v[k] for k in ("width", "height", "publication", "index", "revision", "time", "step_ms", "pixels")]:
            wrong.append(got)
        if reader.read() is not None:
            wrong.append("read twice")
        reader.close()
    return 1


def folders(wrong):
    real = os.path.isdir
    platforms = {"windows": "win32", "macos": "darwin", "linux": "linux"}
    cases = vectors("runtime_folder")["cases"]
    for c in cases:
        there = c.get("folders", ())
        os.path.isdir = lambda path, there=there: path.replace("\\", "/") in there
        got = connection.runtime_folder(c["env"], platforms[c["system"]], c["uid"]).replace("\\", "/")
        if got != c["folder"]:
            wrong.append([c, got])
    os.path.isdir = real
    return len(cases)


def states(wrong):
    cases = vectors("states")["cases"]
    wrong += [c for c in cases if (c["name"] if c["name"] in STATES else "playing") != c["state"]]
    return len(cases)


def momentary(wrong):
    """A cut takes along what lasts of the directions that wait; an event and a movement are of their moment."""
    stream = Stream("nobody-there")
    kinds = {"flash": "event", "mouse": "delta", "level": "number"}
    stream.conditions = {name: {"kind": kind} for name, kind in kinds.items()}
    director = Director(stream)
    director.tell("flash=1 mouse=3 level=0.5")
    director.tell("cut seed=9")
    got = [s.as_map() for s in director._queue[-1].take()]
    if got != [parse("cut level=0.5 seed=9").as_map()] or director.said != {"level": 0.5}:
        wrong.append([got, director.said])
    return 1


def patience(wrong):
    """A daemon that was found and never answers holds a `wait` for some seconds, not for its whole limit."""
    stream = Stream("nobody-there")
    wait, got = Director(stream).wait(parse("wait shown limit=600")), []
    for peer, seconds in ((None, 0.0), (stream, 3.0), (None, 3.0), (stream, 9.0)):
        stream._peer, stream.begun = peer, time.monotonic() - seconds
        got.append(wait.outcome())
    if got != [None, None, "lost", "lost"]:
        wrong.append(got)
    return len(got)


def resumed(wrong):
    """The connection is lost between `cutscene_play` and `resume`, and the session lives on, paused."""
    stream, sent, errors = Stream("nobody-there"), [], []
    director = Director(stream, on_error=errors.append)
    status = {"status": "playing", "shot": "first", "time": 1.0, "at": 0.0}
    replies = {"cutscene_load": {"missing": [], "shots": {}}, "cutscene_play": status, "cutscene_set": status, "resume": {}}

    def request(message, then):
        sent.append(message["type"])
        lost = sent == ["cutscene_load", "cutscene_play", "resume"]
        then(*((None, DreamError("daemon_gone", "Lost.")) if lost else (replies[message["type"]], None)))

    stream._request, stream._live, stream.session, stream.state = request, True, 1, "paused"
    director.scene = {**begun({"document": "{}", "files": {}, "shot": "first", "variables": {}}, stream), "info": None}
    director._ready()
    director._ready()
    director._ready()
    if sent[3:] != ["resume", "cutscene_set", "cutscene_set"] or errors or stream.owes_resume:
        wrong.append([sent, errors])
    return 1


found = {}
for part in (momentary, patience, resumed, directions, messages, transport, ring, folders, states):
    wrong = []
    found[part.__name__] = {"cases": part(wrong), "wrong": wrong}
print(json.dumps(found))
