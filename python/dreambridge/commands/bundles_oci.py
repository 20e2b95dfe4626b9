"""Downloads a bundle from an OCI registry, with the client of the ORAS project, which also knows a registry's login."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dreambridge.bundle.budgets import BUNDLE
from dreambridge.bundle.load import load_bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import error_line
from dreambridge.system.imports import install_command
from dreambridge.system.paths import cache_folder

OCI = "oci:"
REFERENCE = re.compile(
    r"(?P<host>[\w.-]+(:\d+)?)/(?P<name>[a-z0-9][a-z0-9._/-]*)((@(?P<digest>sha256:[0-9a-f]{64}))|(:(?P<tag>[\w][\w.-]*)))?"
)
MAX_MANIFEST = 4 * 2**20
BLOCK = 2**18
CONNECT_S, SILENT_S = 10.0, 60.0  # to reach the registry; without a byte from it
TITLE = "org.opencontainers.image.title"  # a layer's annotation: the name of its file
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")


def name_in(reference: str) -> str:
    """The last part of a repository's name."""
    found = REFERENCE.fullmatch(reference)
    return found["name"].split("/")[-1] if found else ""


@contextmanager
def downloaded(reference: str) -> Iterator[Path]:
    """The folder of the bundle's files, or its archive, in the cache; it stays until it was copied, so that a download can go on.

    ``reference`` : HOST/NAME:TAG, or HOST/NAME@sha256:DIGEST. DreamError ``bad_argument``, ``missing_package``, ``no_access``
    (the registry, or what it sent), ``bad_bundle``.
    """
    found = REFERENCE.fullmatch(reference)
    if not found:
        said = f"{reference[:100]!r} is not a reference such as ghcr.io/owner/name:tag."
        raise DreamError("bad_argument", said, "Give oci:HOST/NAME:TAG, or oci:HOST/NAME@sha256:….")
    place = cache_folder() / "downloads" / ("oci-" + hashlib.sha256(reference.encode()).hexdigest()[:24])
    place.mkdir(parents=True, exist_ok=True)
    try:
        try:
            path = _fetched(_layers(_Registry(found), reference), place, reference)
        except DreamError:
            raise
        except Exception as e:  # the client raises exceptions of its own, of its connection and of the operating system
            raise _failed(reference, error_line(e), getattr(getattr(e, "response", None), "status_code", 0)) from e
        yield path
    except DreamError as e:
        if e.code == "bad_bundle":  # another download would bring the same
            shutil.rmtree(place, ignore_errors=True)
        raise
    shutil.rmtree(place, ignore_errors=True)


def _fetched(layers: "dict[str, _Layer]", place: Path, reference: str) -> Path:
    """The files that the bundle.json names, or the only archive."""
    if "bundle.json" not in layers:
        archive = next(iter(layers)) if len(layers) == 1 else ""
        if not archive.endswith(ARCHIVES):
            raise _bad(f"{reference} has neither a bundle.json nor one archive; it has {sorted(layers)[:5]}.")
        layers[archive].fetch(place / archive, reference)
        return place / archive
    layers["bundle.json"].fetch(place / "bundle.json", reference)
    for n in load_bundle(place).own_files():
        if n not in layers:
            raise _bad(f"{reference} has no file {n!r}, which its bundle.json names.")
        layers[n].fetch(place / n, reference)
    return place


def _bad(said: str) -> DreamError:
    return DreamError("bad_bundle", said, "Push the bundle's files as they lie in its folder, with `oras push`.")


def _failed(reference: str, why: str, status: int = 0) -> DreamError:
    """``status``: that of the registry's HTTP response; 0 if there was none."""
    hint = "Check the name and the connection, and run the command again: it goes on where it stopped."
    if status in (401, 403) or "authentication" in why.lower():
        host = reference.partition("/")[0]
        hint = f"Check the name. If the repository is private, run `docker login {host}` or `oras login {host}` first."
    return DreamError("no_access", f"{reference} could not be downloaded: {why}", hint)


class _Registry:
    """The client of one repository. DreamError ``missing_package``."""

    def __init__(self, found: "re.Match[str]") -> None:
        try:
            import oras.container
            import oras.provider
            from requests.adapters import HTTPAdapter
        except ImportError as e:
            said = "The client of OCI registries is not installed."
            raise DreamError("missing_package", said, f"Run: {install_command('dreambridge[oci]')}") from e

        class Client(oras.provider.Registry):  # type: ignore[misc,unused-ignore]
            """Fails at once: the library would try again for two minutes."""

            def do_request(self, *words: Any, **more: Any) -> Any:
                return oras.provider.Registry.do_request.__wrapped__(self, *words, **more)

        class Impatient(HTTPAdapter):
            """The library sets no limits of time: a registry that falls silent would never be given up."""

            def send(self, *words: Any, **more: Any) -> Any:
                return super().send(*words, **more | {"timeout": more.get("timeout") or (CONNECT_S, SILENT_S)})

        host = found["host"]
        local = host.partition(":")[0] in ("127.0.0.1", "localhost")
        self.client = Client(hostname=host, insecure=local)
        self.client.session.mount("http://", Impatient())
        self.client.session.mount("https://", Impatient())
        self.container = oras.container.Container(found[0], registry=host)
        self.digest = found["digest"]
        self.client.auth.load_configs(self.container)
        self.accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"

    def manifest(self) -> bytes:
        """As the registry sends it, at most ``MAX_MANIFEST``."""
        url = f"{self.client.prefix}://{self.container.manifest_url()}"
        with self.client.do_request(url, headers={"Accept": self.accept}, stream=True) as r:
            r.raise_for_status()
            read = bytearray()
            for part in r.iter_content(BLOCK):
                read += part
                if len(read) > MAX_MANIFEST:
                    raise ValueError(f"its manifest has more than {MAX_MANIFEST:,} bytes")
        if self.digest and "sha256:" + hashlib.sha256(read).hexdigest() != self.digest:
            raise ValueError("its manifest has another digest than was asked for")
        return bytes(read)

    def blob(self, digest: str, begin: int) -> Any:
        """The response with a blob from a byte on, if the registry can; else with all of it."""
        self.client.headers = {"Range": f"bytes={begin}-"} if begin else {}
        return self.client.get_blob(self.container, digest, stream=True)


class _Layer:
    """A file of the artifact, with the digest and size that the manifest says."""

    def __init__(self, registry: _Registry, digest: str, size: int) -> None:
        self.registry, self.digest, self.size = registry, digest, size

    def fetch(self, path: Path, reference: str) -> None:
        """Write it, from where an earlier download was cut. DreamError ``no_access``: it ends too early, or is another file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        have = path.stat().st_size if path.exists() else 0
        if have > self.size:
            path.unlink()
            have = 0
        if not path.exists() or have < self.size or not self._right(path):
            with self.registry.blob(self.digest, have if have < self.size else 0) as r:
                r.raise_for_status()
                goes_on = r.status_code == 206 and 0 < have < self.size
                with path.open("ab" if goes_on else "wb") as f:
                    left = self.size - (have if goes_on else 0)
                    for part in r.iter_content(BLOCK):
                        left -= len(part)
                        if left < 0:
                            break
                        f.write(part)
            if left > 0:
                raise _failed(reference, f"{path.name} ended {left:,} bytes too early.")
            if left < 0 or not self._right(path):
                path.unlink()
                raise _failed(reference, f"{path.name} is not the file with the digest {self.digest}.")

    def _right(self, path: Path) -> bool:
        with path.open("rb") as f:
            return path.stat().st_size == self.size and "sha256:" + hashlib.file_digest(f, "sha256").hexdigest() == self.digest


def _layers(registry: _Registry, reference: str) -> dict[str, _Layer]:
    """The files of the artifact by their names, each a plain path inside it."""
    try:
        manifest = json.loads(registry.manifest())
        found = {}
        for layer in manifest["layers"]:
            name, digest, size = str((layer.get("annotations") or {}).get(TITLE, "")), str(layer["digest"]), int(layer["size"])
            parts = name.split("/")
            if not name or any(p in ("", ".", "..") for p in parts) or any(c in name for c in "\\:\0"):
                continue  # no file of a bundle can have this name
            if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest) or size < 0:
                raise ValueError(f"the layer {name!r} has no sha256 or size")
            found[name] = _Layer(registry, digest, size)
    except (KeyError, TypeError, AttributeError, RecursionError) as e:
        raise _bad(f"The manifest of {reference} is not that of files: {error_line(e)}.") from e
    BUNDLE.check(sum(layer.size for layer in found.values()), "bad_bundle", "The artifact's files take")
    return found
