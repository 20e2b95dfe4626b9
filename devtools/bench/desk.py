"""The desk in a real Chromium: from a slider to the changed picture, the rate that is shown, and what an hour would add.

The slider is pressed and dragged by real mouse events. A frame counts as obeying when it differs from the last one by far more
than two frames in a row do. Each time is also given by its stages, from the browser's event to the drawn picture.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from dreambridge.bench.report import goal, spread
from dreambridge.protocol.errors import DreamError
from dreambridge.system.malloc import share_arenas

from devtools.bench.desk_soak import soaked
from devtools.browser import NoBrowser, Tab, desk

DIFFERENT = 8.0  # of 255, the mean over a small copy: noon and night differ by 70, two frames in a row by less than 1
MAX_WAIT_S = 60.0
FPS = 24
SLIDER = '[aria-label="time of day"]'
# Runs in the page. ``next`` waits for the first frame that differs from the one before, and gives the times of its stages;
# ``quiet`` has the distances of the frames before the direction.
WATCH = (
    "(async () => {"
    f" const DIFFERENT = {DIFFERENT}, MAX_WAIT_MS = {MAX_WAIT_S * 1000}, SLIDER = {json.dumps(SLIDER)};"
    """
  const { desk } = await import('/desk.js');
  const small = document.createElement('canvas'); small.width = small.height = 32;
  const paint = small.getContext('2d', { willReadFrequently: true });
  const seen = (window.seen = { drawn: 0, quiet: [], next: null });
  let before = null, hit = null, pointer = 0, moved = 0, asked = 0, sent = 0;
  seen.arm = () => {
    moved = asked = sent = 0;
    seen.quiet = [];
    seen.next = new Promise((go) => {
      hit = go;
      setTimeout(() => go({ moved }), MAX_WAIT_MS);
    });
  };
  for (const kind of ['pointerdown', 'pointermove']) addEventListener(kind, (e) => (pointer = e.timeStamp), true);
  document.querySelector(SLIDER).addEventListener('input', () => (moved = pointer), true);
  desk.on('input', ({ at }) => (asked = at));
  const { link } = desk.session;
  link.asked ??= link.ask;
  link.ask = function (m) {
    if (m.type === 'direct') sent = performance.now();
    return this.asked(m);
  };
  desk.on('shown', (f) => {
    paint.drawImage(desk.canvas, 0, 0, 32, 32);
    const now = paint.getImageData(0, 0, 32, 32).data;
    let sum = 0;
    if (before) for (let i = 0; i < now.length; i++) sum += Math.abs(now[i] - before[i]);
    before = now;
    const difference = sum / now.length;
    seen.drawn++;
    if (hit && moved && difference > DIFFERENT) {
      const { received, begun, ended, published, came } = f;
      hit({ moved, asked, sent, received, begun, ended, published, handed: f.sent, came, drawn: performance.now() });
      hit = null;
    } else if (!moved && seen.quiet.length < 4) seen.quiet.push(difference);
  });
})()"""
)
COUNTS = "import('/desk.js').then(({ desk }) => desk.counts())"
# A stage: from one moment to the next. Those of the daemon and the preview are on another clock than those of the page.
STAGES = (
    ("browser's event", "moved", "asked"),
    ("page waits to send", "asked", "sent"),
    ("to the daemon", "sent", "received"),
    ("until a step begins", "received", "begun"),
    ("step", "begun", "ended"),
    ("publish", "ended", "published"),
    ("preview notices and sends", "published", "handed"),
    ("to the page", "handed", "came"),
    ("until the refresh draws", "came", "drawn"),
)
MACHINE = ("received", "begun", "ended", "published", "handed")


def clock_offset(tab: Tab) -> float:
    """What the page's clock is behind CLOCK_MONOTONIC, in ms, from the quickest of some answers."""
    best = (float("inf"), 0.0)
    for _ in range(20):
        before = time.monotonic_ns() / 1e6
        page = float(tab.run("performance.now()"))
        after = time.monotonic_ns() / 1e6
        best = min(best, (after - before, (before + after) / 2 - page))
    return best[1]


def stages(hit: dict[str, float], offset: float) -> dict[str, float]:
    """Milliseconds of each stage of one direction."""
    at = {k: v - offset if k in MACHINE else v for k, v in hit.items()}
    return {name: at[end] - at[start] for name, start, end in STAGES}


class Hand:
    """Moves the slider between the dead of night and past noon, by a press or by the last movement of a drag."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        tab.run("(() => { const o = document.querySelector('#over'); o.value = 0; o.dispatchEvent(new Event('input')); })()")
        self.width = tab.run(f"document.querySelector('{SLIDER}').clientWidth")

    def _places(self) -> tuple[float, float, float]:
        day = float(self.tab.run(f"document.querySelector('{SLIDER}').value")) > 6
        x, y = self.tab.place(SLIDER)  # each time: what comes and goes on the page may move it
        night, noon = x - 0.45 * self.width, x + 0.05 * self.width
        return (noon, night, y) if day else (night, noon, y)

    def press(self) -> None:
        _, there, y = self._places()
        self.tab.mouse("mousePressed", there, y)
        self.tab.mouse("mouseReleased", there, y)

    def drag(self) -> None:
        """Small movements, as many as a hand makes, and then the one that is measured."""
        here, there, y = self._places()
        self.tab.mouse("mousePressed", here, y)
        for k in range(12):
            self.tab.mouse("mouseMoved", here + k % 3 - 1, y, buttons=1)
            time.sleep(0.012)
        self.tab.run("window.seen.arm()")
        self.tab.mouse("mouseMoved", here + 1, y, buttons=1)
        self.tab.mouse("mouseMoved", there, y, buttons=1)
        self.tab.mouse("mouseReleased", there, y)


def jumps(tab: Tab, rounds: int, drag: bool = False) -> tuple[list[float], list[float], list[dict[str, float]]]:
    """Milliseconds from each movement to the first frame that differs, what frames in a row differ by without one, and stages."""
    hand, offset = Hand(tab), clock_offset(tab)
    took, quiet, parts = list[float](), list[float](), list[dict[str, float]]()
    for i in range(rounds):
        time.sleep(0.4 + 0.037 * (i % 7))  # not in step with the frames
        tab.run("window.seen.arm()")
        time.sleep(0.15)
        if drag:
            hand.drag()
        else:
            hand.press()
        hit = tab.run("window.seen.next")
        if "drawn" not in hit:
            what = "The picture did not change" if hit["moved"] else "The slider did not move"
            raise DreamError("timeout", f"{what} within {MAX_WAIT_S:g} s.", "The machine may be busy.")
        took.append(hit["drawn"] - hit["moved"])
        parts.append(stages(hit, offset))
        quiet += tab.run("window.seen.quiet")
    return took, quiet, parts


def measure(quick: bool, soak: float = 0.0, out: Path | None = None) -> dict[str, Any]:
    rounds, seconds = (4, 3.0) if quick else (60, 20.0)
    share_arenas()  # as the commands that serve the page do
    try:
        with desk("vista") as (tab, preview):
            tab.size(1280, 800)
            if soak:
                return soaked(tab, preview, soak, out)
            tab.run(WATCH)
            time.sleep(2.0)
            took, quiet, parts = jumps(tab, rounds)
            dragged, _, dragged_parts = jumps(tab, rounds // 2, drag=True)
            tab.run("window.seen.drawn = 0")
            stream = preview._streams["main"].there()
            first = stream.stats()
            time.sleep(seconds)
            shown, last = tab.run("window.seen.drawn"), stream.stats()
            made = last.frames - first.frames
            growth = _growth(tab, 1 if quick else 4)
            errors = tab.errors
    except NoBrowser as e:
        raise DreamError("missing_package", f"Chromium is unavailable: {e}.", "Install Chromium or Chrome.") from e
    return {
        "compared": f"Vista at {FPS} frames a second in headless Chromium, 1280 x 800, drawn without a GPU",
        "slider_to_picture_ms": spread(took),
        "dragged_slider_to_picture_ms": spread(dragged),
        "stages_ms_p50_p90": _spread_of(parts),
        "stages_ms_p50_p90_dragged": _spread_of(dragged_parts),
        "difference_without_a_direction": spread(quiet) if quiet else None,
        "frames_made_and_shown": [made, shown],
        "threads": last.threads if hasattr(last, "threads") else stream.info.threads,
        "step_ms_p50": round(last.step_ms_p50, 2),
        "load_after": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "errors_of_the_page": errors,
        "goals": {
            "slider_to_picture_ms_p50": goal(float(np.median(took)), "ms", most=80.0),
            "dragged_slider_to_picture_ms_p50": goal(float(np.median(dragged)), "ms", most=80.0),
            "shown_of_made": goal(shown / max(1, made), "times", least=0.95),
            "growth": goal(float(growth), "objects a round", most=2.0),
        },
    }


def _spread_of(parts: list[dict[str, float]]) -> dict[str, list[float]]:
    """p50 and p90 of each stage."""
    return {name: [round(float(v), 1) for v in np.percentile([p[name] for p in parts], [50, 90])] for name, *_ in STAGES}


def _growth(tab: Tab, rounds: int) -> float:
    """Listeners, object URLs, bitmaps and waiting requests that each round of use adds, without those of the first round."""

    def use() -> int:
        for panel in ("inputs", "perform", "stream", "direct"):
            tab.click(f"#tab-{panel}")
        tab.run("import('/desk.js').then(({ desk }) => { desk.saves.png(); desk.compare.show(); })")
        tab.until("import('/desk.js').then(({ desk }) => !!desk.compare.session?.shown)", 60)
        tab.run("import('/desk.js').then(({ desk }) => desk.compare.close())")
        tab.until(f"{COUNTS}.then((c) => c.urls === 0 && c.waiting === 0)", 60)
        tab.call("HeapProfiler.collectGarbage")
        counts = tab.run(COUNTS)
        listeners = tab.call("Memory.getDOMCounters")["jsEventListeners"]
        return int(listeners + sum(counts[k] for k in ("urls", "bitmaps", "listeners", "keys", "waiting")))

    use()
    first = use()
    for _ in range(rounds):
        last = use()
    return (last - first) / rounds
