"""What the rows of `bench godot` share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.bench.engine import Engine
from devtools.bench.godot.bands import bands

OPENGL = ("--rendering-driver", "opengl3")
RENDERERS = {
    "compatibility": OPENGL,
    "forward_plus": ("--rendering-driver", "vulkan", "--rendering-method", "forward_plus"),
    "mobile": ("--rendering-driver", "vulkan", "--rendering-method", "mobile"),
}
# Little to draw: llvmpipe draws on the cores that game and model need, unlike any player's machine.
SMALL = ("--resolution", "64x64", "--disable-vsync")
Row = tuple[dict[str, Any], dict[str, Any]]  # the figures, and the goals


@dataclass
class Bench:
    """A folder for what is made, the engine with the tests' scripts, and the name of a daemon that runs."""

    folder: Path
    engine: Engine
    daemon: str
    quick: bool

    def bands(self, width: int, height: int) -> Path:
        """The bundle of bands in that size, made once."""
        path = self.folder / f"bands{width}"
        return path if path.exists() else bands(path, width, height, 60.0)

    def new_folder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir()
        return path
