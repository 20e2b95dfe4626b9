"""Unity's plain-C# core, compiled by Roslyn, on .NET 8 and on mono, against the real daemon."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import msgspec
import numpy as np
import pytest
from conftest import ROOT, CSharp
from dreambridge.bundle.manifest import Manifest
from dreambridge.conditioning.timeline import eased
from dreambridge.conditioning.values import encode, find
from dreambridge.protocol import requests as M
from dreambridge.protocol.codec import decode_plain
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L
from dreambridge.system.connection_file import Connection, file_of, read, write

from devtools import impostor
from devtools.csharp_testbed import Refused, Runtime, env

pytestmark = pytest.mark.timeout(600)
VISTA = ROOT / "python" / "dreambridge" / "bundles" / "vista" / "bundle.json"


def test_a_warning_is_refused(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    """The control of all that compiles: what newer C# can, what may be null, and what is never used are refused."""
    for number, body in enumerate(
        ("string s = null; return s.Length;", "int unused = 1; return 2;", "return new[] { 1 } is [var x] ? x : 0;")
    ):
        source = tmp_path / "bad.cs"
        source.write_text(f"class A {{ static int F() {{ {body} }} }}")
        with pytest.raises(Refused, match=("CS8600", "CS0219", "CS8652|CS9058|CS8936|CS8773")[number]):
            csharp.bed.compile(tmp_path / "bad.dll", [source], runtime)


def test_what_the_standard_lacks_is_refused(csharp: CSharp, tmp_path: Path) -> None:
    """The control of the asmdefs' compilation: a member that .NET 8 has and .NET Standard 2.1 has not."""
    source = tmp_path / "newer.cs"
    source.write_text("static class A { static int F() => System.Environment.ProcessId; }")
    csharp.bed.compile(tmp_path / "newer.dll", [source], "net8")
    with pytest.raises(Refused, match="CS0117"):
        csharp.bed.compile(tmp_path / "newer.dll", [source], "netstandard")


def test_vectors(csharp: CSharp, runtime: Runtime) -> None:
    got = csharp.run(runtime, "vectors", str(ROOT / "protocol" / "vectors"))
    assert got["failures"] == [] and got["ran"] > 240


def test_vectors_can_fail(csharp: CSharp, tmp_path: Path) -> None:
    """The control of the test above: changed vectors are not found right."""
    for path in (ROOT / "protocol" / "vectors").glob("*.json"):
        (tmp_path / path.name).write_text(
            path.read_text().replace(b"dreambridge".hex(), "ff" * 11).replace('"bytes": "cc80"', '"bytes": "cc81"')
        )
    failures = csharp.run("net8", "vectors", str(tmp_path))["failures"]
    assert any("cc81" in f for f in failures) and any(f.startswith("hello") for f in failures)


def test_requests(csharp: CSharp) -> None:
    """What open writes is what the daemon's strict type has."""
    strict = msgspec.msgpack.Decoder(M.Open)
    opened = [strict.decode(bytes.fromhex(r)) for r in csharp.run("net8", "requests")["requests"]]
    assert [o.fps for o in opened] == [None, 0, 12.0]
    for hexed, o in zip(csharp.run("mono", "requests")["requests"], opened, strict=True):
        sent = decode_plain(bytes.fromhex(hexed))
        assert set(sent) - {"type"} <= {f.name for f in msgspec.structs.fields(M.Open)}
        assert (o.bundle, o.seed, o.threads, o.priority, o.max_cpu, o.level, o.paused, o.less_flashing, o.slots) == (
            "vista",
            3,
            2,
            "idle",
            0.5,
            "light",
            True,
            True,
            8,
        )
        assert o.values["weather"] == "storm" and len(o.values["pose"]) == 204


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dreambridge.Daemon]:
    """One that finds a broken bundle, too."""
    folder = tmp_path_factory.mktemp("bundles")
    (folder / "broken").mkdir()
    (folder / "broken" / "bundle.json").write_text("{}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_BUNDLES", str(folder))
        with dreambridge.start() as d:
            yield d


def test_dialogue(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    got = csharp.run(runtime, "dialogue", daemon.name)
    right = (
        "early",
        "thread",
        "obeyed",
        "bars",
        "transition",
        "settled",
        "replaced",
        "still",
        "stepped",
        "restored",
        "answers",
        "stats",
        "refused",
        "unset",
        "adopted",
        "closed",
        "another",
    )
    assert all(got[name] for name in right) and not got["early_settled"], got
    assert (
        got["first"] == 128
        and got["seed"] == 5
        and got["seed_of_cut"] == 77
        and got["schema"] == "level Number 0 1"
        and {"testcard 256x256 1", "broken bad_bundle"} <= set(got["bundles"])
    )
    codes = [e.rsplit("[", 1)[1].rstrip("]") for e in got["errors"]]
    assert codes == ["unknown_condition", *["bad_value"] * 3, "bad_snapshot", "bad_argument", "too_large", "unknown_type"], got[
        "errors"
    ]
    assert got["states"][:3] == ["Searching", "Opening", "Playing"] and got["states"][-1] == "Closed"


KINDS: dict[str, dict[str, Any]] = {
    "count": {"kind": "number", "discrete": True, "range": [0, 10], "description": "A whole number."},
    "moment": {"kind": "event", "options": ["storm", "lamp"], "description": "Moments."},
    "knock": {"kind": "event", "description": "One moment."},
    "sound": {"kind": "audio", "description": "What sounds."},
    "figures": {"kind": "pose", "figures": 2, "description": "Two figures."},
    "wind": {"kind": "vector", "size": 3, "range": [-1, 1], "description": "Three numbers."},
    "reference": {"kind": "image", "description": "A picture."},
    "written": {"kind": "vector", "size": 3, "description": "By an encoder."},
}


def test_schema_and_helpers(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    """The inspector and the daemon report the same problems of a value, for Vista's conditions and for all kinds."""
    manifest = json.loads(VISTA.read_text())
    manifest["conditions"] |= KINDS
    manifest["encoders"].append({"graph": "palette", "inputs": {}, "outputs": {"mean": {"condition": "written"}}})
    (tmp_path / "bundle.json").write_text(json.dumps(manifest))
    schema = msgspec.json.decode((tmp_path / "bundle.json").read_bytes(), type=Manifest).directed
    values: list[Any] = [
        None,
        0,
        0.5,
        7,
        23.5,
        -1,
        25,
        1e9,
        "storm",
        "stormy",
        "",
        "  ",
        "x" * 3000,
        True,
        *([0.0] * n for n in (3, 17, 50, 51, 102, 153)),
        [2.0] * 3,
        [2.0] * 17,
        {"storm": 0.5, "clear": 0.5},
        {"storm": 0.5},
        {"storm": -1},
        {"storm": 7},
        {"clear": 0},
        {},
        [],
        ["a"],
        ["storm", "lamp"],
        {"width": 1, "height": 1},
        {"width": 1, "height": 1, "rgb": "no"},
    ]
    pairs = [(name, value) for name in [*schema, "wether", "written"] for value in values]
    wanted = []
    for name, value in pairs:
        try:
            c = find(schema, name)
            if value is not None:
                encode(name, c, value, lambda *_: np.zeros(1152, np.float32))
            wanted.append("")
        except DreamError as e:
            wanted.append(e.code)
    lines = tmp_path / "values.jsonl"
    lines.write_text("\n".join(json.dumps(p) for p in pairs))
    got = csharp.run(runtime, "helpers", str(tmp_path / "bundle.json"), str(lines))
    assert got["failures"] == [] and got["bundle"] == f"vista 256x256 {len(schema)}"
    different = [(p, w, c) for p, w, c in zip(pairs, wanted, got["codes"], strict=True) if w != c]
    assert different == []
    assert len({*wanted}) == 3 and got["eased"] == pytest.approx([eased(e, 0.3) for e in ("linear", "smooth", "in", "out")])


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"XDG_RUNTIME_DIR": "/run/user/7"},
        {"TMPDIR": "/var/tmp"},
        {"TMPDIR": "/missing"},
        {"DREAMBRIDGE_RUNTIME_DIR": "/a b/ü"},
    ],
)
def test_connection_folder(csharp: CSharp, runtime: Runtime, variables: dict[str, str]) -> None:
    drop = ("DREAMBRIDGE_RUNTIME_DIR", "XDG_RUNTIME_DIR", "TMPDIR", "TEMP", "TMP")
    ours = {k: v for k, v in env().items() if k not in drop} | variables
    code = "from dreambridge.system.connection_file import file_of; print(file_of('default'))"
    wanted = subprocess.run([sys.executable, "-c", code], env=ours, capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run(csharp.command(runtime, "folder", "default"), env=ours, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["path"] == wanted


def test_connection_file(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    got, c = csharp.run(runtime, "folder", daemon.name), read(daemon.name)
    assert c and (got["endpoint"], got["pid"], got["epoch"], got["token"], got["version"]) == (
        c.endpoint,
        c.pid,
        str(c.epoch),
        c.token,
        c.version,
    )
    assert got["package"] == dreambridge.__version__
    # of a process that is gone, or of another one with its number
    for number, (pid, started) in enumerate(((2**22 + 1, 1), (os.getpid(), 1))):
        write(Connection("0.9", "0.1.0", f"dead{number}", "tcp://127.0.0.1:1", "x", pid, started, 1))
        assert csharp.run(runtime, "folder", f"dead{number}")["endpoint"] is None
    file_of("half").write_text('{"protocol": "0.9", "endp')
    assert csharp.run(runtime, "folder", "half")["endpoint"] is None


def test_wrong_token(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    """Said once, with the way out; when the file is right again the client is in."""
    right = read(daemon.name)
    assert right
    name = f"wrong-{runtime}"
    write(msgspec.structs.replace(right, name=name, token="no"))
    said = csharp.run(runtime, "refused", name, "1.5")
    assert said["live"] == 0 and len(said["errors"]) == 1 and "wrong_token" in said["errors"][0] and said["stop_ms"] < 1000, said
    mend = threading.Timer(1.0, lambda: write(msgspec.structs.replace(right, name=name)))
    mend.start()
    said = csharp.run(runtime, "refused", name, "4")
    mend.join()
    assert said["live"] > 0 and said["lost"] == [], said


def test_no_daemon_at_all(csharp: CSharp, runtime: Runtime) -> None:
    """The command to start one is a line of its own, so that it can be pasted."""
    said = csharp.run(runtime, "folder", "nobody")["missing"]
    assert "not_running" in said and "\ndreambridge serve --name nobody\nOr " in said, said


def test_no_daemon_behind_the_file(csharp: CSharp, runtime: Runtime) -> None:
    with impostor.listener(f"web-{runtime}", b"HTTP/1.1 400 Bad Request\r\n" + b"x" * 64):
        said = csharp.run(runtime, "refused", f"web-{runtime}", "1.5")
    assert said["live"] == 0 and len(said["errors"]) == 1 and "not a Dreambridge daemon" in said["errors"][0], said


def test_another_protocol_is_told_once(csharp: CSharp, runtime: Runtime) -> None:
    """A peer that answers hello with protocol_mismatch, as a daemon of another major does."""
    with impostor.listener(f"major-{runtime}", impostor.refusal()):
        said = csharp.run(runtime, "refused", f"major-{runtime}", "2.5")
    assert said["live"] == 0 and len(said["errors"]) == 1 and "1.0" in said["errors"][0] and "2.0" in said["errors"][0], said


def test_layout_constants_are_not_typed_twice() -> None:
    """Offsets are in one generated file: the others refer to it."""
    core = ROOT / "unity_plugin" / "Runtime" / "Core"
    assert f"const int Latest = {L.LATEST};" in (core / "Protocol" / "RingLayout.cs").read_text()
    for path in (core / "Ring").glob("*.cs"):
        assert "Word(1" not in path.read_text() and "Int32(4" not in path.read_text(), path


def test_a_flood_of_messages_holds_up_no_tick(csharp: CSharp, runtime: Runtime) -> None:
    """They are handled in ticks of a bounded length, in their order; the rest stays with the daemon until its turn comes."""
    count, name = 60_000, f"flood-{runtime}"
    with impostor.listener(name, impostor.flood(count)):
        got = csharp.run(runtime, "flood", name, str(count))
    assert got["handled"] == count and got["in_order"], got
    assert got["without_time"] == "111", "a tick that has no time left handles one, so that it ends"
    assert got["most_in_a_tick"] < count / 10, got
    assert got["waiting"] < count / 10, "what the main thread did not come to is not kept in memory"


def test_pictures_of_the_view_are_timed_to_the_next_step(csharp: CSharp, runtime: Runtime) -> None:
    """As in Godot (test_godot_view.py): younger than a picture with each frame, one for each step, and again so after a hitch."""
    got = csharp.run(runtime, "capture_timer")
    for travel in (8, 50):
        timed, naive = got[f"with_{travel}"], got[f"without_{travel}"]
        assert timed["age_p50"] < travel + 16.7 + 28 + 16.7 and timed["age_p50"] < naive["age_p50"] - 5, got
        assert timed["age_p95"] < naive["age_p95"] and timed["sent_least"] > 0.95 and timed["sent_most"] < 1.05, got
        assert timed["fresh_least"] > 0.9, got
    assert got["hitch"]["sent_least"] > 0.9, got
