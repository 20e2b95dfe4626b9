"""A visitor's pose: MediaPipe runs in another Python, and tells a line for each picture (pose_worker.py).

Sources: ``pose:figure`` (the 17 joints of a pose condition), ``pose:there`` (0 or 1), and of each joint ``pose:right_wrist/x``
and ``/y``.
"""

import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dreambridge.live.inputs import Hub, Input
from dreambridge.live.map_file import PoseInput
from dreambridge.protocol.errors import DreamError

WORKER = Path(__file__).with_name("pose_worker.py")
SIDES = ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = ("nose", *(f"{side}_{part}" for part in SIDES for side in ("left", "right")))
MAX_LINE = 16_384
SEEN = 0.5  # visibility from which a joint's place counts
Joints = list[list[float]]
SETUP = "Make its environment: python3 -m venv pose; pose/bin/pip install mediapipe==0.10.21. See docs/live.md."


class Pose(Input):
    """Starts the worker, and again after it ended. ``worker``: another script, for tests."""

    name = "pose"

    def __init__(self, hub: Hub, asked: PoseInput, folder: Path = Path(), worker: Path = WORKER) -> None:
        super().__init__(hub)
        self.asked, self._folder, self._worker = asked, folder, worker
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        self.ending.set()
        self._end()
        super().close()

    def _end(self) -> None:
        """The worker ends by itself when its input is closed; one that hangs is ended."""
        p = self._process
        if p is None:
            return
        if p.stdin:
            p.stdin.close()
        try:
            p.wait(1.0)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()

    def command(self) -> list[str]:
        python = self.asked.python
        if "/" in python or os.sep in python:  # Windows knows both; a name alone is looked for in PATH
            python = str(self._folder / Path(python).expanduser())
        camera = str(self.asked.camera)
        if not camera.isdigit():
            camera = str(self._folder / Path(camera).expanduser())
        return [python or sys.executable, "-E", str(self._worker), camera]

    def listen(self) -> None:
        command, said = self.command(), ""
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        except OSError as e:
            raise DreamError("no_access", f"{command[0]} cannot be run: {e.strerror}.", SETUP) from e
        if self.ending.is_set():
            self._end()
            return
        assert self._process.stdout
        try:
            with self._process.stdout as lines:
                while line := lines.readline(MAX_LINE):
                    said = self._line(line) or said
        finally:
            self._end()
        if not self.ending.is_set():
            hint = SETUP if "mediapipe" in said or "cv2" in said else "It is started again."
            raise DreamError("no_access", f"{said or 'its process has ended'}.", hint)

    def _line(self, line: bytes) -> str:
        """Carry out one line; returns the error in it. A line that is not of the protocol is ignored."""
        try:
            m = json.loads(line)
        except ValueError:
            return ""
        if not isinstance(m, dict):
            return ""
        if "error" in m:
            return " ".join(str(m["error"]).split())[:200].rstrip(".")
        if "ready" in m:
            self.up(f"{m['ready']}, camera {self.asked.camera}"[:100])
        if "pose" in m:
            tell_pose(joints_of(m["pose"]), self.hub.arrived, self.asked.mirror)
        return ""


def joints_of(value: Any) -> Joints | None:
    """17 joints [x, y, visibility], or None if nobody is there or the value is something else."""
    try:
        joints = [[float(n) for n in joint] for joint in value]
    except (TypeError, ValueError):
        return None
    good = len(joints) == len(JOINTS) and all(len(j) == 3 and all(map(math.isfinite, j)) for j in joints)
    return joints if good else None


def tell_pose(joints: Joints | None, arrived: Callable[[str, list[Any]], None], mirror: bool) -> None:
    arrived("pose:there", [float(joints is not None)])
    if joints is None:
        return
    if mirror:
        joints = [[1 - x, y, seen] for x, y, seen in joints]
    arrived("pose:figure", [joints])
    for name, (x, y, seen) in zip(JOINTS, joints, strict=True):
        if seen >= SEEN:
            arrived(f"pose:{name}/x", [x])
            arrived(f"pose:{name}/y", [y])


def poses(camera: int | str = 0, python: str = "", worker: Path = WORKER) -> "Newest":
    """The newest pose of a camera, for a program of your own: ``with poses(0, "pose/bin/python") as p: p.figure``."""
    return Newest(PoseInput(camera=camera, python=python), worker)


class Newest:
    """``figure``: 17 joints [x, y, visibility], or None while nobody is there. ``problem``: why there is none, in words."""

    def __init__(self, asked: PoseInput, worker: Path) -> None:
        self.figure: Joints | None = None
        self.problem = ""
        self._new = threading.Event()
        self._input = Pose(self, asked, worker=worker)

    def arrived(self, source: str, values: Any) -> None:
        self.problem = ""
        if source == "pose:figure":
            self.figure = values[0]
            self._new.set()
        elif source == "pose:there" and not values[0]:
            self.figure = None

    def say(self, text: str) -> None:
        if not self._input.problem:  # "is back" is good news
            self.problem = ""
            return
        self.figure, self.problem = None, text
        self._new.set()

    def wait(self, timeout: float) -> "Joints | None":
        """The next figure, or None: nobody came in time, or there is a problem."""
        self._new.clear()
        if not self.problem:
            self._new.wait(timeout)
        return self.figure

    def __enter__(self) -> "Newest":
        self._input.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()
