"""``dreambridge conformance``: runs the protocol's scenarios against a client or a daemon, and prints a table."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from dreambridge.conformance.run import Outcome, check_client, check_daemon, check_names
from dreambridge.conformance.scenarios import Scenario, load, load_daemon
from dreambridge.protocol.errors import DreamError

STYLES = {"ok": "green", "failed": "bold red", "skipped": "yellow", "known": "yellow", "unexpected": "bold red"}


def chosen(scenarios: list[Scenario], only: str | None) -> list[Scenario]:
    """The scenarios in ``only``, separated by commas; all if it is empty."""
    if not only:
        return scenarios
    names = [n.strip() for n in only.split(",")]
    check_names(names, [s.name for s in scenarios])
    return [s for s in scenarios if s.name in names]


def known_failures(path: Path | None) -> list[str]:
    """The names in a file, one per line; # begins a comment."""
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Give a file with one scenario per line.") from e
    return [name for line in lines if (name := line.partition("#")[0].strip())]


def conformance(
    client: Sequence[str],
    daemon: str | None,
    *,
    tcp: bool,
    only: str | None,
    known: Path | None,
    jobs: int,
    bundle: str,
    as_json: bool,
) -> int:
    """Run and report; 0 if everything passed, 1 if something failed or a known failure passed."""
    if bool(client) == bool(daemon):
        raise DreamError(
            "bad_argument", "No client or daemon was given.", "Use --daemon NAME, or --client COMMAND as the last option."
        )
    scenarios = chosen(load() if client else load_daemon(), only)
    # The list may name scenarios that are not in this run.
    names = [n for n in known_failures(known) if not only or n in [s.name for s in scenarios]]
    if daemon:
        subject, outcomes = check_daemon(daemon, bundle, scenarios, names)
    else:
        command = shlex.split(client[0]) if len(client) == 1 else list(client)
        subject, outcomes = check_client(command, scenarios, tcp=tcp, known=names, jobs=jobs)
    good = all(o.good for o in outcomes)
    if as_json:
        print(json.dumps({"subject": subject, "good": good, "scenarios": [o.as_map() for o in outcomes]}))
    else:
        show(subject, scenarios, outcomes)
    return 0 if good else 1


def show(subject: str, scenarios: Sequence[Scenario], outcomes: Sequence[Outcome]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table("scenario", "result", "s", "topic", title=subject, title_justify="left")
    for s, o in zip(scenarios, outcomes, strict=True):
        table.add_row(s.name, f"[{STYLES[o.result]}]{o.result}[/]", f"{o.seconds:.1f}", escape(s.description))
    console.print(table)
    for o in outcomes:
        if o.result in ("failed", "unexpected"):
            console.print(f"[bold red]{o.name}[/]: {escape(o.why)}", soft_wrap=True)
    counts = {r: sum(o.result == r for o in outcomes) for r in STYLES}
    console.print(", ".join(f"{n} {r}" for r, n in counts.items() if n))
