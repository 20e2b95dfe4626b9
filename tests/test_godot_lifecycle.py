"""Cycles of all that happens to a game and to the editor leave no node, thread, file, socket or daemon.

``DREAMBRIDGE_CYCLES=50`` makes them long. The editor's own cycles are in test_godot_editor.py and test_godot_reload.py.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import dreambridge
import pytest
from conftest import Engine, rings

from devtools.godot_editor import Editor, made_editor

pytestmark = [pytest.mark.godot, pytest.mark.timeout(1800 if "DREAMBRIDGE_CYCLES" in os.environ else 300)]
CYCLES = int(os.environ.get("DREAMBRIDGE_CYCLES", "3"))
OPENGL = ("--rendering-driver", "opengl3")
LEAKS = ("Leaked", "leaked", "still in use", "never freed", "Orphan", "orphan", "Thread object")


def test_a_game_keeps_nothing(engine: Engine, daemon: dreambridge.Daemon) -> None:
    """Paused, time scale 0 and 10, minimised, freed in mid-frame, stopped and started in a tick, out of the tree and back."""
    command = engine.command("lifecycle.gd", *OPENGL, "--verbose", "--resolution", "64x64")
    env = os.environ | {"DAEMON": daemon.name, "CYCLES": str(CYCLES)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=1700, check=False)
    said = done.stdout + done.stderr
    assert "SCRIPT ERROR" not in said and "Parse Error" not in said, said[-6000:]
    got = json.loads(next(line for line in reversed(done.stdout.splitlines()) if line.startswith("{")))
    assert got["wrong"] == [] and len(got["kinds"]) == 6 and got["cycles"] == CYCLES, got
    for kind, (before, after) in got["kinds"].items():
        assert before == after and before["rings"] == 2, (kind, before, after)  # the tick and the thread read one
    told = [line for line in said.splitlines() if not line.startswith("{")]
    assert [line for line in told if any(leak in line for leak in LEAKS)] == [], "--verbose"
    epoch = daemon._channel.connection.epoch
    until = time.monotonic() + 60
    while rings(epoch):
        assert time.monotonic() < until, "a ring is left"
        time.sleep(0.05)


def own_daemons(folder: Path) -> list[str]:
    """Connection files, which a daemon removes when it ends."""
    return sorted(p.stem for p in folder.glob("trio*.json"))


def test_two_editors_and_a_game_at_once(engine: Engine, daemon: dreambridge.Daemon, runtime_dir: Path, tmp_path: Path) -> None:
    """Each starts a daemon of its own, all play at once, and nothing of them is left."""
    editors: list[Editor] = []
    for k in range(2):
        folder = tmp_path / str(k)
        folder.mkdir()
        editors.append(made_editor(engine.bed, engine.project, "trio", folder))
    for cycle in range(max(1, CYCLES // 3) if "DREAMBRIDGE_CYCLES" not in os.environ else CYCLES):
        together = tmp_path / f"together-{cycle}"
        env = {"PYTHON": sys.executable, "TOGETHER": str(together)}
        processes = [e.start("together", screen=False, **env) for e in editors]
        game = subprocess.Popen(
            engine.command("together.gd", screen=False),
            env=os.environ | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said: dict[int, str] = {}

        def listen(k: int, process: "subprocess.Popen[str]", said: dict[int, str] = said) -> None:
            out, err = process.communicate()
            said[k] = out + err

        ears = [threading.Thread(target=listen, args=(k, p)) for k, p in enumerate([*processes, game])]
        for ear in ears:
            ear.start()
        try:
            until = time.monotonic() + 120
            while len(own_daemons(runtime_dir)) < 3:
                assert time.monotonic() < until, (own_daemons(runtime_dir), said)
                time.sleep(0.05)
            together.touch()
            for ear in ears:
                ear.join(max(1.0, until - time.monotonic()))
        finally:
            for p in [*processes, game]:
                p.kill()
        for ear in ears:
            ear.join()
        for text in said.values():
            assert '"played":true' in text.replace(" ", ""), text[-3000:]
            assert "SCRIPT ERROR" not in text, text[-3000:]
        until = time.monotonic() + 60
        while left := own_daemons(runtime_dir):
            assert time.monotonic() < until, f"daemons outlive their programs: {left}"
            time.sleep(0.05)
