"""`dreambridge bundles pull oci:…`: the ORAS project's client with a registry on this machine."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("oras", reason="the extra `oci` is not installed")

from dreambridge.bundle.find import find_bundles
from dreambridge.commands import bundles, bundles_oci
from dreambridge.commands.bundles_oci import TITLE
from dreambridge.protocol.errors import DreamError


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """The part of the OCI distribution protocol that reads. It wants a bearer token, as public registries do."""

    server: "Registry"

    def do_GET(self) -> None:
        s, path = self.server, self.path.partition("?")[0]
        s.asked.append((path, self.headers.get("Range", "")))
        s.speaks.wait(20.0)
        if s.private and path == "/token":
            self.answer(403, b"{}", {})
        elif path == "/token":
            self.answer(200, json.dumps({"token": "t"}).encode(), {})
        elif self.headers.get("Authorization") != "Bearer t":
            about = f'Bearer realm="http://127.0.0.1:{s.server_port}/token",service="here",scope="repository:acme/card:pull"'
            self.answer(401, b"{}", {"WWW-Authenticate": about})
        elif path == "/v2/acme/card/manifests/1.0" or path == f"/v2/acme/card/manifests/{digest_of(s.manifest)}":
            self.answer(200, s.manifest, {"Content-Type": "application/vnd.oci.image.manifest.v1+json"})
        elif path.removeprefix("/v2/acme/card/blobs/") in s.blobs:
            content = s.blobs[path.removeprefix("/v2/acme/card/blobs/")]
            begin = int((self.headers.get("Range") or "bytes=0-")[6:-1])
            self.answer(206 if begin else 200, content[begin:], {}, s.cut if content is s.largest else 1.0)
        else:
            self.answer(404, b"{}", {})

    def answer(self, code: int, content: bytes, more: dict[str, str], share: float = 1.0) -> None:
        self.send_response(code)
        for name, value in ({"Content-Length": str(len(content))} | more).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: int(len(content) * share)])
        if share < 1:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Registry(http.server.ThreadingHTTPServer):
    """``files`` by name, each a layer, as `oras push` makes them; ``cut``: the share of the largest that is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.cut, self.private, self.speaks = 1.0, False, threading.Event()
        self.speaks.set()

    def put(self, files: dict[str, bytes]) -> None:
        self.blobs = {digest_of(c): c for c in files.values()}
        self.largest = max(files.values(), key=len)
        layers = [
            {"mediaType": "application/octet-stream", "digest": digest_of(c), "size": len(c), "annotations": {TITLE: n}}
            for n, c in files.items()
        ]
        self.manifest = json.dumps({"schemaVersion": 2, "config": {}, "layers": layers}).encode()

    @property
    def name(self) -> str:
        return f"oci:127.0.0.1:{self.server_port}/acme/card"


@pytest.fixture()
def registry() -> Iterator[Registry]:
    with Registry() as server:
        card = find_bundles()["testcard"]
        server.put({p.name: p.read_bytes() for p in card.iterdir()} | {"junk.bin": b"junk", "../out": b"out"})
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield server
        server.shutdown()
        serving.join(10)


@pytest.fixture()
def into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path / "mine"))
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    return tmp_path / "mine"


def test_the_files_of_a_bundle_are_pulled(registry: Registry, into: Path) -> None:
    told = bundles.pull(f"{registry.name}:1.0")
    assert told["bundle"] == "card" and (into / "card" / "step.onnx").read_bytes() in registry.blobs.values()
    assert not any(digest_of(b"junk") in path or digest_of(b"out") in path for path, _ in registry.asked)
    assert sorted(p.name for p in into.iterdir()) == ["card"] and not list((into.parent / "cache" / "downloads").iterdir())
    by_digest = f"{registry.name}@{digest_of(registry.manifest)}"
    assert bundles.pull(by_digest, name="pinned")["digest"] == told["digest"]


def test_an_archive_is_pulled(registry: Registry, into: Path, tmp_path: Path) -> None:
    import shutil

    packed = Path(shutil.make_archive(str(tmp_path / "card"), "zip", find_bundles()["testcard"]))
    registry.put({"card.zip": packed.read_bytes()})
    assert bundles.pull(f"{registry.name}:1.0")["bundle"] == "card"


def test_a_download_that_was_cut_goes_on(registry: Registry, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles_oci, "BLOCK", 256)  # what is kept of a file is whole blocks, and this one is small
    registry.cut = 0.99
    with pytest.raises(DreamError, match="could not be downloaded") as e:
        bundles.pull(f"{registry.name}:1.0")
    assert e.value.code == "no_access" and not (into / "card").exists()
    registry.cut = 1.0
    registry.asked.clear()
    assert bundles.pull(f"{registry.name}:1.0")["bundle"] == "card"
    begun = [int(r[6:-1]) for _, r in registry.asked if r]
    assert begun and begun[0] > 0.5 * len(registry.largest), registry.asked


def test_wrong_artifacts(registry: Registry, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, blobs = registry.manifest, dict(registry.blobs)
    for name, told in (
        ("card", "is not a reference"),
        (f"{registry.name[4:]}:none", "404"),
        ("127.0.0.1:1/acme/card:1", "could not be"),
    ):
        with pytest.raises(DreamError, match=told):
            bundles.pull(f"oci:{name}", name="card")
    step = next(d for d, c in blobs.items() if c is registry.largest)
    registry.blobs[step] = bytes(len(registry.largest))  # the registry lies
    registry.largest = registry.blobs[step]
    with pytest.raises(DreamError, match="is not the file with the digest"):
        bundles.pull(f"{registry.name}:1.0")
    registry.blobs = blobs
    layers = json.loads(good)["layers"]
    for change, told in (
        ([layer for layer in layers if layer["digest"] != step], "which its bundle.json names"),
        ([layer | {"size": 2**50} for layer in layers], "The artifact's files take"),
        ([layer | {"digest": "md5:0"} for layer in layers], "has no sha256"),
        ([], "has neither a bundle.json nor one archive"),
        (5, "is not that of files"),
    ):
        registry.manifest = json.dumps({"layers": change}).encode()
        with pytest.raises(DreamError, match=told):
            bundles.pull(f"{registry.name}:1.0")
    registry.manifest = b"[" * 5_000_000
    with pytest.raises(DreamError, match="its manifest has more than"):
        bundles.pull(f"{registry.name}:1.0")
    assert not (into / "card").exists()


def test_a_registry_that_falls_silent_is_given_up(registry: Registry, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles_oci, "SILENT_S", 0.3)
    registry.speaks.clear()
    try:
        with pytest.raises(DreamError, match="could not be downloaded") as e:
            bundles.pull(f"{registry.name}:1.0")
    finally:
        registry.speaks.set()
    assert e.value.code == "no_access" and "it goes on" in e.value.hint
    assert len(registry.asked) == 1, "it did not wait for the answer"


def test_a_private_repository_says_how_to_log_in(registry: Registry, into: Path) -> None:
    registry.private = True
    with pytest.raises(DreamError) as e:
        bundles.pull(f"{registry.name}:1.0")
    assert e.value.code == "no_access" and f"docker login 127.0.0.1:{registry.server_port}" in e.value.hint, e.value
