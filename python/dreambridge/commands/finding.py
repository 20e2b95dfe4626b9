"""What ``dreambridge doctor`` finds, one line of its report each."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]
REMOVE_STALE = "dreambridge doctor --remove-stale"


@dataclass
class Finding:
    """One line of the report; ``hint`` says how to fix it, if possible."""

    level: Level
    topic: str
    text: str
    hint: str = ""
