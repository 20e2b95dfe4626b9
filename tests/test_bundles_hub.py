"""`dreambridge bundles pull hub:…`: the hub's own client, and what it says when it fails."""

import hashlib
import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PATIENCE, python_env
from dreambridge.bundle.find import find_bundles
from dreambridge.commands import bundles
from dreambridge.export.families.checkpoint import open_checkpoint
from dreambridge.protocol.errors import DreamError
from test_bundles_command import call


@pytest.fixture()
def into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of bundles, empty."""
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path / "mine"))
    return tmp_path / "mine"


class Hub(http.server.BaseHTTPRequestHandler):
    """The part of the hub's protocol that its client needs to download one repository."""

    files: dict[str, bytes]
    asked: list[str]
    commit = "0123456789abcdef0123456789abcdef01234567"

    def answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        if path.startswith("/api/models/acme/card/tree/"):
            content, more = json.dumps([self.about(n) for n in self.files]).encode(), {}
        elif path.startswith("/api/models/acme/card"):
            siblings = [{"rfilename": n} for n in self.files]
            content, more = json.dumps({"id": "acme/card", "sha": self.commit, "siblings": siblings}).encode(), {}
        elif path.startswith("/acme/card/resolve/") and path.split("/", 5)[5] in self.files:
            content = self.files[path.split("/", 5)[5]]
            more = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": self.commit}
        else:
            self.send_error(404)
            return
        self.send_response(200)
        for name, value in ({"Content-Length": str(len(content)), "Content-Type": "application/json"} | more).items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def about(self, name: str) -> dict[str, Any]:
        content = self.files[name]
        return {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}

    def do_GET(self) -> None:
        self.answer(True)

    def do_HEAD(self) -> None:
        self.answer(False)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_the_hubs_own_client_downloads_a_bundle(into: Path, tmp_path: Path) -> None:
    """The real client, with a hub on this machine: it keeps links in its cache, and only the bundle's files are asked for."""
    pytest.importorskip("huggingface_hub")
    card = find_bundles()["testcard"]
    Hub.files = {p.name: p.read_bytes() for p in card.iterdir()} | {"junk.bin": b"junk"}
    Hub.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            env = python_env() | {
                "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
                "HF_HOME": str(tmp_path / "hf"),
                "HF_HUB_OFFLINE": "0",
                "DREAMBRIDGE_CACHE": str(tmp_path / "cache"),
                "DREAMBRIDGE_BUNDLES": str(into),
            }
            words = [sys.executable, "-m", "dreambridge", "bundles", "pull", "hub:acme/card", "--json"]
            done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=PATIENCE * 2)
        finally:
            server.shutdown()
            serving.join(PATIENCE)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bundle"] == "card"
    assert (into / "card" / "step.onnx").read_bytes() == Hub.files["step.onnx"]
    assert any(p.endswith("/step.onnx") for p in Hub.asked) and not any("junk" in p for p in Hub.asked)
    assert not [p for p in (into / "card").iterdir() if p.is_symlink()] and not list((tmp_path / "cache" / "downloads").iterdir())


def test_errors_without_a_text(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")

    def fails(name: str, *words: Any, **more: Any) -> str:
        raise TimeoutError

    monkeypatch.setattr(hub, "snapshot_download", fails)
    monkeypatch.setattr(hub, "hf_hub_download", fails)
    calls: list[Callable[[], Any]] = [lambda: bundles.pull("hub:acme/card"), lambda: open_checkpoint("acme/card", None)]
    for downloads in calls:
        with pytest.raises(DreamError, match="acme/card could not be downloaded: TimeoutError") as e:
            downloads()
        assert e.value.code == "no_access"


def test_the_hub_is_asked_by_its_own_client(
    into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the client gives is verified, and what it says is told."""
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path / "cache"))

    def gives(name: str, *, local_dir: Path | None = None, **words: Any) -> str:
        """As the client does: without a folder of its own, links to files in a cache."""
        card, snapshot = find_bundles()["testcard"], tmp_path / "hub" / "snapshots" / "0"
        place = local_dir or snapshot
        place.mkdir(parents=True, exist_ok=True)
        for p in card.iterdir():
            if local_dir:
                shutil.copy(p, place / p.name)
            else:
                (place / p.name).symlink_to(p)
        return str(place)

    monkeypatch.setattr(hub, "snapshot_download", gives)
    assert call(capsys, "pull", "hub:acme/card")[1]["bundle"] == "card"

    def fails(name: str, **words: Any) -> str:
        raise OSError("connection reset at 99 %")

    monkeypatch.setattr(hub, "snapshot_download", fails)
    code, _, said = call(capsys, "pull", "hub:acme/other")
    assert (
        code == 1
        and "acme/other could not be downloaded: OSError: connection reset" in said
        and "goes on where it stopped" in said
    )
    assert bundles.PULLED in (into / "card" / ".dreambridge-made.json").read_text()
