"""The desk's page as a whole, in a real Chromium: safety, sizes, touch, axe-core, and that an hour does not make it grow."""

import re

import pytest
from desk_page import Desk

from devtools import axe
from devtools.bench.desk import WATCH, jumps
from devtools.bench.desk_soak import growth, soak
from devtools.browser import NoBrowser

SERIOUS = ("serious", "critical")


def test_the_address_does_not_stay(desk: Desk) -> None:
    with desk.page() as tab:
        entries = tab.call("Page.getNavigationHistory")["entries"]
        assert tab.run("location.href") == f"http://127.0.0.1:{desk.preview.port}/"
        assert not any("token" in e["url"] for e in entries)
        assert tab.run("document.cookie") == "" and tab.run("document.referrer") == ""
        tab.run(
            "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); "
            "const i = document.createElement('div'); i.innerHTML = '<p style=\"color: red\">'; document.body.append(i); })()"
        )
        assert tab.run("window.ran ?? null") is None, "inline scripts do not run"
        assert "refused" in tab.run("fetch('http://localhost:1/').then(() => 'sent', () => 'refused')")
        assert any("Content Security Policy" in e for e in tab.errors)


SIZES = [(360, 800), (768, 1024), (1280, 800), (1920, 1080), (3840, 2160)]


def test_it_fits_from_360_pixels_to_4k(desk: Desk) -> None:
    tab = desk.tab
    for width, height in SIZES:
        tab.size(width, height, touch=width < 800)
        for panel in ("direct", "stream", "inputs", "perform"):
            desk.show(panel)
            wide = tab.run("document.scrollingElement.scrollWidth - innerWidth")
            assert wide <= 0, (width, panel, wide)
            over = tab.run(
                "[...document.querySelectorAll('button, input, select, textarea, canvas, svg')].filter((e) => e.checkVisibility()"
                " && !e.closest('#document')).filter((e) => { const r = e.getBoundingClientRect();"
                " return r.width && (r.left < -1 || r.right > innerWidth + 1); }).map((e) => e.outerHTML.slice(0, 90))"
            )
            assert not over, (width, panel, over)
        desk.show("direct")
        side = tab.run("document.querySelector('.picture').clientWidth")
        assert side >= (300 if width == 360 else 200), (width, side)


# The buttons beside the picture at whose upper or lower edge something else lies.
COVERED = """[...document.querySelectorAll('#transport button')].filter((b) => {
    const r = b.getBoundingClientRect();
    const seen = (y) => b.contains(document.elementFromPoint(r.x + r.width / 2, y));
    return !seen(r.top + 3) || !seen(r.bottom - 3);
}).map((b) => b.textContent)"""


def test_no_button_lies_under_the_strip(desk: Desk) -> None:
    """With the log open, kept places, and the notice of a slow machine, above a cutscene."""
    tab = desk.tab
    few = "document.querySelector('#log').offsetHeight"
    tab.press("l")
    try:
        desk.js("desk.minute.keep()")
        desk.until("desk.minute.places.children.length === 1")
        tab.run("document.querySelectorAll('#log-lines li').forEach((l, k) => k > 1 && l.remove())")
        assert tab.run(few) < 140, "the log is as high as its lines"
        desk.js("[...Array(40).keys()].forEach((k) => desk.log(`line ${k}`))")
        assert 240 < tab.run(few) <= 260
        desk.js("(desk.slow.text.textContent = 'Frames are late. '.repeat(9), desk.slow.root.hidden = false)")
        for size in ((1280, 800), (1000, 700), (1920, 1080)):
            tab.size(*size)
            assert tab.run(COVERED) == [], size
        tab.run("document.querySelector('#live-parts').style.gridTemplateRows = 'auto 40px auto'")
        assert tab.run(COVERED), "a control: on a low picture the strip would cover them"
    finally:
        tab.run("document.querySelector('#live-parts').style.gridTemplateRows = ''")
        desk.js("desk.slow.root.hidden = true")
        tab.press("l")


def test_a_slow_machine_says_so(desk: Desk) -> None:
    """No machine draws a thousand frames a second: the figures in the notice are those of the stream, and a press helps."""
    desk.fresh(fps=1000)
    notice = desk.until("!desk.slow.root.hidden && desk.slow.root.textContent")
    said = re.match(r"(\d+) of 1000 frames a second are shown. A step takes (\d+) ms of 1 ms, on 1 thread \((\w+)\)", notice)
    assert said and int(said[1]) <= 240, notice
    stream = desk.preview._streams["main"].there()
    stats = stream.stats()
    assert int(said[2]) <= 10 * stats.step_ms_p50 + 10 and said[3] in stream.info.provider, (notice, stats)
    press = "[...document.querySelectorAll('#slow button')].find((b) => b.textContent === '%s').click()"
    assert "Use 2 threads" in notice or desk.js("navigator.hardwareConcurrency") == 1
    desk.js(press % "Ask for 500 frames a second")
    desk.until("desk.info.fps === 500 && desk.frame && desk.slow.root.hidden")
    desk.fresh(fps=3)
    desk.until("desk.frame.time > 6")
    assert desk.js("desk.slow.root.hidden"), "a rate that is kept is no trouble"


def test_after_a_rewind_the_rate_is_measured_again(desk: Desk) -> None:
    desk.until("desk.frame.time > 2")
    desk.js("(desk.seen = [], desk.watch = desk.on('measured', (m) => desk.seen.push(m.shown)))")
    desk.js("(desk.slow.root.hidden = false)")
    desk.js("desk.minute.go(1)")
    assert desk.js("desk.slow.root.hidden")
    desk.until("desk.seen.includes(undefined) && desk.seen.at(-1) > 0")
    desk.js("desk.watch()")


def test_frames_that_are_not_drawn_do_not_slow_the_page(desk: Desk) -> None:
    """A rewind drops the frame that waits to be drawn; the preview sends the next ones all the same."""
    desk.js(
        "await (async () => { for (let k = 0; k < 4; k++) {"
        " while (!desk.session.newest) await new Promise((go) => setTimeout(go, 1));"
        " desk.session.landed({ values: desk.values }); } })()"
    )
    desk.js("(desk.drawn = 0, desk.watch = desk.on('shown', () => desk.drawn++))")
    first = desk.js("desk.frame.index")
    desk.until(f"desk.frame.index > {first + 60}")
    desk.js("desk.watch()")
    assert desk.js("desk.drawn") > 30, "about one a second"


def test_the_log_says_that_it_plays_at_the_full_rate_again(desk: Desk) -> None:
    for _ in range(3):
        desk.js("desk.emit('state', {state: 'slowed', reason: 'deadlines were missed', fps: 5})")
        desk.js("desk.emit('state', {state: 'playing', reason: '', fps: 10})")
    first, second = desk.log()[:2]
    # A busy machine adds lines of its own.
    for line, said in ((first, "Plays at the full rate again."), (second, "Slowed: deadlines were missed.")):
        counted = re.search(re.escape(said) + r" \((\d+) times\)", line)
        assert counted and int(counted[1]) >= 3, (first, second)


def test_touch(desk: Desk) -> None:
    tab = desk.tab
    tab.size(360, 800, touch=True)
    x, y = tab.place(".posepad svg")
    for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchMove", [{"x": x + 30, "y": y}]), ("touchEnd", [])):
        tab.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    desk.until("desk.values.pose")


def test_axe_finds_nothing_serious(desk: Desk) -> None:
    tab = desk.tab
    try:
        axe.script()
    except NoBrowser as e:
        pytest.skip(str(e))
    desk.js("(desk.direct({time_of_day: 3}), desk.toast('A message', 'good'))")
    tab.press("l")
    for scheme, size in (("dark", (1280, 800)), ("light", (360, 800))):
        tab.colours(scheme)
        tab.size(*size)
        for panel in ("direct", "stream", "inputs", "perform"):
            desk.show(panel)
            found = axe.findings(tab, *SERIOUS)
            assert not found, (scheme, panel, found)
    tab.press("?")
    assert not axe.findings(tab, *SERIOUS)
    tab.press("Escape")
    tab.press("l")
    # A control: what is wrong is found.
    tab.run("document.querySelector('#head-buttons').append(document.createElement('button'))")
    assert "button-name" in {f["rule"] for f in axe.findings(tab, *SERIOUS)}
    tab.run("document.querySelector('#head-buttons').lastElementChild.remove()")


def test_nothing_grows(desk: Desk) -> None:
    """An hour in short: each thing that makes and drops something, several times. Counted, not timed."""
    tab = desk.tab

    def count() -> dict[str, int]:
        desk.until("desk.counts().urls === 0 && desk.counts().waiting === 0 && desk.counts().sent === 0")
        tab.run("document.querySelectorAll('#toasts button').forEach((b) => b.click())")
        tab.run("document.querySelectorAll('#log-lines li').forEach((l) => l.remove())")  # it grows to its limit
        for _ in range(3):
            tab.call("HeapProfiler.collectGarbage")
        counters = tab.call("Memory.getDOMCounters")
        return dict(desk.js("desk.counts()")) | {"listeners_all": counters["jsEventListeners"], "nodes_all": counters["nodes"]}

    def work() -> None:
        desk.js("desk.compare.show()")
        desk.until("desk.compare.session?.shown")
        desk.js("desk.compare.close()")
        desk.js("desk.saves.start()")
        desk.until("desk.frame.index > 8")
        desk.js("desk.saves.stop()")
        desk.js("desk.saves.png()")
        desk.js("desk.perform.toggle()")
        desk.js("desk.direct({energy: Math.random(), weather: 'rain'})")
        desk.js("desk.direct({reference: {base64: desk.canvas.toDataURL('image/png').split(',')[1]}})")
        desk.until("desk.session.pending.size === 0 && desk.session.sent.length === 0")
        desk.js("desk.perform.toggle()")
        desk.fresh(bundle="testcard", fps=20)
        desk.fresh()
        for panel in ("inputs", "perform", "stream", "direct"):
            desk.show(panel)

    work()  # what is made once is there after the first time
    before = count()
    for _ in range(3):
        work()
    after = count()
    assert after["bitmaps"] == after["urls"] == 0
    grown = {k: (before[k], after[k]) for k in before if after[k] > before[k] + (20 if "nodes" in k else 2)}
    assert not grown


def test_the_bench_measures_what_one_sees(desk: Desk) -> None:
    """With frames that are drawn late, the figure is late, and the stages say where."""
    desk.tab.run(WATCH)
    took, quiet, parts = jumps(desk.tab, 3)
    assert max(quiet) < 3 and all(0 < t < 5000 for t in took)
    assert [sum(p.values()) for p in parts] == pytest.approx(took, abs=0.01)
    assert all(v > -5 for p in parts for v in p.values()), "the two clocks are compared"
    dragged, *_ = jumps(desk.tab, 1, drag=True)
    assert dragged[0] > 0
    late = (
        "(desk.session.usual = desk.session.take, desk.session.take = function () { const f = this.usual();"
        " if (f) (this.late ??= []).push([performance.now() + 1500, f]);"
        " return this.late?.length && performance.now() > this.late[0][0] ? this.late.shift()[1] : null; })"
    )
    desk.js(late)
    delayed, _, where = jumps(desk.tab, 2)
    desk.js("delete desk.session.take")
    assert min(delayed) >= 1500
    assert all(max(p, key=lambda name: p[name]) == "until the refresh draws" for p in where)


def test_a_soak_sees_what_grows(desk: Desk) -> None:
    """In short; an hour is `python3 dev.py bench desk --soak 3600`. The control keeps listeners, nodes and memory."""
    desk.tab.run("window.confirm = () => true")
    steady = growth(soak(desk.tab, desk.preview, 0.0, least=4))
    assert {"daemon_mb", "preview_mb", "browser_mb", "heap_mb"} <= set(steady)
    for name in ("listeners", "documents", "held"):
        assert steady[name]["more"] <= steady[name]["may_grow"], (name, steady[name])
    desk.js(
        "(desk.leak = [], desk.leaking = setInterval(() => { for (let k = 0; k < 50; k++) {"
        " const e = document.createElement('p'); e.addEventListener('click', () => e);"
        " desk.leak.push(e, new Array(20000).fill(k)); } }, 100))"
    )
    leaky = growth(soak(desk.tab, desk.preview, 0.0, least=4))
    desk.js("(clearInterval(desk.leaking), desk.leak.length = 0)")
    for name in ("listeners", "nodes", "heap_mb"):
        assert leaky[name]["more"] > leaky[name]["may_grow"], (name, leaky[name])
