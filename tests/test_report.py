"""`dreambridge report`: what is in the file, and what must never be."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import end, python_env, serve
from dreambridge.commands import report_take
from dreambridge.commands.redact import Redactor
from dreambridge.system.connection_file import Connection, file_of, read, write


def dreambridge(*words: str, code: int = 0, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dreambridge", *words], capture_output=True, text=True, check=False, env=python_env() | env
    )
    assert done.returncode == code and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done.stdout + done.stderr


def contents(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as box:
        return {name: box.read(name).decode() for name in box.namelist()}


def test_a_report_says_what_helps_and_names_nobody(tmp_path: Path) -> None:
    home = tmp_path / "mira"
    home.mkdir()
    env = {"HOME": str(home), "LOGNAME": "mira", "DREAMBRIDGE_BUNDLES": str(home / "bundles")}
    write(Connection("1.0", "0.1.0", "short", "tcp://127.0.0.1:1", "x", 2**22 + 1, 1, 1))
    p = serve("told", "--log-file", str(tmp_path / "told.txt"))
    try:
        c = read("told")
        assert c
        told = f"hello of Mira in {home}/game, /home/jo/x and C:\\Users\\Jo\\y, http://x/?token={c.token}, nonce abcdefghijkl"
        (tmp_path / "own.log").write_text("too early\n" * 1000 + "".join(f"line {n}\n" for n in range(200)) + told)
        said = dreambridge("report", "--out", str(tmp_path / "r.zip"), "--log", str(tmp_path / "own.log"), **env)
        again = dreambridge("report", "--out", str(tmp_path / "r.zip"), code=1, **env)
    finally:
        end(p)
        file_of("short").unlink(missing_ok=True)
    assert str(tmp_path / "r.zip") in said and "Read the files" in said
    assert "r.zip exists" in again and "--out" in again
    files = contents(tmp_path / "r.zip")
    logs = {name: text for name, text in files.items() if name.startswith("logs/")}
    assert set(files) - set(logs) == {"README.txt", "doctor.json", "versions.json"}
    assert all(name in files["README.txt"] for name in logs)
    assert any(f["topic"] == "onnxruntime" for f in json.loads(files["doctor.json"]))
    versions = json.loads(files["versions.json"])
    assert versions["packages"]["numpy"] and versions["settings"]["DREAMBRIDGE_BUNDLES"] == "~/bundles"
    own = files["logs/1-own.log"]
    assert "line 199" in own and "line 0" in own and own.count("too early") < 300
    assert (
        "in ~/game, /home/USER/x and C:\\Users\\USER\\y" in own and "token=TOKEN, nonce TOKEN" in own and "hello of USER" in own
    )
    if sys.platform == "linux":
        assert any("the daemon 'told' listens" in text for text in logs.values()), "a running daemon's log is found"
    everything = "".join((*files, *files.values()))
    for private in (c.token, str(home), "mira", "Mira", "/jo/", "abcdefghijkl"):
        assert private not in everything, private


def test_the_last_take_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest one of the working folder, or the one that is named: replayed, it is the same take."""
    document = '{"title": "Mira\\u0027s night"}'
    lines: list[dict[str, object]] = [
        {"type": "take", "format": "1.0", "bundle": str(tmp_path / "mira" / "b"), "seed": 7},
        {"type": "file", "sha256": "ab", "data": "Mira/mira+Mira="},
        {"type": "cutscene_load", "frame": 0, "document": document, "sha256": "old"},
        {"type": "direct", "frame": 3, "values": {"prompt": "the house of mira"}},
    ]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.take.jsonl").write_text("{}\n")
    os.utime(tmp_path / "old.take.jsonl", (1, 1))
    (tmp_path / "new.take.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    env = {"HOME": str(tmp_path / "mira"), "LOGNAME": "mira"}
    dreambridge("report", "--out", "r.zip", **env)
    files = contents(tmp_path / "r.zip")
    first, data, loaded, directed = map(json.loads, files["last.take.jsonl"].splitlines())
    assert "new.take.jsonl" in files["README.txt"] and first["bundle"] == "~/b" and data == lines[1], "bytes hold no names"
    assert loaded["sha256"] == hashlib.sha256(loaded["document"].encode()).hexdigest() and "USER" in loaded["document"]
    assert directed["values"] == {"prompt": "the house of USER"}
    dreambridge("report", "--out", "s.zip", "--take", "old.take.jsonl", **env)
    assert contents(tmp_path / "s.zip")["last.take.jsonl"] == "{}\n"
    said = dreambridge("report", "--out", "t.zip", "--take", "none.take.jsonl", code=1, **env)
    assert "none.take.jsonl cannot be read" in said
    with (tmp_path / "new.take.jsonl").open("r+b") as f:
        f.truncate(report_take.MAX_TAKE_BYTES + 1)
    dreambridge("report", "--out", "u.zip", **env)
    files = contents(tmp_path / "u.zip")
    assert "last.take.jsonl" not in files and "left out" in files["README.txt"] and "new.take.jsonl" in files["README.txt"]


def test_without_a_log_it_says_how_to_get_one(tmp_path: Path) -> None:
    dreambridge("report", "--out", str(tmp_path / "r.zip"))
    assert "serve --log-file FILE" in contents(tmp_path / "r.zip")["README.txt"]
    said = dreambridge("report", "--log", str(tmp_path / "none.log"), "--out", str(tmp_path / "s.zip"), code=1)
    assert "none.log cannot be read" in said and not (tmp_path / "s.zip").exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mira's PC is MIRAGE, not mira-2", "USER's PC is MIRAGE, not USER-2"),
        ("on desk7.example.org and desk7", "on HOST and HOST"),
        ('"home": "C:\\\\Users\\\\Mira\\\\x"', '"home": "~\\\\x"'),
        ("client_key: 0123456789abcdef", "client_key: TOKEN"),
        ("GET /obs?key=0123456789abcdef HTTP/1.1", "GET /obs?key=TOKEN HTTP/1.1"),
        ('key = "a-long-secret"', 'key = "TOKEN"'),
        ("no such key: x, monkey=0123456789", "no such key: x, monkey=0123456789"),
        ("srt://h:1?mode=caller&passphrase=pass:word,1&x=2", "srt://h:1/TOKEN"),
        ('"passphrase": "pass:word", streamid=#!::r=live/K,m=publish&x', '"passphrase": "TOKEN", streamid=TOKEN&x'),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer TOKEN"),
        ("to rtmp://u:p@h.example/app/KEY/ and rtmps://h/KEY: refused", "to rtmp://h.example/TOKEN and rtmps://h/TOKEN refused"),
        ("at https://c.example/KEY/webRTC/publish", "at https://c.example/TOKEN"),
        ("at https://u:p@c.example/docs/live", "at https://TOKEN@c.example/docs/live"),
        ("token=aaaaaaaa.bbbbbbbb.cccccccc", "token=TOKEN"),
        ("no tokens here, the token was refused", "no tokens here, the token was refused"),
    ],
)
def test_redactor(text: str, shown: str) -> None:
    r = Redactor(["s3cret-token"], "C:\\Users\\Mira", "mira", "desk7.example.org")
    assert r.text(text) == shown and r.text("a s3cret-token b") == "a TOKEN b"


def test_names_that_many_have_are_words() -> None:
    assert Redactor([], "/root", "root", "localhost").text("root of localhost") == "root of localhost"
    assert Redactor([], "/", "", "").text("/a/b") == "/a/b"


def test_a_short_token_is_no_secret() -> None:
    """A connection file that another program wrote with the token "x" spelt onnxruntime as onnTOKENruntime."""
    assert Redactor(["x", "", "dead"], "/", "", "").text("onnxruntime is dead") == "onnxruntime is dead"
