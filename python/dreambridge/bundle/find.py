"""Where bundles are found: by name, or by the path of a folder."""

import os
from pathlib import Path

from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.protocol.errors import DreamError


def folders() -> list[Path]:
    """Where bundles are looked for: DREAMBRIDGE_BUNDLES (a path list), then those that the package brings."""
    named = [Path(p) for p in os.environ.get("DREAMBRIDGE_BUNDLES", "").split(os.pathsep) if p]
    return [*named, Path(__file__).parent.parent / "bundles"]


def find_bundles() -> dict[str, Path]:
    """Name (of the folder) to folder, of all bundles that can be found."""
    found: dict[str, Path] = {}
    for root in folders():
        for path in sorted(root.glob("*/bundle.json")):
            found.setdefault(path.parent.name, path.parent)
    return found


def open_bundle(name: str) -> Bundle:
    """A bundle by name, or by the path of its folder; DreamError ``unknown_bundle`` lists those there are."""
    found = find_bundles()
    if name in found:
        return load_bundle(found[name])
    if os.sep in name and (Path(name) / "bundle.json").is_file():
        return load_bundle(Path(name))
    known = ", ".join(sorted(found)) or "none"
    raise DreamError(
        "unknown_bundle", f"There is no bundle {name!r}. There are: {known}.", "Pass one of these, or set DREAMBRIDGE_BUNDLES."
    )
