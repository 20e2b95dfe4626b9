"""devtools/gpu_check.py, which people with a GPU run: its table, and a part that fails."""

import json
import subprocess
import sys

from conftest import ROOT, python_env

from devtools.gpu_check import lines


def test_it_says_what_it_found_and_what_failed() -> None:
    """On the CPU it measures; a provider that is not there costs its own rows only."""
    words = ["--provider", "cpu,directml", "--bundle", "testcard", "--json"]
    command = [sys.executable, str(ROOT / "devtools" / "gpu_check.py"), *words]
    done = subprocess.run(command, env=python_env(), capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["seconds"] < 240, "a part failed"
    parity, speed, *failed = found["found"]
    assert parity["difference"] == 0 and parity["state_copies_of_steps"] == 0 and parity["operators"] == {"cpu": 25}
    assert speed["step_ms_p50"] > 0 and speed["difference"] == 0 and speed["operators"] == {"cpu": 23}
    assert [row["provider"] for row in failed] == ["directml"] * 2
    assert all("not in the installed onnxruntime" in row["error"] for row in failed)
    table = lines(found["found"])
    assert [row[0] for row in table] == ["cpu", "cpu", "directml", "directml"]
    assert "0/255" in table[0][2] and "steps/s" in table[1][2] and table[2][2].startswith("FAILED")


def test_no_time_is_left() -> None:
    words = ["--provider", "cpu", "--seconds", "0", "--json"]
    command = [sys.executable, str(ROOT / "devtools" / "gpu_check.py"), *words]
    done = subprocess.run(command, env=python_env(), capture_output=True, text=True, check=False)
    assert done.returncode == 1 and all("no time" in row["error"] for row in json.loads(done.stdout)["found"])
