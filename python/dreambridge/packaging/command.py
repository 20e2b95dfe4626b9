"""``dreambridge package`` on a terminal: progress, then a summary and the requirements of a player's machine; the addon's zip."""

import argparse
import json

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dreambridge.packaging.addon import package_addon
from dreambridge.packaging.folder import package
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable

MB = 1e6


def _addon(a: argparse.Namespace) -> None:
    if a.bundle or a.rules:
        given = "--bundle" if a.bundle else "--rules"
        raise DreamError("bad_argument", f"--godot-addon does not accept {given}.", "The wheel in the addon has all bundles.")
    about = package_addon(a.out)
    if a.json:
        print(json.dumps(about))
        return
    print(f"{about['path']}: {about['size'] / MB:.1f} MB in {about['files']} files")
    print(f"  with {about['wheel']['name']}, {about['wheel']['size'] / MB:.1f} MB")


def run(a: argparse.Namespace) -> None:
    if a.godot_addon:
        _addon(a)
        return
    a.bundle = a.bundle or "vista"
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("looking", total=None)
        about = package(
            a.out,
            a.bundle,
            lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None),
            a.rules,
        )
    if a.json:
        print(json.dumps(about))
        return
    largest = list(about["parts"].items())
    shown = [*largest[:8], ("the rest", sum(size for _, size in largest[8:]))]
    print(f"{about['path']}: {about['size'] / MB:.1f} MB in {about['files']} files")
    print("  " + ", ".join(f"{name} {size / MB:.1f}" for name, size in shown))
    tested = about["self_test"]
    print(f"  self-test: the daemon started in {tested['start_s']} s and made {tested['frames']} frames with {a.bundle}")
    needs = about["needs"]
    print(f"  a player's machine needs: {about['platform']}, glibc {needs['glibc']} or newer", end="")
    print("".join(f", {name} with {' and '.join(versions)}" for name, versions in needs["libraries"].items()))
    if about["libraries_from_the_system"]:
        print(f"  copied from this system: {', '.join(about['libraries_from_the_system'])}")
    for title in about["licences_not_found"]:
        print(f"  licence text not found; find it before you distribute the folder: {printable(title)}")
    if not about["stripped"]:
        print("  install the program `strip` (package binutils) to make the folder smaller")
