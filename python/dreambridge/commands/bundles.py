"""``dreambridge bundles``: list, verify, pull and remove."""

import argparse
import json
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from dreambridge.bundle.budgets import BUNDLE
from dreambridge.bundle.find import find_bundles, load_all, open_bundle
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.bundle.reading import inside
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable
from dreambridge.system.imports import install_command
from dreambridge.system.made_folders import MARKER, new_folder, read_marker, remove_folder

PULLED, EXPORTED = "dreambridge bundles pull", "dreambridge export"
MAX_FILES = 1000
HUB = "hub:"


def bundles_command(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add it."""
    c = command(
        "bundles",
        run,
        "List the bundles that can be opened; check one, fetch one, or remove one that was fetched or exported.",
        "dreambridge bundles --json",
        "dreambridge bundles verify vista",
        "dreambridge bundles pull ink.zip --into my-bundles",
    )
    c.add_argument("what", nargs="?", choices=("list", "verify", "pull", "remove"), default="list")
    c.add_argument(
        "bundle", nargs="?", help="verify, remove: its name or folder; pull: a folder, a .zip, .tar or .tar.gz, or hub:owner/name"
    )
    c.add_argument(
        "--into", type=Path, metavar="DIR", help="pull: the folder of bundles (default: the first one of DREAMBRIDGE_BUNDLES)"
    )
    c.add_argument("--name", help="pull: the name that opens it (default: that of its folder or archive)")
    c.add_argument("--json", action="store_true")


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
        "conditions": sorted(m.conditions),
        "view": m.view is not None,
        "description": m.description,
        "license": m.license,
        "licences": {"weights": m.licences.weights, "code": m.licences.code} if m.licences else None,
        "model_card": m.model_card,
    }


def verify(name: str) -> dict[str, Any]:
    """Compare every file with its sha256, load the graphs, and run a step. DreamError names what is wrong."""
    from dreambridge.runtime.runner import StreamRunner

    bundle = _open(name)
    bundle.check_files(missing_ok=True)
    if not bundle.manifest.remote:  # such a bundle has no graphs
        StreamRunner(bundle, "cpu", 1).try_out()
    m, size = bundle.manifest, sum(p.stat().st_size for p in bundle.folder.rglob("*") if p.is_file())
    return {"bundle": bundle.name, "version": m.version, "digest": bundle.digest, "bytes": size, "license": m.license}


def _open(name: str) -> Bundle:
    return load_bundle(Path(name)) if os.path.lexists(Path(name) / "bundle.json") else open_bundle(name)


def pull(source: str, into: Path | None = None, name: str | None = None) -> dict[str, Any]:
    """Copy a bundle into a folder of bundles, and verify it there; nothing is left of one that is damaged.

    ``source`` : a folder, an archive, or "hub:owner/name". DreamError ``bad_argument`` (there is no such thing; a folder of that
    name was not pulled), ``bad_bundle`` (the archive or the bundle is damaged), ``no_access``, ``missing_package``.
    """
    folder = into or next((Path(p) for p in os.environ.get("DREAMBRIDGE_BUNDLES", "").split(os.pathsep) if p), None)
    if folder is None:
        raise DreamError("bad_argument", "There is no folder to put the bundle in.", "Give --into, or set DREAMBRIDGE_BUNDLES.")
    with _unpacked(source) as found:
        called = name or found[1]
        if not called or Path(called).name != called or called.startswith("."):
            raise DreamError("bad_argument", f"The name {called!r} is invalid.", "Give --name, without a path.")
        with new_folder(folder / called, PULLED) as part:
            for path, content in found[0]:
                target = part / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as out:
                    shutil.copyfileobj(content, out)
            verify(str(part))
    return verify(str(folder / called)) | {"folder": str(folder / called)}


Files = Iterator[tuple[PurePosixPath, IO[bytes]]]


@contextmanager
def _unpacked(source: str) -> Iterator[tuple[Files, str]]:
    """The files of the bundle in a source, and its name."""
    if source.startswith(HUB):
        yield _of_folder(_from_hub(source.removeprefix(HUB))), source.split("/")[-1]
        return
    path = Path(source)
    if path.is_dir():
        yield _of_folder(path), path.resolve().name
        return
    if not path.is_file():
        raise DreamError("bad_argument", f"There is no folder or archive {source!r}.", "Give a folder, a .zip, .tar or .tar.gz.")
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as z:
                entries = [(i.filename, i.file_size, not i.is_dir(), _is_link(i)) for i in z.infolist()]
                yield _chosen(entries, lambda n: z.open(n)), path.stem
        else:
            with tarfile.open(path) as t:
                listed = [(m.name, m.size, m.isreg(), not (m.isreg() or m.isdir())) for m in t.getmembers()]
                yield _chosen(listed, lambda n: t.extractfile(n)), path.name.split(".")[0]
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as e:
        if isinstance(e, OSError) and e.errno is not None:
            raise
        raise DreamError(
            "bad_bundle", f"The archive {path.name} is damaged or incomplete: {str(e)[:200]}.", "Download it again."
        ) from e


def _is_link(i: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(i.external_attr >> 16)


def _chosen(entries: list[tuple[str, int, bool, bool]], read: Callable[[str], IO[bytes] | None]) -> Files:
    """The files beside the archive's only bundle.json. Each entry: name, size, whether it is a file, or anything odd."""
    roots = {PurePosixPath(n).parent for n, _, is_file, _ in entries if is_file and PurePosixPath(n).name == "bundle.json"}
    if len(roots) != 1:
        raise DreamError(
            "bad_bundle", f"The archive has {len(roots)} files bundle.json; it must have one.", "Pack one bundle's folder."
        )
    root = roots.pop()
    BUNDLE.check(sum(size for _, size, _, _ in entries), "bad_bundle", "The archive's files take")
    if len(entries) > MAX_FILES:
        raise DreamError(
            "bad_bundle", f"The archive has {len(entries)} files; at most {MAX_FILES} are allowed.", "Pack one bundle."
        )
    for name, _, is_file, odd in entries:
        path = PurePosixPath(name)
        if odd or path.is_absolute() or ".." in path.parts or "\\" in name:
            raise DreamError(
                "bad_bundle", f"The archive has {name!r}, which is not a plain file inside it.", "Pack plain files only."
            )
        if is_file and path.is_relative_to(root) and path.name != MARKER:
            content = read(name)
            assert content is not None
            with content:
                yield path.relative_to(root), content


def _of_folder(folder: Path) -> Files:
    """The files that the bundle in a folder names; others stay."""
    bundle = load_bundle(folder)
    for n in ("bundle.json", *bundle.own_files()):
        with inside(folder, n).open("rb") as content:
            yield PurePosixPath(n), content


def _from_hub(name: str) -> Path:
    try:
        import huggingface_hub as hub
    except ImportError as e:
        said = "The hub's client is not installed."
        raise DreamError("missing_package", said, f"Run: {install_command('dreambridge[models]')}") from e
    try:
        return Path(hub.snapshot_download(name, allow_patterns=["bundle.json", "*.onnx", "*.data", "*.bin", "*.json"]))
    except Exception as e:  # the client raises exceptions of its own, of its connection and of the operating system
        raise DreamError(
            "no_access",
            f"{name} could not be downloaded: {type(e).__name__}: {(str(e).splitlines() or [''])[0][:200]}",
            "Check the name and the connection, and run the command again: it goes on where it stopped.",
        ) from e


def remove(name: str) -> dict[str, Any]:
    """Remove a bundle that `bundles pull` or `export` made. DreamError ``bad_argument``: they did not, or it was changed."""
    found = find_bundles().get(name) or (Path(name) if os.path.lexists(Path(name) / "bundle.json") else None)
    if found is None:
        raise DreamError("unknown_bundle", f"The bundle {name!r} was not found.", "`dreambridge bundles` lists them.")
    made = read_marker(found)
    made_by = EXPORTED if made and made["made_by"] == EXPORTED else PULLED
    remove_folder(found, made_by)
    return {"removed": str(found)}
