"""An hour of the desk: used without a pause, while the page's heap and the memory of its processes are read.

``python3 dev.py bench desk --soak 3600 --out desk-hour.json``. Each round does what a person does; each sample is taken after a
garbage collection. Only what grows counts: a busy machine makes fewer rounds. A round that takes longer than a minute is left,
and counted.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from dreambridge.bench.report import goal

from devtools.browser import Tab

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "arrival.dream.json"
DESK = "import('/desk.js').then(async ({{ desk }}) => {{ {} }})"
PAGE = ("JSHeapUsedSize", "Nodes", "JSEventListeners", "Documents")
MAX_SAMPLES = 120
WARM = 0.25  # of the time: caches fill up, the strip and the log reach their limits
# What may be there at the end beyond the beginning, whatever the length: a share, and an amount of noise.
MAY_GROW = {
    "heap_mb": (0.05, 1.0),
    "nodes": (0.05, 200.0),
    "listeners": (0.0, 4.0),
    "documents": (0.0, 1.0),
    "held": (0.0, 2.0),
    "daemon_mb": (0.05, 16.0),  # ONNX Runtime gives back the memory of a closed stream late, or keeps it for the next one
    "preview_mb": (0.05, 6.0),
    "browser_mb": (0.1, 40.0),
}


@dataclass
class Samples:
    """What was read, by name, and when (seconds from the beginning)."""

    at: list[float] = field(default_factory=list)
    of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, at: float, values: dict[str, float]) -> None:
        self.at.append(at)
        for name, value in values.items():
            self.of.setdefault(name, []).append(value)


def growth(samples: Samples) -> dict[str, dict[str, float]]:
    """By name: the median of the first and the last third after the warm-up, how much more it is, and how much it may be."""
    begun = next((i for i, t in enumerate(samples.at) if t >= WARM * samples.at[-1]), 0)
    out = {}
    for name, values in samples.of.items():
        rest = values[begun:]
        third = max(1, len(rest) // 3)
        first, last = float(np.median(rest[:third])), float(np.median(rest[-third:]))
        share, amount = MAY_GROW[name]
        out[name] = {"first": round(first, 2), "last": round(last, 2), "more": round(last - first, 2)}
        out[name]["may_grow"] = round(share * first + amount, 2)
    return out


def read(tab: Tab, processes: dict[str, psutil.Process]) -> dict[str, float]:
    """The page's heap, nodes and listeners after a garbage collection, and the memory of each process in MB."""
    for _ in range(2):
        tab.call("HeapProfiler.collectGarbage")
    found = {m["name"]: m["value"] for m in tab.call("Performance.getMetrics")["metrics"]}
    held = tab.run(DESK.format("const { urls, bitmaps, waiting, listeners, keys } = desk.counts();"
                               " return urls + bitmaps + waiting + listeners + keys;"))  # fmt: skip
    memory = {name: _resident(p) for name, p in processes.items()}
    heap, nodes, listeners, documents = (found[k] for k in PAGE)
    page = {"heap_mb": heap / 1e6, "nodes": nodes, "listeners": listeners, "documents": documents, "held": held}
    return page | {f"{name}_mb": v / 1e6 for name, v in memory.items()}


def _resident(p: psutil.Process) -> float:
    """Bytes of a process; of a browser, of all its processes."""
    total = 0.0
    for part in (p, *(p.children(recursive=True) if "chrom" in p.name().lower() else ())):
        try:
            total += part.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


class Person:
    """Uses each part of the desk in turn. What may fill up to a limit is full from the beginning, or is taken away again.

    ``left`` : why rounds were left before their end.
    """

    def __init__(self, tab: Tab) -> None:
        self.tab, self.rounds, self.left = tab, 0, list[str]()
        text = json.dumps(EXAMPLE.read_text("utf-8"))
        self.do(f"await desk.document.documents.read(new File([{text}], 'arrival.dream.json'))")

        self.do("for (let k = 0; k < 320; k++) desk.log(`line ${k}`)")

    def do(self, script: str) -> Any:
        return self.tab.run(DESK.format(script))

    def one_round(self) -> None:
        self.rounds += 1
        try:
            self._use(self.rounds - 1)
        except (RuntimeError, TimeoutError) as e:
            self.left.append(f"round {self.rounds}: {e}")
            self._tidy()

    def _tidy(self) -> None:
        """What a round that was left may have left open."""
        try:
            self.do("desk.takes.close(); desk.compare.close(); if (desk.takes.recording) await desk.takes.toggle()")
            self.do("await desk.document.player.stop().catch(() => {})")
            self.tab.run("document.querySelectorAll('.takes [aria-label^=Forget], #toasts button').forEach((b) => b.click())")
        except (RuntimeError, TimeoutError) as e:
            self.left.append(f"after round {self.rounds}: {e}")

    def _use(self, k: int) -> None:
        tab = self.tab
        for panel in ("inputs", "perform", "stream", "direct"):
            tab.click(f"#tab-{panel}")
        x, y = tab.place("fieldset.number input[type=range]")
        tab.drag((x, y), (x + (40 if k % 2 else -40), y))
        tab.click("input[value=snow] + span" if k % 2 else "input[value=rain] + span")
        self.do("desk.direct({event: 'birds'}); desk.toast('A message', 'good')")
        self.do("await desk.document.player.play('dawn', 3)")
        self.do("desk.document.editor.edit('soak', (root) => ({ ...root, title: String(Math.random()) }))")
        time.sleep(0.3)
        self.do("desk.document.editor.undo(); await desk.document.player.release().catch(() => {})")
        self.do("await desk.document.player.stop()")
        if k % 4 == 0:
            self.do("await desk.takes.toggle(); await desk.takes.last()")
            tab.until(DESK.format("return !!desk.takes.replay?.session.shown"))
            self.do("desk.takes.close(); await desk.takes.toggle()")
            tab.run("document.querySelectorAll('.takes [aria-label^=Forget]').forEach((b) => b.click())")
        if k % 3 == 0:
            self.do("await desk.minute.go(1); desk.saves.png(); if (desk.minute.names.size < 4) await desk.minute.keep()")
        if k % 5 == 0:
            self.do("desk.perform.toggle(); desk.direct({energy: Math.random()}); desk.perform.toggle()")
        if k % 10 == 5:
            self.do("desk.compare.show()")
            tab.until(DESK.format("return !!desk.compare.session?.shown"))
            self.do("desk.compare.close()")
        tab.run("document.querySelectorAll('#toasts button').forEach((b) => b.click())")
        tab.until(DESK.format("const c = desk.counts(); return c.urls === 0 && c.waiting === 0"))


def processes_of(preview: Any, tab: Tab) -> dict[str, psutil.Process]:
    """The daemon, this process with the preview in it, and the browser."""
    me = psutil.Process()
    browser = next((p for p in me.children() if "chrom" in p.name().lower()), None)
    found = {"daemon": psutil.Process(preview._daemon.pid), "preview": me}
    return found | ({"browser": browser} if browser else {})


def soak(
    tab: Tab, preview: Any, seconds: float, least: int = 8, each: Callable[[Person, Samples], None] = lambda *_: None
) -> Samples:
    """Use the desk for so long, and at least for so many samples, and read what it takes; ``each`` is called after each."""
    tab.call("Performance.enable")
    processes = processes_of(preview, tab)
    person, samples = Person(tab), Samples()
    begun, every = time.monotonic(), seconds / MAX_SAMPLES
    while (now := time.monotonic() - begun) < seconds or len(samples.at) < least:
        person.one_round()
        if not samples.at or now >= samples.at[-1] + every:
            samples.add(time.monotonic() - begun, read(tab, processes))
            each(person, samples)
    return samples


def soaked(tab: Tab, preview: Any, seconds: float, out: Path | None = None) -> dict[str, Any]:
    """The result of ``bench desk --soak``; after each sample it is written to ``out``, as far as it is, and a line to stderr."""
    result: dict[str, Any] = {}

    def each(person: Person, samples: Samples) -> None:
        result.update(result_of(tab, person, samples))
        last = ", ".join(f"{name} {values[-1]:.0f}" for name, values in samples.of.items())
        print(
            f"{samples.at[-1]:.0f} of {seconds:.0f} s, {person.rounds} rounds, {len(person.left)} left: {last}", file=sys.stderr
        )
        if out:
            out.write_text(json.dumps(result, indent=1) + "\n")

    soak(tab, preview, seconds, each=each)
    return result


def result_of(tab: Tab, person: Person, samples: Samples) -> dict[str, Any]:
    grown = growth(samples)
    goals = {f"{name}_more": goal(g["more"], name, most=g["may_grow"]) for name, g in grown.items()}
    return {
        "soaked_s": round(samples.at[-1], 1),
        "samples": len(samples.at),
        "rounds": person.rounds,
        "rounds_left": person.left[:20],
        "growth": grown,
        "errors_of_the_page": tab.errors,
        "goals": goals
        | {
            "errors": goal(float(len(tab.errors)), "errors", most=0.0),
            "rounds_left": goal(len(person.left) / max(1, person.rounds), "of all rounds", most=0.1),
        },
    }
