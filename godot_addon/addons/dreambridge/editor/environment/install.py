"""Makes the managed environment: a virtual environment with Dreambridge from the addon's wheel, and what it needs from PyPI.

    python -I install.py --folder FOLDER --wheel FILE --told FILE --cancel FILE [--repair]

The editor starts this with the Python that the user chose, and reads TOLD, to which each line adds a JSON object: {"line": …} for
the log, {"phase": …, "done": 0..1} for the progress bar, and at the end {"outcome": "installed", "cancelled" or "failed",
"message", "hint"}. Who creates the file CANCEL stops it. Nothing is ever removed: a folder that this program did not make is
refused, and a repair installs over it.
"""

import argparse
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

MARKER = ".dreambridge-environment.json"  # as in system/managed.gd
MADE_BY = "Dreambridge for Godot"
ROOM = 600 * 2**20  # bytes; the whole environment takes about 400 MB
# Another Python's, or of an environment that the editor was started in.
NOT_OURS = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
    "PIP_USER",
    "PIP_TARGET",
)
UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|Failed to establish|ProxyError|SSLError|ConnectTimeout|Connection reset", re.I
)
NOT_FOUND = re.compile(r"No matching distribution found for (\S+)")
# A finding of these topics is a fault of the environment; others, such as a full ring folder, are the machine's.
OF_THE_ENVIRONMENT = ("dreambridge", "package", "onnxruntime", "extra cpu")


class Failed(Exception):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Cancelled(Exception):
    pass


class Installation:
    def __init__(self, a: argparse.Namespace) -> None:
        self.folder, self.wheel, self.cancel_file, self.repair = a.folder, a.wheel, a.cancel, a.repair
        self.told = a.told.open("a", encoding="utf-8")
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def tell(self, **what: object) -> None:
        self.told.write(json.dumps(what) + "\n")
        self.told.flush()

    def phase(self, text: str, done: float) -> None:
        self.tell(phase=text, done=round(done, 3))
        self.tell(line=f"— {text}")

    def run(self, words: "list[str | Path]", on_line=None) -> "tuple[int, str]":
        """Run a program to its end, or until somebody cancels; its exit code and output."""
        env = {k: v for k, v in os.environ.items() if k not in NOT_OURS}
        own_group = {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {"start_new_session": True}
        process = subprocess.Popen(
            [str(w) for w in words],
            env=env | {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            **own_group,
        )
        lines: queue.Queue[str | None] = queue.Queue()

        def read() -> None:
            for line in process.stdout:
                lines.put(line.rstrip())
            lines.put(None)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        said = []
        while True:
            if self.cancel_file.exists():
                self.end(process)
                raise Cancelled
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                continue
            if line is None:
                return process.wait(), "\n".join(said)
            said.append(line)
            (on_line or (lambda text: self.tell(line=text)))(line)

    def end(self, process: "subprocess.Popen[str]") -> None:
        for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            if os.name == "nt":
                process.terminate()
            else:
                os.killpg(process.pid, number)
            try:
                process.wait(5)
                return
            except subprocess.TimeoutExpired:
                continue

    def write_marker(self, complete: bool, **more: object) -> None:
        part = self.folder / (MARKER + ".part")
        part.write_text(json.dumps({"made_by": MADE_BY, "complete": complete, **more}, indent=1) + "\n", encoding="utf-8")
        part.replace(self.folder / MARKER)

    def claim(self) -> None:
        """The folder is empty, or an environment of ours."""
        try:
            marker = json.loads((self.folder / MARKER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            marker = {}
        if self.folder.exists() and any(self.folder.iterdir()) and marker.get("made_by") != MADE_BY:
            raise Failed(f"{self.folder} exists, and Dreambridge did not make it.", "Move it away, and install again.")
        self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < ROOM:
            raise Failed(
                f"{self.folder} has {free / 2**20:.0f} MiB free; the environment needs {ROOM / 2**20:.0f}.", "Free some space."
            )
        self.write_marker(False)

    def make(self) -> None:
        self.phase("Making the environment", 0.02)
        code, said = self.run([sys.executable, "-I", "-m", "venv", self.folder])
        if code:
            raise Failed(f"{sys.executable} could not make a virtual environment: {said[-400:]}", "Choose another Python.")

    def install(self) -> None:
        self.phase("Downloading the packages", 0.1)
        seen = 0

        def follow(line: str) -> None:
            nonlocal seen
            self.tell(line=line)
            if line.startswith(("Collecting ", "Processing ")):
                seen += 1
                name = re.split(r"[^\w.]", line.split()[1].replace("\\", "/").rsplit("/", 1)[-1])[0]
                # How many there will be is not known before the last one.
                self.tell(phase=f"Downloading {name}", done=round(0.1 + 0.6 * (1 - 0.93**seen), 3))
            elif line.startswith("Installing collected"):
                self.tell(phase="Installing the packages", done=0.75)

        words = [self.python, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        # Wheels only: nothing that is downloaded is run during the installation.
        words += ["--only-binary", ":all:", *(["--force-reinstall"] if self.repair else [])]
        code, said = self.run([*words, f"dreambridge[cpu] @ {self.wheel.as_uri()}"], follow)
        if code:
            raise self.explained(said)

    def explained(self, said: str) -> Failed:
        """What pip's output means."""
        missing = NOT_FOUND.search(said)
        errors = [line for line in said.splitlines() if line.startswith("ERROR")]
        last = (errors or said.splitlines() or ["no output"])[-1].removeprefix("ERROR: ")
        if UNREACHABLE.search(said):
            cause = next(line for line in said.splitlines() if UNREACHABLE.search(line))
            hint = (
                "Check the network. Behind a proxy set HTTPS_PROXY before you start Godot, or use `pip config set global.proxy`."
            )
            return Failed(f"The packages could not be downloaded: {cause.strip()[:300]}", hint)
        if "No space left" in said or "Errno 28" in said:
            return Failed(f"The disk is full: {last}", "Free some space, and press Repair.")
        if missing:
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            said = f"There is no ready-made package of {missing[1]} for Python {version} on this system."
            return Failed(
                said, "Choose another Python, such as 3.12. If pip uses an index of its own, check that it has the package."
            )
        return Failed(f"pip could not install Dreambridge: {last[:400]}", "The log has all of its output. Repair tries again.")

    def check(self) -> str:
        """Run the doctor, with a real stream; what does not work, in words."""
        self.phase("Checking: a stream opens", 0.9)
        code, said = self.run([self.python, "-I", "-m", "dreambridge", "doctor", "--json", "--stream"], lambda line: None)
        try:
            found = json.loads(said.splitlines()[-1])["findings"]
        except (IndexError, ValueError):
            raise Failed(f"dreambridge doctor failed ({code}): {said[-600:]}", "Press Repair.") from None
        for f in found:
            if f["level"] == "ok":
                self.tell(line=f"ok    {f['topic']}: {f['text']}")
        bad = [f for f in found if f["level"] == "fail"]
        for f in bad:
            self.tell(line=f"FAIL  {f['topic']}: {f['text']} {f['hint']}")
        ours = [f for f in bad if f["topic"] in OF_THE_ENVIRONMENT]
        if ours:
            raise Failed(f"The environment is broken: {ours[0]['text']}", "Press Repair.")
        return "; ".join(f"{f['topic']}: {f['text']} ({f['hint']})" for f in bad)

    def whole(self) -> None:
        self.claim()
        self.make()
        self.install()
        trouble = self.check()
        version = self.wheel.name.split("-")[1]
        python = ".".join(map(str, sys.version_info[:3]))
        self.write_marker(True, dreambridge=version, python=python, base=sys.executable)
        self.phase("Installed", 1.0)
        self.tell(
            outcome="installed",
            message=f"But something else on this machine does not work: {trouble}" if trouble else "",
            hint="Press Check when it is mended." if trouble else "",
        )


def locked(path: Path):
    """An open file that no other installation holds; it is let go when this process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failed("Another Godot is installing this environment.", "Wait until it has ended.") from None
    return file


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("folder", "wheel", "told", "cancel"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--repair", action="store_true")
    a = parser.parse_args()
    work = Installation(a)
    held = None
    try:
        held = locked(a.folder.with_name(a.folder.name + ".lock"))
        work.tell(line=f"Python {sys.version.split()[0]}, {sys.executable}; {time.strftime('%Y-%m-%d %H:%M')}")
        work.whole()
    except Cancelled:
        work.tell(outcome="cancelled", message="Cancelled.", hint="Install goes on where it stopped.")
    except Failed as e:
        work.tell(outcome="failed", message=e.message, hint=e.hint)
    except OSError as e:
        where = e.filename or a.folder
        work.tell(outcome="failed", message=f"{where}: {e.strerror}.", hint="Check that this folder can be written.")
    except Exception as e:
        work.tell(
            outcome="failed", message=f"The installation itself failed: {type(e).__name__}: {e}", hint="Please report this."
        )
    finally:
        if held:
            held.close()


main()
