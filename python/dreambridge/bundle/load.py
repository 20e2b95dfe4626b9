"""Finds, reads and checks bundles. Only ONNX graphs of a bundle are ever executed; nothing is imported or unpickled."""

import hashlib
import math
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.budgets import BUNDLE
from dreambridge.bundle.checks import check_manifest
from dreambridge.bundle.dtypes import STORAGE, bytes_of, stored
from dreambridge.bundle.manifest import FORMAT, DataFile, Manifest, Resource, StateSpec, TokensSpec
from dreambridge.bundle.reading import MAX_MANIFEST_BYTES, hash_file, inside, parse_manifest, read_file, size_of
from dreambridge.bundle.resources import find_resource
from dreambridge.protocol.errors import DreamError


@dataclass(frozen=True)
class GraphFile:
    """A graph that was read and checked, with the external data that it may use. Nothing is read a second time."""

    name: str
    model: bytes
    data: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Bundle:
    """A bundle with a checked ``bundle.json``; its graphs are read on demand."""

    folder: Path
    manifest: Manifest
    digest: str

    @property
    def name(self) -> str:
        """The name that opens it: that of its folder. The name in the manifest is for people."""
        return Path(os.path.abspath(self.folder)).name

    def file(self, r: Resource) -> Path:
        """The path of a file of the bundle or of a distribution; its content is not checked."""
        if r.distribution is not None:
            return find_resource(r.distribution, r.resource or "")
        if not r.file:
            raise DreamError("bad_bundle", f"A graph of {self.manifest.name!r} names no file.", "Give `file`, or `distribution`.")
        return inside(self.folder, r.file)

    def read(self, r: Resource) -> bytes:
        """The bytes of a file, after their sha256 was checked."""
        return _checked(read_file(self.file(r), BUNDLE.bytes, r.label), r)

    def _data(self, r: Resource) -> dict[str, bytes]:
        files = {d.file: (inside(self.folder, d.file), d) for d in r.data}
        return {name: _checked(read_file(path, BUNDLE.bytes, name), d) for name, (path, d) in files.items()}

    def graph(self, name: str) -> GraphFile:
        """A graph and its external data, after the sha256 of each was checked."""
        if name not in self.manifest.graphs:
            raise DreamError(
                "bad_bundle",
                f"bundle.json uses the graph {name!r} but `graphs` has only {sorted(self.manifest.graphs)}.",
                "Add it.",
            )
        r = self.manifest.graphs[name]
        return GraphFile(name, self.read(r), self._data(r))

    def array(self, d: DataFile, dtype: str, shape: Sequence[int]) -> NDArray[Any]:
        """The tensor of a file: little-endian numbers, row by row.

        DreamError ``bad_bundle`` if it was changed, or has another size.
        """
        wanted = math.prod(shape) * bytes_of(dtype)
        data = _checked(read_file(inside(self.folder, d.file), BUNDLE.bytes, d.label), d)
        if len(data) != wanted:
            said = f"The file {d.file!r} has {len(data):,} bytes; {dtype} {list(shape)} needs {wanted:,}."
            raise DreamError("bad_bundle", said, "Export the bundle again.")
        return np.frombuffer(data, np.dtype(STORAGE[dtype]).newbyteorder("<")).astype(STORAGE[dtype]).reshape(shape)

    def initial(self, s: StateSpec) -> NDArray[Any]:
        """The initial value of a state, as it lies in memory; a new array. DreamError ``bad_bundle``."""
        if isinstance(s.initial, DataFile):
            return self.array(s.initial, s.dtype, s.shape)
        if isinstance(s.initial, list):
            if len(s.initial) != math.prod(s.shape):
                said = f"The initial value of {s.input!r} has {len(s.initial)} numbers."
                raise DreamError("bad_bundle", said, "Give one for each element.")
            return stored(s.initial, s.dtype).reshape(s.shape)
        return np.full(s.shape, stored(s.initial, s.dtype), STORAGE[s.dtype])

    def defaults(self) -> dict[str, NDArray[np.float32]]:
        """The tensors of conditions that a file states: the embeddings of the empty text."""
        spoken = {n: c for n, c in self.manifest.conditions.items() if isinstance(c.encoder, TokensSpec) and c.encoder.empty}
        return {n: self.array(c.encoder.empty, "float32", c.shape) for n, c in spoken.items()}  # type: ignore[union-attr, arg-type]

    def _files(self, r: Resource) -> list[tuple[Path, Resource | DataFile]]:
        return [(self.file(r), r), *((inside(self.folder, d.file), d) for d in r.data)]

    def graph_bytes(self, name: str) -> int:
        """The size of a graph's files; DreamError as ``graph`` if one is missing."""
        return sum(size_of(path, stated.label) for path, stated in self._files(self.manifest.graphs[name]))

    def own_files(self) -> list[str]:
        """The files of the bundle's folder that its manifest names, without bundle.json."""
        m = self.manifest
        resources = [*m.graphs.values(), *self._tokenizers()]
        names = [r.file for r in resources if r.file] + [d.file for r in resources for d in r.data]
        return sorted({*names, *(d.file for d in self._loose())})

    def _tokenizers(self) -> list[Resource]:
        return [t for c in self.manifest.conditions.values() if c.encoder for t in c.encoder.tokenizers]

    def _loose(self) -> list[DataFile]:
        """The files that belong to no graph and no tokenizer: initial values, embeddings of the empty text, a first frame."""
        m = self.manifest
        encoders = [c.encoder for c in m.conditions.values()]
        found = [s.initial for s in m.step.state.values() if isinstance(s.initial, DataFile)]
        found += [e.empty for e in encoders if isinstance(e, TokensSpec) and e.empty]
        first = m.remote.first_frame if m.remote else None
        return [*found, DataFile(first.file, first.sha256)] if first else found

    def check_graph(self, name: str) -> None:
        """Check the sha256 of a graph and its external data without holding them in memory; errors as ``check_files``."""
        self._check(self._files(self.manifest.graphs[name]))

    def check_files(self, but: Collection[str] = (), missing_ok: bool = False) -> None:
        """Check the sha256 of every file that the manifest names, except those of the graphs ``but``.

        DreamError ``bad_bundle`` names the file, ``missing_package`` the distribution that is not installed. ``missing_ok``
        ignores the latter: only the features that need it fail, with their own error.
        """
        resources = [r for name, r in self.manifest.graphs.items() if name not in but]
        resources += self._tokenizers()
        files: list[tuple[Path, Resource | DataFile]] = [(inside(self.folder, d.file), d) for d in self._loose()]
        for r in resources:
            try:
                files += self._files(r)
            except DreamError as e:
                if missing_ok and e.code == "missing_package":
                    continue
                raise
        self._check(files)

    def _check(self, files: Sequence[tuple[Path, Resource | DataFile]]) -> None:
        total = sum(size_of(path, stated.label) for path, stated in files)
        BUNDLE.check(total, "bad_bundle", f"The files of the bundle {self.name!r} have")
        for path, stated in files:
            found = hash_file(path, total, stated.label)
            if found != stated.sha256:
                raise _changed(stated, found)


def _checked(data: bytes, stated: Resource | DataFile) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != stated.sha256:
        raise _changed(stated, found)
    return data


def _changed(stated: Resource | DataFile, found: str) -> DreamError:
    of_us = isinstance(stated, DataFile) or stated.file is not None
    return DreamError(
        "bad_bundle",
        f"{stated.label} has the sha256 {found[:12]}…, bundle.json states {stated.sha256[:12]}….",
        "The file was changed or damaged: install the bundle again, or export it again."
        if of_us
        else "Install the version of the package that the bundle was made with.",
    )


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
            "Update Dreambridge, or export the bundle for the older format.",
        )
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as e:
        raise DreamError("bad_bundle", f"{name}: {e}.", "See protocol/BUNDLE.md.") from e
    bundle = Bundle(folder, manifest, hashlib.sha256(raw).hexdigest())
    check_manifest(manifest)
    return bundle
