"""How a player of IL2CPP starts the daemon: by posix_spawnp, really run here on .NET 8 and mono; by CreateProcess, compiled only.

What is tested of the latter is the command line and the environment that it is given.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import PATIENCE, CSharp
from dreambridge.system.processes import start_time

from devtools.csharp_testbed import Runtime, env

pytestmark = pytest.mark.timeout(600)
# Writes what it was given: words, variables, open files, signals. Then it ends as it is told.
TELL = """
import json, os, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
files = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")]
out = {"words": sys.argv[2:], "python": [n for n in os.environ if n.upper().startswith("PYTHON")], "mine": os.environ.get("MINE")}
out["files"] = len([f for f in files if not f.startswith("/proc/")])
out["blocked"], out["ignored"] = int(status["SigBlk"], 16), int(status["SigIgn"], 16)
open(sys.argv[1], "w").write(json.dumps(out))
if sys.argv[2] == "killed":
    os.kill(os.getpid(), 9)
sys.exit(7)
"""
WORDS = ["exits", "", "with space", 'quo"te', "back\\slash\\", "ö 漢", "$HOME `x`", "new\nline"]


def child(csharp: CSharp, runtime: Runtime, how: str, *words: str) -> dict[str, Any]:
    ours = env() | {"PYTHONHOME": "/nowhere", "MINE": "ö = 1"}
    done = subprocess.run(csharp.command(runtime, "child", how, *words), env=ours, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("how", ["native", "old"])
def test_words_variables_files_and_signals(csharp: CSharp, runtime: Runtime, tmp_path: Path, how: str) -> None:
    """Words arrive as they are, another Python's variables do not; of files only standard ones; signals as in a new program."""
    said = child(csharp, runtime, how, sys.executable, "-c", TELL, str(tmp_path / "told"), *WORDS)
    assert said["exited"] and said["code"] == 7 and said["children"] == 0, said
    told = json.loads((tmp_path / "told").read_text())
    assert told["words"] == WORDS and told["python"] == [] and told["mine"] == "ö = 1"
    assert told["files"] == 3 and told["blocked"] == 0 and not told["ignored"] >> 11 & 1, told


def test_what_the_files_are_compared_with(csharp: CSharp, tmp_path: Path) -> None:
    """The control: the runtime's own start hands the open file on, and the ignored signal."""
    child(csharp, "net8", "managed", sys.executable, "-c", TELL, str(tmp_path / "told"), "exits")
    told = json.loads((tmp_path / "told").read_text())
    assert told["files"] == 4, told


def test_ends_and_errors(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    said = child(csharp, runtime, "native", sys.executable, "-c", TELL, str(tmp_path / "told"), "killed")
    assert said["code"] == 128 + 9 and said["children"] == 0, said
    assert child(csharp, runtime, "native", "true")["code"] == 0, "by its name on PATH"
    for missing in ("/no/such python", "no-such-program"):
        assert "No such file" in child(csharp, runtime, "native", missing)["error"]
    assert "Permission denied" in child(csharp, runtime, "native", str(tmp_path / "told"))["error"]


def test_a_daemon_ends_with_the_process_that_started_it(csharp: CSharp, runtime: Runtime) -> None:
    """By its lifeline alone: had it got the listening socket of this process, it would stay."""
    command = csharp.command(runtime, "child_daemon", f"native-{runtime}", sys.executable)
    process = subprocess.Popen(command, env=env(), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    pid = json.loads(process.stdout.readline())["pid"]
    began = start_time(pid)
    assert pid > 0 and began > 0
    process.kill()
    process.wait()
    process.stdout.close()
    end = time.monotonic() + PATIENCE
    while start_time(pid) == began and time.monotonic() < end:
        time.sleep(0.05)
    assert start_time(pid) != began, "the daemon outlived its game"


def words_of(line: str) -> list[str]:
    """A command line of Windows, read by the rules that CommandLineToArgvW documents, for words after the program's."""
    words, at = list[str](), 0
    while at < len(line):
        word, quoted = "", False
        while at < len(line) and (quoted or line[at] not in " \t"):
            slashes = 0
            while at < len(line) and line[at] == "\\":
                slashes, at = slashes + 1, at + 1
            if at < len(line) and line[at] == '"':
                word += "\\" * (slashes // 2)
                if slashes % 2:
                    word += '"'
                else:
                    quoted = not quoted
                at += 1
            else:
                word += "\\" * slashes
                if at < len(line) and (quoted or line[at] not in " \t"):
                    word, at = word + line[at], at + 1
        words.append(word)
        at += 1
    return words


def test_windows_command_lines(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    lists = [
        WORDS,
        ["C:\\Program Files\\Game\\", "a b\\\\", '\\"', '"', "\t", "a\\\\b c"],
        [""],
        ["plain", "--name", "x"],
        ["a b\\", "\t", "c\\\\d e"],
    ]
    (tmp_path / "lists").write_bytes(b"\n".join(msgspec.json.encode(words) for words in lists))
    got = csharp.run(runtime, "windows_lines", str(tmp_path / "lists"))
    assert [words_of(line) for line in got["lines"]] == lists
    # Python's own quotes nothing that has a quotation mark and no space; both are read alike.
    assert got["lines"][2:] == [subprocess.list2cmdline(words) for words in lists[2:]]
    assert got["block"] == "=C:=C:\\x|Alpha=ü|beta=|zeta=1||"
