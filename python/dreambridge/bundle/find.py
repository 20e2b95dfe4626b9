"""Finds bundles by name, or by the path of a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.protocol.errors import DreamError, check_handles
from dreambridge.protocol.fields import describe


def folders() -> list[Path]:
    """The folders to search: DREAMBRIDGE_BUNDLES (a path list), then those in this package."""
    named = [Path(p) for p in os.environ.get("DREAMBRIDGE_BUNDLES", "").split(os.pathsep) if p]
    return [*named, Path(__file__).parent.parent / "bundles"]


def find_bundles() -> dict[str, Path]:
    """All bundles that were found: name (of the folder) to folder. DreamError ``no_resources``."""
    found: dict[str, Path] = {}
    for root in folders():
        try:
            for folder in sorted(root.iterdir()):
                if os.path.lexists(folder / "bundle.json"):
                    found.setdefault(folder.name, folder)
        except OSError as e:
            check_handles(e, f"The folder {root}")
    return found


def load_all() -> Iterator[tuple[str, Bundle | DreamError]]:
    """Each bundle that was found, by the name that opens it; for a broken one, the error."""
    for name, folder in sorted(find_bundles().items()):
        try:
            yield name, load_bundle(folder)
        except DreamError as e:
            yield name, e
        except Exception as e:  # one broken bundle must not hide the others
            yield name, DreamError("bad_bundle", f"{name} cannot be read: {type(e).__name__}: {e}.", "Export it again.")


def open_bundle(name: str) -> Bundle:
    """A bundle by name, or by the path of its folder; DreamError ``unknown_bundle`` lists the available ones."""
    found = find_bundles()
    if name in found:
        return load_bundle(found[name])
    if os.sep in name and os.path.lexists(Path(name) / "bundle.json"):
        return load_bundle(Path(name))
    known = ", ".join(sorted(found)) or "none"
    raise DreamError(
        "unknown_bundle",
        f"The bundle {describe(name)} was not found. Available: {known}.",
        "Pass one of these, or set DREAMBRIDGE_BUNDLES.",
    )
