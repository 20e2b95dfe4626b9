"""What a page may ask of its stream, without a browser: shared streams, places, cutscenes with files, sound."""

import base64
import io
import json
import threading
import time
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import rings, soon
from dreambridge.conditioning.audio import Analyser
from dreambridge.preview import Preview, page_requests, server, takes
from PIL import Image
from test_preview import Page, enter, get, preview, stream
from websockets.exceptions import ConnectionClosed

__all__ = ["preview"]


def ask(page: Page, to: int = 1, **m: Any) -> dict[str, Any]:
    """A request, and its reply or error."""
    page.say(**m, to=to)
    end = time.monotonic() + 60
    while True:
        got = page.ws.recv(timeout=end - time.monotonic())
        if isinstance(got, bytes):
            page.say(type="drawn")
        elif (reply := json.loads(got)).get("to") == to:
            return dict(reply)


def opened(page: Page, **m: Any) -> dict[str, Any]:
    page.until("hello")
    page.say(type="open", bundle="testcard", **m)
    return page.until("opened")


def test_pages_share_one_stream(preview: Preview) -> None:
    cookie = enter(preview)
    with stream(preview, cookie) as a, stream(preview, cookie) as b:
        one, two = Page(a), Page(b)
        assert not one.until("hello")["open"]
        one.say(type="open", bundle="testcard", seed=3, values={"level": 0.25})
        assert one.until("opened")["values"] == {"level": 0.25}
        assert two.until("opened")["seed"] == 3, "a page that was there hears of it"
        two.say(type="direct", values={"level": 0.75}, over=0, to=1)
        told = one.until("directed")
        assert told["values"] == {"level": 0.75} and one.frame(told["revision"])[1] >= told["revision"]
        with stream(preview, cookie) as c:
            three = Page(c)
            assert three.until("hello")["open"]
            late = three.until("opened")
            assert late["values"] == {"level": 0.75} and three.until("state")["state"] in ("playing", "slowed")
        two.say(type="direct", values={"nothing": 1}, to=2)
        assert two.until("error")["to"] == 2
        assert ask(one, type="stats")["frames"] > 0, "the other page hears of no error"


def test_a_bundle_that_does_not_open_is_told_to_all(preview: Preview) -> None:
    cookie = enter(preview)
    with stream(preview, cookie) as a, stream(preview, cookie) as b:
        one, two = Page(a), Page(b)
        opened(one)
        two.until("opened")
        assert ask(one, type="open", bundle="nowhere")["code"] == "unknown_bundle"
        while (state := two.until("state"))["state"] != "closed":
            pass
        assert "nowhere" in state["reason"]
        assert ask(two, type="stats")["code"] == "bad_state"
        two.say(type="open", bundle="testcard")
        assert two.until("opened") and one.until("opened")


def test_a_stream_of_its_own(preview: Preview) -> None:
    cookie = enter(preview)
    with stream(preview, cookie) as a:
        one = Page(a)
        opened(one, seed=1)
        with stream(preview, cookie, session="compare-1") as b:
            two = Page(b)
            assert opened(two, seed=2)["seed"] == 2
            assert len(rings(preview._daemon._channel.connection.epoch)) >= 2  # type: ignore[union-attr]
        assert ask(one, type="stats")["type"] == "stats"


def test_a_page_that_returns_finds_its_stream(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE_S", 60.0)
    cookie = enter(preview)
    with stream(preview, cookie) as ws:
        page = Page(ws)
        opened(page, seed=8)
        index = page.frame(0)[0]
    with stream(preview, cookie) as ws:
        page = Page(ws)
        assert page.until("hello")["open"] and page.until("opened")["seed"] == 8
        assert page.frame(0)[0] >= index


def test_too_many_pages(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_VIEWERS", 1)
    cookie = enter(preview)
    with stream(preview, cookie) as ws:
        Page(ws).until("hello")
        with stream(preview, cookie) as other, pytest.raises(ConnectionClosed) as e:
            other.recv(timeout=60)
        assert e.value.rcvd and e.value.rcvd.code == 1013 and "at most 1" in e.value.rcvd.reason


def test_places(preview: Preview) -> None:
    with stream(preview, enter(preview)) as ws:
        page = Page(ws)
        opened(page, values={"level": 0.1})
        ask(page, type="pause")
        ask(page, type="step", count=3)
        kept = ask(page, type="keep", name="here")
        assert kept["type"] == "kept" and kept["bytes"] > 0
        ask(page, type="direct", values={"level": 0.9})
        assert ask(page, type="step", count=5)["steps"] == 5
        landed = ask(page, type="rewind", name="here")
        assert landed["time"] == kept["time"] and landed["values"] == {"level": 0.1}
        assert ask(page, type="rewind", name="nowhere")["code"] == "bad_argument"
        assert ask(page, type="rewind", seconds="soon")["code"] == "bad_argument"
        assert ask(page, type="step", count=100000)["code"] == "bad_argument"


def test_a_cutscene_with_a_picture(preview: Preview) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (255, 0, 0)).save(file, "PNG")
    lanes = {"level": {"keys": [{"at": 0, "value": 0}, {"at": 1, "value": 1}]}}
    shots = {"a": {"lanes": lanes, "length": 2, "next": {"wait": "go", "then": "b"}}, "b": {"length": 1}}
    document = {"format": "1.0", "name": "x", "shots": shots}
    text = json.dumps(document)
    with stream(preview, enter(preview)) as ws:
        page = Page(ws)
        opened(page)
        assert ask(page, type="cutscene_play")["code"] == "bad_state"
        wrong = ask(page, type="cutscene_load", document=text.replace("level", "lvel"))
        assert wrong["code"] == "bad_cutscene" and "lvel" in wrong["message"]
        missing = ask(page, type="cutscene_load", document=text, files={"red.png": "0" * 64})
        assert missing["missing"] == ["0" * 64] and missing["shots"] == {}
        taken = ask(page, type="put_file", data={"base64": base64.b64encode(file.getvalue()).decode()})
        loaded = ask(page, type="cutscene_load", document=text, files={"red.png": taken["sha256"]})
        assert loaded["missing"] == [] and set(loaded["shots"]) == {"a", "b"}
        playing = ask(page, type="cutscene_play", shot="a", at=1.5)
        assert playing["status"] == "playing" and playing["at"] == 1.5 and "frame_index" in playing
        while (event := page.until("cutscene"))["happened"] != "waiting":
            pass
        assert event["name"] == "go"
        assert ask(page, type="cutscene_signal", name="go")["waited"]
        while (event := page.until("cutscene"))["happened"] != "ended":
            pass
        assert ask(page, type="put_file", data={"base64": "no!"})["code"] == "bad_message"


def test_a_sound_becomes_what_the_client_would_direct(preview: Preview) -> None:
    rate, fps = 24000, 24.0
    t = np.arange(rate) / rate
    samples = (12000 * np.sin(2 * np.pi * 440 * t) * (t % 0.5 < 0.1)).astype("<i2")
    with stream(preview, enter(preview)) as ws:
        page = Page(ws)
        page.until("hello")
        data = {"base64": base64.b64encode(samples.tobytes()).decode()}
        rows = ask(page, type="audio_levels", rate=rate, fps=fps, samples=data)["rows"]
        assert np.array(rows) == pytest.approx(Analyser(rate, fps).push(samples.astype(np.float32) / 32768), abs=1e-4)
        assert len(rows) == 24 and max(max(r) for r in rows) > 0.5
        assert ask(page, type="audio_levels", rate=1, fps=fps, samples=data)["code"] == "bad_value"


@pytest.mark.parametrize("text", ['{"type": "direct"}', '{"type": []}', "[" * 5000, '{"type": "open", "bundle": 7}', '"x"', "{}"])
def test_invalid_messages_get_an_answer(preview: Preview, text: str) -> None:
    with stream(preview, enter(preview)) as ws:
        page = Page(ws)
        page.until("hello")
        ws.send(text)
        assert page.until("error")["code"]
        assert ask(page, type="stats")["code"] == "bad_state", "the page still works"


def test_the_page_may_use_no_camera(preview: Preview) -> None:
    headers = get(preview, "/", Cookie=enter(preview))[1]
    assert "camera=()" in headers["Permissions-Policy"] and "microphone=()" in headers["Permissions-Policy"]


def test_the_daemon_that_ends_tells_the_page() -> None:
    with dreambridge.start() as d:
        p = Preview(d.name, bundle="testcard")
        p.start()
        with stream(p, enter(p)) as ws:
            page = Page(ws)
            opened(page)
            assert d._own
            d._own.process.kill()
            while page.until("state")["state"] != "lost":
                pass
            page.say(type="direct", values={"level": 1}, to=9)
            assert page.until("error")["code"] == "daemon_gone"
        p.close()


def test_a_direction_does_not_wait_for_a_check(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def slow(*_: Any) -> list[Any]:
        gate.wait(60)
        return []

    monkeypatch.setattr(page_requests, "check_document", slow)
    with stream(preview, enter(preview)) as ws:
        page = Page(ws)
        opened(page)
        page.say(type="cutscene_check", document="{}", to=1)
        assert ask(page, to=2, type="direct", values={"level": 0.5})["type"] == "directed"
        gate.set()
        assert page.until("cutscene_checked")["to"] == 1


def test_takes_over_the_wire(preview: Preview) -> None:
    """A take is recorded, told to each page, replayed in a stream of its own, and what is wrong is said."""
    cookie = enter(preview)
    with stream(preview, cookie) as a:
        page = Page(a)
        opened(page, fps=20, seed=3)
        assert ask(page, type="take_stop")["code"] == "bad_state"

        def some_frames() -> bool:
            so_far = ask(page, type="take_minute")
            ask(page, type="take_drop", name=so_far["name"])
            return bool(so_far["frames"] >= 2)

        soon(some_frames)
        assert ask(page, type="take_record")["recording"] is True
        assert ask(page, type="take_record")["code"] == "bad_state"
        revision = ask(page, type="direct", values={"level": 0.5}, over=0)["revision"]
        page.frame(revision)
        take = ask(page, type="take_stop")
        assert take["type"] == "take" and take["name"].startswith("take") and take["frames"] >= 1
        text = ask(page, type="take_text", name=take["name"])["text"]
        assert '"level":0.5' in text and len(text) == take["bytes"]
        minute = ask(page, type="take_minute")
        assert minute["frames"] > take["frames"], "what was before the take belongs to the last minute, too"
        assert ask(page, type="take_drop", name=minute["name"])["takes"][0]["name"] == take["name"]
        assert ask(page, type="take_replay", name=take["name"])["code"] == "bad_state", "not over the live picture"
        with stream(preview, cookie, session="take-1") as b:
            other = Page(b)
            other.until("hello")
            assert other.until("takes")["takes"] == [{k: take[k] for k in ("name", "frames", "seconds", "bytes")}]
            assert ask(other, type="take_replay", name="take 99")["code"] == "bad_argument"
            assert ask(other, type="take_record")["code"] == "bad_state", "the replay is not recorded"
            other.say(type="take_replay", name=take["name"])
            done = other.until("replayed")
            assert done["compared"] == done["equal"] == take["frames"] and done["at"] == pytest.approx(take["seconds"])
            e = ask(page, type="take_open", name="mine", text=text.replace('"level":0.5', '"level":'))
            assert e["code"] == "bad_take" and e["message"].startswith("mine")
            assert ask(page, type="take_drop", name=take["name"])["takes"] == []
            assert ask(page, type="way_take", option="a")["code"] == "bad_state"
            assert ask(other, type="way_show", option="a")["code"] == "bad_state"


def test_kept_takes_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    def text(k: int) -> str:
        begin = {"type": "open", "values": {}}
        lines = [{"type": "take", "format": "1.0", "bundle": "testcard", "seed": k}, begin, {"type": "end", "time": 2}]
        return "".join(json.dumps(line) + "\n" for line in lines)

    kept = takes.KeptTakes()
    for k in range(takes.MAX_TAKES + 3):
        kept.add("take", text(k))
    names = [t["name"] for t in kept.told()]
    assert len(names) == takes.MAX_TAKES and names[-1] == f"take {takes.MAX_TAKES + 3}"
    assert kept.get(names[0]).seconds == 2
    monkeypatch.setattr(takes, "MAX_TEXT", 2 * len(text(0)) + 20)
    kept.add("take", text(1))
    assert len(kept.told()) == 2


def test_cutscenes_of_other_programs(preview: Preview) -> None:
    with stream(preview, enter(preview)) as ws:
        page = Page(ws)
        opened(page)
        table = b"shot,lane,at,value\ndawn,level,0,0.25\n"
        data = {"base64": base64.b64encode(table).decode()}
        got = ask(page, type="cutscene_import", name="../../keys.csv", data=data)
        document = json.loads(got["document"])
        assert document["bundle"] == "testcard" and document["shots"]["dawn"]["lanes"]["level"]["keys"][0]["value"] == 0.25
        out = ask(page, type="cutscene_export", name="keys.csv", document=got["document"])
        assert "key,dawn,level,0,0.25" in out["text"] and out["notes"]
        again = ask(page, type="cutscene_import", name="keys.csv", data=data, into=got["document"])
        assert json.loads(again["document"])["shots"] == document["shots"]
        for wrong in (
            {"type": "cutscene_import", "name": "film.mov", "data": data},
            {"type": "cutscene_import", "name": "keys.otio", "data": data},
            {"type": "cutscene_export", "name": "keys.mov", "document": got["document"]},
            {"type": "cutscene_export", "name": "keys.csv", "document": "{}"},
            {"type": "cutscene_export", "name": "keys.csv", "document": got["document"], "fps": 0.5},
            {"type": "cutscene_import", "name": "keys.csv", "data": data, "into": "no document"},
        ):
            e = ask(page, **wrong)
            assert e["type"] == "error" and e["code"] in ("bad_argument", "bad_cutscene", "missing_package") and e["hint"], wrong
        assert ask(page, type="cutscene_import", name="keys.csv", data={"base64": "%"})["code"] == "bad_message"
