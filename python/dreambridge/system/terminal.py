"""Command lines for messages, which can be pasted into a terminal as they are."""

import os
import shlex
import subprocess


def command_line(*words: str) -> str:
    """The words as one line; what has a space or a special character in it is quoted."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def serve_command(name: str) -> str:
    """The line that starts the daemon of that name."""
    return command_line("dreambridge", "serve", *(() if name == "default" else ("--name", name)))


def end_command(pid: int) -> str:
    """The line that ends a process that does not listen."""
    return command_line("taskkill", "/F", "/PID", str(pid)) if os.name == "nt" else command_line("kill", "-9", str(pid))
