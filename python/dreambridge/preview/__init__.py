"""The preview page: a browser as one more ordinary client of the daemon."""

from dreambridge.preview.server import Preview

__all__ = ["Preview"]
