"""What the trials at open have found, in files of the user's cache folder: a number by its key."""

import json

from dreambridge.protocol.errors import DreamError
from dreambridge.system.paths import cache_folder
from dreambridge.system.whole_file import write_whole


def read_results(file: str) -> dict[str, int]:
    """All that is kept in ``file``; nothing if it cannot be read."""
    try:
        kept = json.loads((cache_folder() / file).read_text())
        return {k: v for k, v in kept.items() if isinstance(v, int)}
    except (OSError, ValueError, AttributeError):
        return {}


def keep_result(file: str, key: str, value: int) -> None:
    """Add a result to ``file``. Without a cache folder nothing is kept, and the trial runs again next time."""
    path = cache_folder() / file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(read_results(file) | {key: value}).encode())
    except (OSError, DreamError):
        pass
