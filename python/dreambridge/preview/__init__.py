"""The preview page: a browser as an ordinary client of the daemon."""

from dreambridge.preview.server import Preview

__all__ = ["Preview"]
