"""Command lines in messages, ready to paste into a terminal."""

import os
import shlex
import subprocess


def command_line(*words: str) -> str:
    """The words as one line; words with a space or a special character are quoted."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def serve_command(name: str) -> str:
    """The command that starts the daemon of that name."""
    return command_line("dreambridge", "serve", *(() if name == "default" else ("--name", name)))


def end_command(pid: int) -> str:
    """The command that ends a process that does not respond."""
    return command_line("taskkill", "/F", "/PID", str(pid)) if os.name == "nt" else command_line("kill", "-9", str(pid))
