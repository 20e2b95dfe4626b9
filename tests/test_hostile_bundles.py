"""Bundles that are broken on purpose: each is refused with a reason, and none holds up or hides the others (issue 13, T20)."""

import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import dreambridge
import msgspec
import pytest
from conftest import soon
from dreambridge.bundle import reading
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import load_bundle
from dreambridge.commands import cli, doctor
from dreambridge.daemon import bundle_list, requests, server
from dreambridge.daemon.serve import TextLines
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable


def fifo(folder: Path, text: str) -> None:
    (folder / "bundle.json").unlink()
    os.mkfifo(folder / "bundle.json")


def folder_of_that_name(folder: Path, text: str) -> None:
    (folder / "bundle.json").unlink()
    (folder / "bundle.json").mkdir()


def link(to: str) -> Callable[[Path, str], None]:
    def make(folder: Path, text: str) -> None:
        (folder / "bundle.json").unlink()
        (folder / "bundle.json").symlink_to(to)

    return make


def text_of(change: Callable[[str], str]) -> Callable[[Path, str], None]:
    return lambda folder, text: (folder / "bundle.json").write_text(change(text)) and None


def of_size(size: int) -> Callable[[Path, str], None]:
    def make(folder: Path, text: str) -> None:
        with (folder / "bundle.json").open("r+b") as f:
            f.truncate(size)

    return make


DEEP = '"a": ' + "[" * 50_000 + "]" * 50_000 + ", "
BROKEN: dict[str, tuple[Callable[[Path, str], None], str]] = {
    "fifo": (fifo, "is not a regular file"),
    "folder": (folder_of_that_name, "is not a regular file"),
    "device": (link("/dev/zero"), "leaves the bundle's folder"),
    "elsewhere": (link("../good/bundle.json"), "leaves the bundle's folder"),
    "nowhere": (link("gone.json"), "is missing"),
    "huge": (of_size(reading.MAX_MANIFEST_BYTES + 1), f"at most {reading.MAX_MANIFEST_BYTES:,} are allowed"),
    "sparse": (of_size(2**40), "1,099,511,627,776 bytes"),
    "deep": (text_of(lambda t: t.replace("{", "{" + DEEP, 1)), "nested 50001 levels deep; at most 32"),
    "deep-unclosed": (text_of(lambda t: "[" * 100_000), "levels deep"),
    "twice": (text_of(lambda t: t.replace("{", '{"version": "0", ', 1)), "the key 'version' appears twice"),
    "twice-inside": (text_of(lambda t: t.replace('"width": 256', '"width": 256, "width": 8')), "the key 'width' appears twice"),
    "list": (text_of(lambda t: "[]"), "not a JSON object"),
    "empty": (text_of(lambda t: ""), "not valid JSON"),
    "latin": (lambda folder, text: (folder / "bundle.json").write_bytes(b'{"a": "\xe9"}') and None, "not valid JSON"),
    "surrogate": (text_of(lambda t: t.replace('"testcard"', '"\\ud800"')), "bundle.json"),
    "number": (text_of(lambda t: t.replace('"1.1"', "1" + "0" * 5000)), "not valid JSON"),
    "format": (text_of(lambda t: t.replace('"1.1"', '"one"')), "its format is 'one'"),
    "wordy": (
        text_of(lambda t: t.replace('"description": "', '"description": "' + "w" * 300_000, 1)),
        "at most 262,144 are allowed",
    ),
    "newer": (text_of(lambda t: t.replace('"1.1"', '"2.0"')), "has format 2.0"),
}


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    for name, (make, _) in {**BROKEN, "good": (text_of(lambda t: t), "")}.items():
        shutil.copytree(find_bundles()["testcard"], folder / name)
        make(folder / name, (folder / name / "bundle.json").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_BUNDLES", str(folder))
        yield folder


@pytest.mark.parametrize("name", [*BROKEN, "good"])
@pytest.mark.timeout(120)
def test_each_is_refused_with_its_reason(all_of_them: Path, name: str) -> None:
    if name == "good":
        assert load_bundle(all_of_them / name).name == name  # the control
        return
    with pytest.raises(DreamError) as e:
        load_bundle(all_of_them / name)
    assert BROKEN[name][1] in e.value.message and e.value.hint, e.value.message
    assert e.value.code == ("bundle_too_new" if name == "newer" else "bad_bundle")


@pytest.mark.timeout(300)
def test_each_is_one_row_beside_the_good_ones(all_of_them: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the reply to ``bundles``, in ``dreambridge bundles`` and in ``doctor``; and each row's name is what ``open`` takes."""
    with dreambridge.start() as d:
        rows = {r.name: r for r in d.bundles(broken=True)}
        good = {r.name for r in d.bundles()}
        assert {*BROKEN, "good", "vista", "testcard"} <= set(rows) and good == set(rows) - set(BROKEN)
        for name, (_, says) in BROKEN.items():
            error = rows[name].error
            assert error and says in error.message and set(msgspec.to_builtins(rows[name])) == {"name", "error"}
            with pytest.raises(DreamError) as e:
                d.open(name)
            assert (e.value.code, e.value.message, e.value.hint) == (error.code, error.message, error.hint)
        stream = d.open("good", paused=True)  # its manifest says testcard
        assert stream.info.bundle == "good" and rows["good"].view == stream.info.view
    assert cli.main(["bundles", "--json"]) == 0
    listed = {r["name"]: r for r in json.loads(capsys.readouterr().out)}
    assert all(BROKEN[n][1] in listed[n]["error"]["message"] for n in BROKEN) and listed["good"]["title"] == "testcard"
    assert cli.main(["bundles"]) == 0
    said = capsys.readouterr().out
    assert all(f"{n}  cannot be opened" in said for n in BROKEN) and "good (testcard) 1." in said and "vista 2." in said
    found = {f.text.split(":")[0].split(" ")[0]: f for f in doctor.bundles()}
    assert all(found[n].level == "fail" and BROKEN[n][1] in found[n].text for n in BROKEN)
    assert found["good"].level == found["vista"].level == "ok" and "`open` takes 'good'" in found["good"].text


@pytest.mark.parametrize("ask", ["bundles", "open"])
def test_a_slow_disk_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch, ask: str) -> None:
    """Messages of other clients, and of the same one, are answered while a bundle is read; as are those who ask meanwhile."""
    disk, asked, done = threading.Event(), list[str](), list[object]()

    def wait(*words: str) -> None:
        asked.append(ask)
        assert disk.wait(60)

    real_all, real_open = bundle_list.load_all, requests.open_bundle
    monkeypatch.setattr(bundle_list, "load_all", lambda: wait() or real_all())
    monkeypatch.setattr(requests, "open_bundle", lambda name: wait() or real_open(name))
    s = server.Server(f"slow-{ask}")
    thread = threading.Thread(target=s.run)
    thread.start()
    try:
        with dreambridge.connect(s.name) as slow, dreambridge.connect(s.name) as other:

            def work() -> None:
                done.append(slow.bundles() if ask == "bundles" else slow.open("testcard", paused=True))

            askers = [threading.Thread(target=work) for _ in range(5)]
            for a in askers:
                a.start()
            soon(lambda: asked)
            for d in (slow, other):
                with pytest.raises(DreamError) as e:
                    d._channel.ask(M.Stats(session=99), 30)
                assert e.value.code == "unknown_session"
            assert not done
            disk.set()
            for a in askers:
                a.join(60)
            assert len(done) == 5
            assert ask == "open" or len(asked) <= 5
    finally:
        disk.set()
        s.stop()
        thread.join(60)


def test_a_bundle_that_is_read_for_a_client_that_left_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    disk, started = threading.Event(), list[object]()
    real = requests.open_bundle
    monkeypatch.setattr(requests, "open_bundle", lambda name: disk.wait(60) and real(name))
    monkeypatch.setattr(requests, "Session", lambda *a: started.append(a))
    s = server.Server("left")
    thread = threading.Thread(target=s.run)
    thread.start()
    try:
        with dreambridge.connect("left") as d:
            d._channel.send(M.Open(bundle="testcard"))
            soon(lambda: any(c.openings for c in s.clients.values()))
            client = next(iter(s.clients.values()))
        soon(lambda: not s.clients)
        disk.set()
        soon(lambda: not client.openings)
        assert not started
    finally:
        disk.set()
        s.stop()
        thread.join(60)


def test_a_list_of_many_bundles_fits_in_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may tell 256 KiB of itself; what does not fit any more is told by its name alone."""
    text = (find_bundles()["testcard"] / "bundle.json").read_text()
    for k in range(40):
        (tmp_path / f"b{k:02}").mkdir()
        words = "w" * 250_000
        (tmp_path / f"b{k:02}" / "bundle.json").write_text(text.replace('"description": "', f'"description": "{words}', 1))
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    with dreambridge.start() as d:
        rows = [r for r in d.bundles(broken=True) if r.name.startswith("b")]
    assert len(rows) == 40 and rows[0].error is None and rows[39].error and rows[39].error.code == "too_large"


ESCAPES = "\x1b]0;owned\x07\x1b[31m\u202egnp.exe\x9b2J\r\nline"


def test_escape_codes_are_not_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In descriptions, names, errors and the log: a terminal sees them spelled out (T23)."""
    for name, key in (("shown", "description"), ("called", "name"), ("broken", "version"), ("folder \x1b[31m", "license")):
        shutil.copytree(find_bundles()["testcard"], tmp_path / name)
        path = tmp_path / name / "bundle.json"
        m = json.loads(path.read_text()) | {key: ESCAPES}
        if name == "broken":
            m["conditions"][ESCAPES] = {"kind": "choice", "description": ""}
        path.write_text(json.dumps(m))
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    assert cli.main(["bundles"]) == 0
    with pytest.raises(SystemExit):
        cli.main(["doctor"])
    assert cli.main(["export", f"no-such-{ESCAPES}.py", "--out", str(tmp_path / "out")]) == 1
    said = "".join(capsys.readouterr())
    assert "\\x1b]0;owned\\x07\\x1b[31m\\u202egnp.exe\\x9b2J\\x0d" in said and "folder \\x1b[31m" in said
    assert not set(said) & set("\x1b\x07\u202e\x9b\r")
    with pytest.raises(DreamError) as e:
        load_bundle(tmp_path / "broken")
    assert "\x1b" not in e.value.message and "\\x1b" in e.value.message
    line = TextLines("%(levelname)s %(message)s").format(
        logging.LogRecord("dreambridge", logging.INFO, "", 0, "hello from %s", (ESCAPES,), None)
    )
    assert line.isprintable() and "\\x1b" in line


def test_words_of_all_languages_stay_as_they_are() -> None:
    for text in ("Übergröße", "夢の橋", "जगत‌", "👩‍🚀 …", "a\u00a0b", "line"):
        assert printable(text) == text
    assert printable("a\nb\tc") == "a\\x0ab\\x09c" and printable("a\nb\tc", lines=True) == "a\nb\tc"
