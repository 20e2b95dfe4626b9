"""Takes and ways on the desk in a real Chromium: the last minute again, a recorded take, both ways of a choice."""

import json
from pathlib import Path

import pytest
from cutscene_page import PATIENT, drop, prepared, shot, take_text, until, view, with_example
from desk_page import Desk
from dreambridge.commands.replay import replay
from dreambridge.preview.take_replay import TakeReplay
from dreambridge.take.read import parse_take

from devtools.browser import Tab

pytestmark = pytest.mark.timeout(600)


def replayed(desk: Desk, name: str) -> str:
    """What the log says of a replay that has ended."""
    found: list[str] = []
    until(lambda: found.extend(line for line in desk.log() if f"Replayed {name}" in line) or found, 90)
    return found[0]


def test_what_did_i_just_do(desk: Desk) -> None:
    """Nobody had asked for a recording: the last minute is there, from the stream's first frame on."""
    tab = desk.tab
    desk.show("perform")
    desk.js("desk.direct({weather: 'snow'})")
    desk.until("desk.session.sent.length === 0 && desk.frame.index > 12")
    tab.run("document.activeElement.blur()")
    tab.press("y")
    name = desk.until("document.querySelector('.takes li strong')?.textContent")
    assert name.startswith("minute")
    assert tab.run("document.querySelectorAll('.picture').length") == 2
    assert "Replayed" in replayed(desk, name)
    take = desk.preview._takes.get(name)
    kinds = [json.loads(line)["type"] for line in take.text.splitlines()]
    assert kinds[-1] == "end" and "direct" in kinds and take.frames >= 12
    # The live picture was directed; the replay shows the same frame.
    tab.run(f"document.querySelector('[aria-label=\"Forget {name}\"]').click()")
    desk.until("!document.querySelector('.takes li')")
    tab.run("[...document.querySelectorAll('figcaption button')].find((b) => b.textContent === 'Close').click()")
    desk.until("document.querySelectorAll('.picture').length === 1")
    until(lambda: len(desk.preview._streams) == 1)


def test_a_take_is_recorded_saved_opened_and_gives_the_same_pixels(desk: Desk, tmp_path: Path) -> None:
    tab = desk.tab
    desk.show("perform")
    tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.run("[...document.querySelectorAll('#panel-perform button')].find((b) => b.textContent === 'Record take').click()")
    desk.until("desk.takes.recording")
    index = desk.js("desk.frame.index")
    desk.js("desk.direct({weather: 'rain', time_of_day: 20}, {over: 1})")
    desk.until(f"desk.frame.index > {index + 15}")
    tab.press("y")  # the last minute does not end it
    desk.until("document.querySelectorAll('.takes li').length === 1 && desk.takes.recording")
    desk.until(f"desk.frame.index > {index + 20}")
    tab.press("t")
    name = desk.until(
        "[...document.querySelectorAll('.takes li strong')].map((e) => e.textContent).find((t) => t.startsWith('take'))"
    )
    desk.until("!desk.takes.recording")
    tab.run(f"document.querySelector('[aria-label=\"Save {name}\"]').click()")
    file = tmp_path / f"{name.replace(' ', '-')}.take.jsonl"
    until(lambda: file.exists() and file.stat().st_size == len(desk.preview._takes.get(name).text))
    take = parse_take(file.read_bytes())
    assert take.steps >= 20
    result = replay(file, quiet=True)
    assert result["compared"] == result["equal"] == result["frames"] == take.steps
    tab.run(f"document.querySelector('[aria-label=\"Replay {name}\"]').click()")
    assert f"all {take.steps} frames have the recorded pixels" in replayed(desk, name)
    scrub(desk, take.steps)
    # Another direction gives other pixels, and the desk says so.
    other = tmp_path / "other.take.jsonl"
    other.write_text(file.read_text().replace('"rain"', '"fog"'))
    drop(tab, other)
    assert "differ from the recording" in replayed(desk, "other")
    broken = tmp_path / "broken.take.jsonl"
    broken.write_text(file.read_text()[:-40])
    drop(tab, broken)
    tab.until("/cut short|not JSON/.test(document.querySelector('#toasts').textContent)")
    desk.js("desk.takes.close()")
    for take_name in desk.js("[...document.querySelectorAll('.takes li strong')].map((e) => e.textContent)"):
        tab.run(f"document.querySelector('[aria-label=\"Forget {take_name}\"]').click()")


def scrub(desk: Desk, steps: int) -> None:
    """The replay of a take that has ended goes back and forth, stands still, and still has the recorded pixels."""
    tab, at = desk.tab, "document.querySelector('[aria-label=\"Second of the take\"]')"
    index = "desk.takes.replay.session.shown?.index"
    first = desk.preview._takes.get(tab.run("document.querySelector('figcaption span').textContent"))
    begin = parse_take(first.text.encode()).begin.frame
    for second in (0.35, 1.05, 0.65):  # at ten frames a second
        tab.run(f"(() => {{ const a = {at}; a.value = {second}; a.dispatchEvent(new Event('input')); }})()")
        desk.until(f"{index} === {begin + int(second * 10)}")
    shown = desk.js(index)
    tab.run("new Promise((go) => setTimeout(go, 400))")
    assert desk.js(index) == shown, "it stands still after its end"
    says = "[...document.querySelectorAll('figcaption button')].find((b) => ['Play', 'Pause', 'Again'].includes(b.textContent))"
    tab.run(f"{says}.click()")
    desk.until(f"{index} > {shown}")
    tab.run(f"{says}.click()")
    tab.until(f"{says}.textContent === 'Play'")
    tab.run(f"{says}.click()")
    tab.until(f"{says}.textContent === 'Again'")
    replay = next(s for name, s in desk.preview._streams.items() if name.startswith("take")).replay
    assert isinstance(replay, TakeReplay)
    right = [r for frames in replay._right.values() for r in frames]
    assert len(right) == steps and all(right), "also of the frames that were made again from a place"
    tab.run(f"{says}.click()")
    tab.until(f"{says}.textContent !== 'Again'")


def test_the_last_minute_begins_again_after_a_minute(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a minute of one second: there is the piece before, and what came since; nothing older."""
    from dreambridge.preview import takes

    recorded = desk.preview._streams["main"].recorded
    assert recorded
    monkeypatch.setattr(takes, "MINUTE_S", 1.0)
    for k in range(3):
        desk.until(f"desk.frame.index > {12 * (k + 1)}")
        recorded.look()
    take = parse_take(recorded.minute().encode())
    assert take.begin.frame and take.begin.frame >= 12 and take.steps < 40


def test_both_ways_of_a_choice(desk: Desk) -> None:
    """The second way is there at once, as a fork; then again from the kept place; and both side by side."""
    tab = with_example(prepared(desk))
    take_text(tab, PATIENT)
    view(tab, "timeline")
    shot(tab, "dawn")
    tab.run("document.querySelector('.inspector .try-row button:last-child').click()")  # from the mark
    tab.until("document.querySelector('.live-card').textContent.startsWith('The player chooses')", 90)
    until(lambda: (w := desk.preview._streams["main"].ways) and len(w.told()["ready"]) == 2)
    press(tab, "Keep the coin")
    tab.until("document.querySelector('.live-card').textContent.includes('Chosen: Keep the coin.')")
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'crossing'")
    stream, ways = desk.preview._streams["main"].there(), desk.preview._streams["main"].ways
    assert ways and ways.scene.variables["paid"] is False
    index = desk.js("desk.frame.index")
    press(tab, "Pay the ferryman")
    tab.until("document.querySelector('.live-card').textContent.includes('Chosen: Pay the ferryman.')")
    until(lambda: ways.scene.variables["paid"] is True)
    desk.until(f"desk.frame.index > {index}")  # the index goes on: it was no rewind
    assert ways.told()["ready"] == ["refuse"], "the fork was adopted"
    # Once more: its fork is used up, and the kept place serves.
    ways.end()
    press(tab, "Keep the coin")
    until(lambda: ways.scene.variables["paid"] is False)
    tab.until("document.querySelector('.live-card').textContent.startsWith('Chosen: Keep the coin.')")
    tab.run("document.querySelector('.live-card [aria-label=\"Compare with Pay the ferryman\"]').click()")
    desk.until("desk.compare.session?.shown && ['playing', 'slowed'].includes(desk.compare.session.state)")
    second = next(s for name, s in desk.preview._streams.items() if name.startswith("compare"))
    until(lambda: second.scene and second.scene.variables.get("paid") is True)
    assert ways.scene.variables["paid"] is False, "two ways in two pictures"
    caption = "document.querySelector('.frame figcaption:not([hidden])').textContent"
    assert "Pay the ferryman" in tab.run(caption)
    tab.run("[...document.querySelectorAll('figcaption button')].find((b) => b.textContent === 'Take this way').click()")
    until(lambda: ways.scene.variables["paid"] is True)
    desk.until("!desk.compare.open")
    # Try in the panel of the shot takes a way of this choice at once, too. Only a press on a shot that does not play keeps the
    # page there: so not before it has seen that the choice is over again.
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'crossing'")
    shot(tab, "dawn")
    tab.until("document.querySelectorAll('.inspector .way .try').length === 2")
    tab.run("document.querySelectorAll('.inspector .way .try')[1].click()")
    until(lambda: ways.scene.variables["paid"] is False)
    until(lambda: ways.taken == "refuse")
    assert desk.preview._streams["main"].ways is ways, "the shot was not played again up to a choice of its own"
    tab.run("document.querySelector('[aria-label=\"Stop the cutscene\"]').click()")
    tab.until("document.querySelector('.live-card').hidden")
    until(lambda: stream.stats().forks == 0)


def test_both_ways_of_a_wait(desk: Desk) -> None:
    """The signal and the end of the time limit: each is there at once, as a fork; then again from the kept place."""
    tab = with_example(prepared(desk))
    lanes = {"time_of_day": {"keys": [{"at": 0, "value": 6}]}}
    shots = {
        "gate": {"lanes": lanes, "length": 1, "next": {"wait": "door", "then": "inside", "limit": 900, "otherwise": "night"}},
        "inside": {"length": 600},
        "night": {"lanes": {"time_of_day": {"keys": [{"at": 0, "value": 23}]}}, "length": 600},
    }
    take_text(tab, json.dumps({"format": "1.0", "name": "n", "bundle": "vista", "start": "gate", "shots": shots}))
    view(tab, "timeline")
    tab.click(".doc-play")
    tab.until("document.querySelector('.live-card').textContent.startsWith('Waits for the signal door:')", 90)
    main = desk.preview._streams["main"]
    until(lambda: (w := main.ways) and w.signal == "door" and len(w.told()["ready"]) == 2)
    ways = main.ways
    assert ways
    tab.until("[...document.querySelectorAll('.live-card button')].some((b) => b.textContent === 'Time is up')")
    press(tab, "Time is up")
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'night'")
    tab.until("document.querySelector('.live-card').textContent.startsWith('Taken: time is up.')")
    index = desk.js("desk.frame.index")
    press(tab, "signal door")
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'inside'")
    desk.until(f"desk.frame.index > {index}")  # the index goes on: it was no rewind
    assert ways.taken == "door" and not ways.told()["ready"], "both forks were adopted"
    press(tab, "time is up")  # from the kept place
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'night'")
    tab.until("document.querySelector('.live-card').textContent.startsWith('Taken: time is up.')")
    tab.run("document.querySelector('.live-card [aria-label=\"Compare with signal door\"]').click()")
    desk.until("desk.compare.session?.shown && desk.compare.session.state === 'playing'")
    second = next(s for name, s in desk.preview._streams.items() if name.startswith("compare"))
    until(lambda: second.scene and second.scene.shot == "inside")
    assert main.scene and main.scene.shot == "night", "two ways in two pictures"
    desk.js("desk.compare.close()")
    # Try in the panel of the shot plays up to the wait, and lets its time run out at once.
    tab.run("document.querySelector('[aria-label=\"Stop the cutscene\"]').click()")
    shot(tab, "gate")
    tab.run("[...document.querySelectorAll('.inspector .try')].find((b) => b.textContent === 'Try: time is up').click()")
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'night'", 90)
    tab.run("document.querySelector('[aria-label=\"Stop the cutscene\"]').click()")
    until(lambda: main.there().stats().forks == 0)


def press(tab: Tab, text: str) -> None:
    """A button of the card at the top of the cutscene area."""
    tab.run(f"[...document.querySelectorAll('.live-card button')].find((b) => b.textContent === {json.dumps(text)}).click()")
