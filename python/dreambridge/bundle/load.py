"""Finds, reads and checks bundles. Nothing of a bundle is ever imported, unpickled or executed but ONNX graphs."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dreambridge.bundle.checks import check_manifest
from dreambridge.bundle.manifest import FORMAT, Manifest, Resource
from dreambridge.bundle.reading import MAX_MANIFEST_BYTES, inside, parse_manifest, read_file
from dreambridge.bundle.resources import find_resource
from dreambridge.protocol.errors import DreamError


@dataclass(frozen=True)
class Bundle:
    """A bundle whose ``bundle.json`` was read and whose structure was checked; graphs are read on demand."""

    folder: Path
    manifest: Manifest
    digest: str

    @property
    def name(self) -> str:
        """The name that opens it: its folder's. The manifest's own name is for people."""
        return Path(os.path.abspath(self.folder)).name

    def file(self, r: Resource) -> Path:
        """The checked path of a file of the bundle or of a distribution."""
        if r.distribution is not None:
            return find_resource(r.distribution, r.resource or "", r.sha256)
        if not r.file:
            raise DreamError("bad_bundle", f"A graph of {self.manifest.name!r} names no file.", "Give `file`, or `distribution`.")
        path = inside(self.folder, r.file)
        if not path.is_file():
            text = "is not a regular file" if path.exists() else "is missing"
            raise DreamError("bad_bundle", f"The file {r.file!r} of {self.manifest.name!r} {text}.", "Install the bundle again.")
        return path

    def graph(self, name: str) -> bytes:
        """The bytes of a graph, after its sha256 was checked."""
        if name not in self.manifest.graphs:
            raise DreamError(
                "bad_bundle",
                f"bundle.json uses the graph {name!r} but `graphs` has only {sorted(self.manifest.graphs)}.",
                "Add it.",
            )
        r = self.manifest.graphs[name]
        path = self.file(r)
        data = path.read_bytes()
        found = hashlib.sha256(data).hexdigest()
        if found != r.sha256:
            raise DreamError(
                "bad_bundle",
                f"{path.name} has the sha256 {found[:12]}…, bundle.json states {r.sha256[:12]}….",
                "The file was changed or damaged: install the bundle again, or export it anew.",
            )
        return data


def load_bundle(folder: Path) -> Bundle:
    """Read and check ``folder/bundle.json``; DreamError ``bad_bundle`` or ``bundle_too_new``."""
    name = f"{folder.name}/bundle.json"
    raw = read_file(inside(folder, "bundle.json"), MAX_MANIFEST_BYTES, name)
    version = str(parse_manifest(raw, name).get("format", ""))
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,9})*", version):
        raise DreamError(
            "bad_bundle", f"{name}: its format is {version[:40]!r}.", f"Give a version, such as {FORMAT[0]}.{FORMAT[1]}."
        )
    major = int(version.split(".")[0])
    if major > FORMAT[0]:
        raise DreamError(
            "bundle_too_new",
            f"The bundle {folder.name!r} has format {version}; this daemon reads {FORMAT[0]}.x.",
            "Update dreambridge (pip install -U dreambridge), or export the bundle for the older format.",
        )
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as e:
        raise DreamError("bad_bundle", f"{name}: {e}.", "See protocol/BUNDLE.md.") from e
    bundle = Bundle(folder, manifest, hashlib.sha256(raw).hexdigest())
    check_manifest(manifest)
    return bundle
