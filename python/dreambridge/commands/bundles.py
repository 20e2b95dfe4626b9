"""``dreambridge bundles``: list, verify, pull and remove."""

import argparse
import glob
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from dreambridge.bundle.budgets import BUNDLE
from dreambridge.bundle.find import find_bundles, load_all
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.bundle.reading import inside, opened_file
from dreambridge.commands import bundles_oci
from dreambridge.commands.bundle_archives import unpack, write_file
from dreambridge.commands.bundles_oci import OCI
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import describe
from dreambridge.protocol.text import error_line, printable
from dreambridge.system.imports import install_command
from dreambridge.system.made_folders import new_folder, read_marker, remove_folder
from dreambridge.system.paths import cache_folder

PULLED, EXPORTED = "dreambridge bundles pull", "dreambridge export"
HUB = "hub:"


def run(a: argparse.Namespace) -> None:
    if a.what == "list":
        list_all(a.json)
        return
    if not a.bundle:
        raise DreamError("bad_argument", f"`bundles {a.what}` needs a bundle.", "Name it: `dreambridge bundles` lists them.")
    told = {"verify": verify, "pull": lambda name: pull(name, a.into, a.name), "remove": remove}[a.what](a.bundle)
    if a.json:
        print(json.dumps(told))
    else:
        print("  ".join(f"{k}: {printable(str(v))}" for k, v in told.items()))


def list_all(as_json: bool) -> None:
    """Print all bundles that were found; of a broken one, the reason."""
    rows: list[dict[str, Any]] = []
    for name, found in load_all():
        if isinstance(found, DreamError):
            rows.append({"name": name, "error": {"code": found.code, "message": found.message, "hint": found.hint}})
        else:
            rows.append(about(name, found))
    if as_json:
        print(json.dumps(rows))
        return
    for r in rows:
        if "error" in r:
            print(f"{printable(r['name'])}  cannot be opened: {r['error']['message']}\n    {r['error']['hint']}")
            continue
        title = "" if r["title"] == r["name"] else f" ({r['title']})"
        print(printable(f"{r['name']}{title} {r['version']}  {r['frame']}  {r['description']}"))
        print(printable(f"    directs: {', '.join(r['conditions'])}"))
        if r["view"]:
            print("    paints over a game's own view")
        if r["licences"]:
            card = f" ({r['model_card']})" if r["model_card"] else ""
            print(printable(f"    licences: weights {r['licences']['weights']}, code {r['licences']['code']}{card}"))


def about(name: str, found: Bundle) -> dict[str, Any]:
    """A row of the list."""
    m = found.manifest
    return {
        "name": name,
        "title": m.name,
        "version": m.version,
        "frame": f"{m.frame.width}x{m.frame.height}@{m.frame.fps:g}",
        "conditions": sorted(m.directed),
        "view": m.view is not None,
        "description": m.description,
        "license": m.license,
        "licences": {"weights": m.licences.weights, "code": m.licences.code} if m.licences else None,
        "model_card": m.model_card,
    }


def verify(name: str) -> dict[str, Any]:
    """Compare every file with its sha256, load the graphs, and run a step. DreamError names what is wrong."""
    return _verified(_folder_of(name))


def _verified(folder: Path) -> dict[str, Any]:
    from dreambridge.runtime.runner import StreamRunner

    bundle = load_bundle(folder)
    bundle.check_files(missing_ok=True)
    if not bundle.manifest.remote:  # such a bundle has no graphs
        StreamRunner(bundle, "cpu", 1).try_out()
    m, size = bundle.manifest, sum(p.stat().st_size for p in bundle.folder.rglob("*") if p.is_file())
    return {"bundle": bundle.name, "version": m.version, "digest": bundle.digest, "bytes": size, "license": m.license}


def _folder_of(name: str) -> Path:
    """The folder of a bundle: that which ``open`` finds by this name, or else the folder of this path.

    DreamError ``unknown_bundle``.
    """
    known = find_bundles()
    if name in known:
        return known[name]
    if os.path.lexists(Path(name) / "bundle.json"):
        return Path(name)
    raise DreamError("unknown_bundle", f"The bundle {describe(name)} was not found.", "`dreambridge bundles` lists them.")


def pull(source: str, into: Path | None = None, name: str | None = None) -> dict[str, Any]:
    """Copy a bundle into a folder of bundles, and verify it there; nothing is left of one that is damaged.

    ``source`` : a folder, an archive, "hub:owner/name" or "oci:HOST/NAME:TAG". DreamError ``bad_argument`` (there is no such
    thing; a folder of that name was not pulled), ``bad_bundle`` (the archive or the bundle is damaged), ``no_access``,
    ``missing_package``.
    """
    folder = into or next((Path(p) for p in os.environ.get("DREAMBRIDGE_BUNDLES", "").split(os.pathsep) if p), None)
    if folder is None:
        raise DreamError("bad_argument", "There is no folder to put the bundle in.", "Give --into, or set DREAMBRIDGE_BUNDLES.")
    path, from_hub, from_oci = Path(source), source.startswith(HUB), source.startswith(OCI)
    if not from_hub and not from_oci and not path.is_dir() and not path.is_file():
        raise DreamError("bad_argument", f"There is no folder or archive {source!r}.", "Give a folder, a .zip, .tar or .tar.gz.")
    called = name or _name_in(source)
    if not called or Path(called).name != called or called.startswith("."):
        raise DreamError("bad_argument", f"The name {called!r} is invalid.", "Give --name, without a path.")
    with new_folder(folder / called, PULLED) as part:
        if from_hub:
            with _downloaded(source.removeprefix(HUB)) as found:
                _copy(found, part)
        elif from_oci:
            with bundles_oci.downloaded(source.removeprefix(OCI)) as found:
                _take(found, part)
        else:
            _take(path, part)
        _verified(part)
    return _verified(folder / called) | {"folder": str(folder / called)}


def _take(path: Path, part: Path) -> None:
    """Of a folder or an archive."""
    if path.is_dir():
        _copy(path, part)
    else:
        unpack(path, part)


def _name_in(source: str) -> str:
    """The name of a bundle whose name is not given."""
    path = Path(source)
    if source.startswith(HUB):
        return source.split("/")[-1]
    if source.startswith(OCI):
        return bundles_oci.name_in(source.removeprefix(OCI))
    if path.is_dir():
        return path.resolve().name
    return path.stem if path.suffix == ".zip" else path.name.split(".")[0]


def _copy(folder: Path, part: Path) -> None:
    """The files that the bundle in a folder names; others stay."""
    bundle = load_bundle(folder)
    for n in ("bundle.json", *bundle.own_files()):
        with opened_file(inside(folder, n), BUNDLE.bytes, n) as (content, _):
            write_file(part, PurePosixPath(n), content)


@contextmanager
def _downloaded(name: str) -> Iterator[Path]:
    """A bundle of the hub: plain files in the cache, which stay until it was copied, so that a download can go on."""
    try:
        import huggingface_hub as hub
    except ImportError as e:
        said = "The hub's client is not installed."
        raise DreamError("missing_package", said, f"Run: {install_command('dreambridge[models]')}") from e
    if not re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", name):
        raise DreamError("bad_argument", f"{name[:100]!r} is not a name such as owner/name.", "Give hub:owner/name.")
    place = cache_folder() / "downloads" / name.replace("/", "--")
    try:
        # Without a folder of its own, the client gives links, which a bundle may not have.
        hub.snapshot_download(name, allow_patterns=["bundle.json"], local_dir=place)
        files = [glob.escape(n) for n in load_bundle(place).own_files()]
        hub.snapshot_download(name, allow_patterns=["bundle.json", *files], local_dir=place)
    except DreamError:
        raise
    except Exception as e:  # the client raises exceptions of its own, of its connection and of the operating system
        raise DreamError(
            "no_access",
            f"{name} could not be downloaded: {error_line(e)}",
            "Check the name and the connection, and run the command again: it goes on where it stopped.",
        ) from e
    yield place
    shutil.rmtree(place, ignore_errors=True)


def remove(name: str) -> dict[str, Any]:
    """Remove a bundle that `bundles pull` or `export` made. DreamError ``bad_argument``: they did not, or it was changed."""
    found = _folder_of(name)
    made = read_marker(found)
    made_by = EXPORTED if made and made["made_by"] == EXPORTED else PULLED
    remove_folder(found, made_by)
    return {"removed": str(found)}
