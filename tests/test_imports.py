"""A package that is missing, and one that is installed and broken: each is said as what it is."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, python_env
from dreambridge.system import imports
from dreambridge.system.imports import import_failed, install_command

pytestmark = pytest.mark.usefixtures("no_daemons")
BROKEN = {
    "numpy": "raise ImportError('libblas.so.3: cannot open shared object file')",
    "zmq": "from zmq.backend import missing_half",
    "rich": "import no_such_module_of_rich",
    "tokenizers": "raise ImportError('undefined symbol: PyUnicode_Gone')",
    "msgspec": "1 / 0",
}


def run(*words: str, python: str = sys.executable, path: Path | None = None) -> "subprocess.CompletedProcess[str]":
    env = python_env() | ({"PYTHONPATH": str(path)} if path else {})
    return subprocess.run([python, "-m", "dreambridge", *words], env=env, capture_output=True, text=True, check=False)


def broken(folder: Path, package: str) -> Path:
    """A path with a package of that name that cannot be loaded, ahead of the real one."""
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text(BROKEN[package])
    return folder


def venv_without(folder: Path, *beginnings: str) -> str:
    """The Python of a real virtual environment that has all packages of this one but those."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    for place in (Path(p) for p in sys.path if p.endswith("site-packages")):
        for entry in place.iterdir():
            if not entry.name.startswith(beginnings) and entry.suffix != ".pth" and not (site / entry.name).exists():
                (site / entry.name).symlink_to(entry)
    (site / "source.pth").write_text(str(ROOT / "python"))
    return str(folder / "bin" / "python")


def failures(said: str) -> dict[str, dict[str, str]]:
    return {f["text"]: f for f in json.loads(said)["findings"] if f["level"] == "fail"}


@pytest.mark.parametrize(
    ("package", "cause"),
    [
        ("numpy", "libblas.so.3"),
        ("zmq", "zmq.backend"),
        ("rich", "no_such_module_of_rich"),
        ("tokenizers", "PyUnicode_Gone"),
        ("msgspec", "ZeroDivisionError"),
    ],
)
def test_doctor_finds_a_broken_package(tmp_path: Path, package: str, cause: str) -> None:
    done = run("doctor", "--json", path=broken(tmp_path, package))
    assert done.returncode == 1, done.stdout
    found = failures(done.stdout)
    assert any(cause in text for text in found), found
    assert not any("None" in text or "Traceback" in text for text in found), found
    assert len(found) == 1, f"one cause is one line: {list(found)}"


def test_a_broken_numpy_is_not_called_missing(tmp_path: Path) -> None:
    done = run("serve", path=broken(tmp_path, "numpy"))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "'numpy'" in done.stderr and "libblas.so.3" in done.stderr and str(tmp_path) in done.stderr, done.stderr
    assert "not installed" not in done.stderr and "None" not in done.stderr and "--force-reinstall" in done.stderr


def test_an_environment_without_zmq(tmp_path: Path) -> None:
    python = venv_without(tmp_path / "an environment", "zmq", "pyzmq")
    done = run("doctor", "--json", python=python)
    assert done.returncode == 1, done.stdout
    assert [t for t in failures(done.stdout) if "'pyzmq' is not installed" in t], done.stdout
    hint = next(iter(failures(done.stdout).values()))["hint"]
    assert f"'{python}' -m pip install 'pyzmq" in hint, "it can be pasted, and is of this very environment"
    done = run("serve", python=python)
    assert done.returncode == 1 and "'pyzmq' is not installed" in done.stderr, done.stderr
    assert run("doctor", python=venv_without(tmp_path / "whole")).returncode == 0, "the control"


def test_onnxruntime_without_its_library(tmp_path: Path) -> None:
    """What is left when two of its packages were installed and one was removed."""
    (tmp_path / "onnxruntime").mkdir()
    (tmp_path / "onnxruntime" / "__init__.py").write_text("")
    done = run("doctor", "--json", path=tmp_path)
    assert done.returncode == 1 and any("without its library" in t for t in failures(done.stdout)), done.stdout


def test_two_onnxruntimes_clash(tmp_path: Path) -> None:
    """As pip leaves them: each by its metadata, and one folder for both."""
    info = tmp_path / "onnxruntime_gpu-1.27.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: onnxruntime-gpu\nVersion: 1.27.0\n")
    done = run("doctor", "--json", path=tmp_path)
    (text,) = [t for t in failures(done.stdout) if "overwrite each other's files" in t]
    assert done.returncode == 1 and "onnxruntime and onnxruntime-gpu" in text
    first, then = failures(done.stdout)[text]["hint"].removeprefix("run: ").split("; then: ")
    assert shlex.split(first) == [sys.executable, *["-m", "pip", "uninstall", "-y", "onnxruntime", "onnxruntime-gpu"]]
    assert shlex.split(then.split(", or")[0]) == [sys.executable, *["-m", "pip", "install", "dreambridge[cpu]"]]


def failed_import(code: str) -> ImportError:
    with pytest.raises(ImportError) as e:
        exec(code, {"__name__": "dreambridge"})
    return e.value


def test_which_package_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = import_failed(failed_import("import no_such_package.part"))
    assert said.message == "The Python package 'no_such_package' is not installed."
    said = import_failed(failed_import("from numpy import no_such_name"))
    assert "'numpy'" in said.message and "cannot be loaded" in said.message and "no_such_name" in said.message
    wrapper = tmp_path / "wrapper"
    wrapper.mkdir()
    (wrapper / "__init__.py").write_text(
        "try:\n    import wrapper._core\nexcept ImportError as e:\n    raise ImportError('READ THIS ADVICE') from e\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    said = import_failed(failed_import("import wrapper"))
    assert f"'wrapper' in {wrapper}" in said.message and "wrapper._core" in said.message and "ADVICE" not in said.message
    assert import_failed(ImportError("who knows", name=None)).message == "An import failed: who knows"


def test_install_command_asks_for_our_releases() -> None:
    assert "'numpy<3,>=1.26'" in install_command("numpy") or "'numpy>=1.26,<3'" in install_command("numpy")
    assert install_command("PIL").split()[-1].strip("'").startswith("pillow")
    assert install_command("onnxruntime").endswith("'dreambridge[cpu]'")
    assert install_command("torch").endswith("'dreambridge[train]'"), "the only extra with it, which the documents name"
    assert "'av" in install_command("av", again=True), "a broken package is installed again by itself"


@pytest.mark.parametrize(
    ("origin", "words", "extra"),
    [
        (
            '{"url": "file:///a/checkout", "dir_info": {"editable": true}}',
            ["--editable", "file:///a/checkout"],
            ["--editable", "file:///a/checkout[cpu]"],
        ),
        (
            '{"url": "file:///a/wheel.whl", "archive_info": {}}',
            ["file:///a/wheel.whl"],
            ["dreambridge[cpu] @ file:///a/wheel.whl"],
        ),
        (None, ["--editable", str(ROOT)], ["--editable", f"{ROOT}[cpu]"]),
    ],
)
def test_dreambridge_is_reinstalled_from_where_it_came(
    origin: str | None, words: list[str], extra: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not on PyPI: pip would find nothing there, or something of somebody else."""
    info = tmp_path / "dreambridge-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dreambridge\nVersion: 0.1.0\n")
    if origin:
        (info / "direct_url.json").write_text(origin)
    monkeypatch.syspath_prepend(tmp_path)
    assert shlex.split(install_command("dreambridge", True))[5:] == words
    assert shlex.split(install_command("dreambridge[cpu]", True))[5:] == extra
    # For an extra pip needs no more than the name of what is installed.
    assert shlex.split(install_command("onnxruntime"))[4:] == ["dreambridge[cpu]"]
    monkeypatch.setattr(imports, "_CHECKOUT", tmp_path)
    assert origin or shlex.split(install_command("dreambridge", True))[5:] == [imports.UNKNOWN_ORIGIN]


def test_what_is_not_installed_is_installed_from_its_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a program that finds Dreambridge by PYTHONPATH: pip would look for its name in an index."""
    monkeypatch.setattr(imports, "_about", lambda distribution="dreambridge": None)
    assert shlex.split(install_command("onnxruntime"))[4:] == ["--editable", f"{ROOT}[cpu]"]


def test_a_broken_onnxruntime_is_reinstalled_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is installed: several overwrite each other's files."""
    about = imports._about
    monkeypatch.setattr(imports, "_about", lambda d="dreambridge": None if d in imports._RUNTIMES else about(d))
    assert re.match(r"onnxruntime[<>]", shlex.split(install_command("onnxruntime", True))[5])
    monkeypatch.setattr(imports, "_about", lambda d="dreambridge": about("dreambridge" if d == "onnxruntime-gpu" else d))
    assert "onnxruntime-gpu" in shlex.split(install_command("onnxruntime", True))[5]
