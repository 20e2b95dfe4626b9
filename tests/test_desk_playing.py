"""The desk plays what it edits and keeps it: live edits, choices, scrubbing, drafts, files. Each test begins with the example."""

import contextlib
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cutscene_page import (
    ARRIVAL,
    EXAMPLE,
    PATIENT,
    brightness,
    click_at,
    drop,
    field,
    key_of,
    playing,
    settle,
    shot,
    take_text,
    text,
    until,
    view,
)
from desk_page import Desk
from dreambridge.cutscene.sound import read_features

from devtools.browser import Tab

pytestmark = pytest.mark.timeout(600)


def test_the_running_picture_follows_an_edit(arrival: Tab) -> None:
    tab = arrival
    # One shot that stays at noon, so that only the edit changes the light.
    lanes = {"time_of_day": {"keys": [{"at": 0, "value": 12}]}}
    noon = json.dumps({"format": "1.0", "name": "n", "bundle": "vista", "shots": {"noon": {"lanes": lanes, "length": 80000}}})
    take_text(tab, noon)
    view(tab, "timeline")
    tab.click(".doc-play")
    until(lambda: "playing" in playing(tab))
    until(lambda: brightness(tab) > 90)
    tab.run("[...document.querySelectorAll('.tl-tools button')].at(-1).click()")
    click_at(tab, key_of(tab, "time_of_day", 0))
    field(tab, "Value", "0")
    until(lambda: brightness(tab) < 60)
    assert "playing" in playing(tab), "it was not started again"
    tab.press("z", ctrl=True)
    until(lambda: brightness(tab) > 90)


def test_a_choice_is_pressed_and_each_way_can_be_tried(arrival: Tab) -> None:
    tab = arrival
    take_text(tab, PATIENT)
    view(tab, "timeline")
    skip = "[...document.querySelectorAll('.doc-bar button')].find((b) => b.textContent === 'Skip').click()"
    tab.run("[...document.querySelectorAll('.inspector .way .try')][0].click()")  # Try: Pay the ferryman
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'crossing'")
    tab.run(skip)
    tab.until("document.querySelector('.doc-says').textContent.startsWith('calm')", 90)
    # Again, by the card that shows when the cutscene waits.
    shot(tab, "dawn")
    tab.run("document.querySelector('.inspector .try-row button:last-child').click()")  # from the mark
    tab.until("document.querySelector('.live-card').textContent.startsWith('The player chooses')", 90)
    tab.run("[...document.querySelectorAll('.live-card button')].find((b) => b.textContent === 'Keep the coin').click()")
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'crossing'")
    tab.until("document.querySelector('.live-card').textContent.startsWith('Chosen: Keep the coin.')")
    tab.run(skip)
    tab.until("document.querySelector('.doc-says').textContent.startsWith('storm')", 90)


HOUR = "document.querySelector('[aria-label=\"time of day\"]')"


def test_the_controls_follow_the_lanes_until_one_is_touched(arrival: Tab, open_desk: Desk) -> None:
    tab = arrival
    lanes = {
        "time_of_day": {"keys": [{"at": 0, "value": 6}, {"at": 6000, "value": 15, "easing": "linear"}]},
        "weather": {"keys": [{"at": 0, "value": "fog"}, {"at": 3000, "value": "rain"}]},
    }
    evening = {"lanes": {"time_of_day": {"keys": [{"at": 0, "value": 3}]}}, "length": 9000}
    fade = {"shot": "evening", "transition": {"seconds": 3600, "easing": "linear"}}
    shots = {"day": {"lanes": lanes, "length": 9000, "next": fade}, "evening": evening}
    day = json.dumps({"format": "1.0", "name": "day", "bundle": "vista", "start": "day", "shots": shots})
    open_desk.js("desk.direct({time_of_day: 1, energy: 0.5}, {over: 0})")
    take_text(tab, day)
    view(tab, "timeline")
    open_desk.js("desk.document.player.play('day', 1000)")
    tab.until(f"{HOUR}.closest('fieldset').dataset.by === 'lanes' && Math.abs({HOUR}.value - 7.5) < 0.2")
    assert tab.run("document.querySelector('input[value=fog]').checked")
    assert "cutscene" in tab.run(f"{HOUR}.closest('fieldset').querySelector('legend').textContent")
    assert tab.run("document.querySelector('[aria-label=energy]').closest('fieldset').dataset.by") == "", "it has no lane"
    open_desk.js("desk.document.player.scrub('day', 4000).then(() => desk.document.player.endScrub(true))")
    tab.until(f"Math.abs({HOUR}.value - 12) < 0.2 && document.querySelector('input[value=rain]').checked")
    # While a shot fades in, the control moves with the picture.
    open_desk.js("desk.document.player.play('day', 8999.9)")
    open_desk.until("desk.document.player.shot === 'evening' && desk.document.player.at > 0.5")
    assert abs(float(tab.run(f"{HOUR}.value")) - 15) < 0.5
    open_desk.js("desk.document.player.play('day', 4000)")
    tab.until(f"Math.abs({HOUR}.value - 12) < 0.2")
    # A touch takes it over; the other lanes go on.
    x, y = tab.place('[aria-label="time of day"]')
    tab.mouse("mousePressed", x + 50, y)
    tab.mouse("mouseReleased", x + 50, y)
    tab.until(f"{HOUR}.closest('fieldset').dataset.by === 'hand'")
    mine = float(tab.run(f"{HOUR}.value"))
    open_desk.until("desk.session.pending.size === 0 && !desk.session.sending")
    open_desk.js("desk.document.player.scrub('day', 2000).then(() => desk.document.player.endScrub(true))")
    tab.until("document.querySelector('input[value=fog]').checked")
    assert float(tab.run(f"{HOUR}.value")) == mine and abs(mine - 9) > 1
    # A release gives it back.
    tab.run(f"{HOUR}.closest('fieldset').querySelector('.free').click()")
    tab.until(f"{HOUR}.closest('fieldset').dataset.by === 'lanes' && Math.abs({HOUR}.value - 9) < 0.2")
    tab.run("document.querySelector('[aria-label=\"Stop the cutscene\"]').click()")
    tab.until(f"{HOUR}.closest('fieldset').dataset.by === ''")
    assert abs(float(tab.run(f"{HOUR}.value")) - 9) < 0.2, "the picture stays as the lanes have left it"


def test_scrubbing_shows_that_place_and_stays_there(arrival: Tab) -> None:
    tab = arrival
    tab.run("document.querySelector('.inspector .try-row button').click()")
    until(lambda: "playing" in playing(tab))
    ruler = "document.querySelector('.tl-ruler').getBoundingClientRect()"
    x, y, width = tab.run(f"(() => {{ const r = {ruler}; return [r.x, r.y + r.height / 2, r.width]; }})()")
    tab.run("import('/desk.js').then(({desk}) => desk.request('pause'))")
    tab.until("document.querySelector('#state').textContent === 'paused'")
    before = tab.run("import('/desk.js').then((m) => m.desk.frame.index)")
    tab.drag((x + 60, y), (x + width * 0.7, y))
    settle(tab)
    at = float(tab.run("document.querySelector('.tl-thumb').getAttribute('aria-valuenow')"))
    assert 2 < at < 4
    until(lambda: tab.run("import('/desk.js').then((m) => m.desk.frame.index)") != before)
    assert tab.run("document.querySelector('#state').textContent") == "paused"
    # The daemon comes to stand where the playhead does, up to the frame that showed it.
    until(lambda: stands(tab)["shot"] == "dawn" and abs(stands(tab)["at"] - at) < 0.15)
    tab.run("import('/desk.js').then(({desk}) => desk.request('resume'))")
    tab.until("document.querySelector('#state').textContent !== 'paused'")


def stands(tab: Tab) -> dict[str, Any]:
    """Where the cutscene is, from a request that changes nothing."""
    return dict(tab.run("import('/desk.js').then(({desk}) => desk.request('cutscene_release', {}))"))


def test_a_wait_is_answered_by_its_button(arrival: Tab) -> None:
    tab = arrival
    shots = {"gate": {"length": 1, "next": {"wait": "door", "then": "inside"}}, "inside": {"length": 600}}
    take_text(tab, json.dumps({"format": "1.0", "name": "n", "bundle": "vista", "start": "gate", "shots": shots}))
    view(tab, "timeline")
    tab.click(".doc-play")
    tab.until("!document.querySelector('.live-card').hidden")
    assert "door" in tab.run("document.querySelector('.live-card').textContent")
    tab.click(".live-card button")
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'inside'")


def test_a_sound_shows_its_beats_and_directs_by_its_features(arrival: Tab, tmp_path: Path) -> None:
    tab = arrival
    beat = np.zeros(22050 * 4, np.int16)
    for at in (0.5, 1.5, 2.5):
        k = np.arange(4000)
        beat[int(at * 22050) : int(at * 22050) + 4000] = 20000 * np.sin(k / 7) * np.exp(-k / 900)
    with wave.open(str(tmp_path / "drum.wav"), "wb") as out:
        out.setparams((1, 2, 22050, len(beat), "NONE", ""))
        out.writeframes(beat.tobytes())
    shots = {"a": {"length": 4, "audio": {"file": "drum.wav", "condition": "audio"}}}
    take_text(tab, json.dumps({"format": "1.0", "name": "n", "bundle": "vista", "shots": shots}))
    view(tab, "timeline")
    drop(tab, tmp_path / "drum.wav")
    gold = """(() => { const c = document.querySelector('.tl-sound canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, 2).data;
        let runs = 0;
        for (let x = 1; x < c.width; x++) if (d[4 * x + 3] > 60 && d[4 * x - 1] <= 60) runs++;
        return runs; })()"""
    until(lambda: tab.run(gold) == 3)
    colour = "(() => { const c = document.querySelector('.tl-sound canvas'); const h = c.height;"
    colour += " return [...c.getContext('2d').getImageData(c.width >> 1, h >> 1, 1, 1).data]; })()"
    for scheme in ("light", "dark"):
        tab.colours(scheme)
        until(lambda: max(tab.run(colour)[:3]) > 100)  # in black it would not be seen
    tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.run("document.querySelector('.inspector details').open = true")
    tab.run("[...document.querySelectorAll('.inspector button')].find((b) => b.textContent === 'Work out the features').click()")
    until(lambda: (tmp_path / "drum.npy").exists() and (tmp_path / "drum.npy").stat().st_size > 190 * 17 * 4)
    rows = read_features("drum.npy", (tmp_path / "drum.npy").read_bytes())
    assert len(rows) == pytest.approx(200, abs=3)
    assert rows[26:40, :16].max() > 0.5 and rows[:20].max() < 0.01
    assert json.loads(text(tab))["shots"]["a"]["audio"]["features"] == "drum.npy"
    tab.click(".doc-play")
    until(lambda: "playing" in playing(tab))


def test_a_performance_becomes_few_keys(arrival: Tab) -> None:
    tab = arrival
    tab.run("""import('/desk.js').then(({desk}) => {
        desk.emit('recording', true);
        const camera_zoom = Array.from({length: 72}, (_, k) => [k / 24, 1 + Math.sin(k / 24)]);
        desk.emit('recording', false);
        desk.emit('performance', {camera_zoom, event: [[0.5, 'birds']]});
    })""")
    settle(tab)
    lanes = json.loads(text(tab))["shots"]["dawn"]["lanes"]
    assert 3 < len(lanes["camera_zoom"]["keys"]) < 20 and lanes["event"]["keys"] == [{"at": 0.5, "value": "birds"}]
    tab.run("document.querySelector('.tl-key').focus()")
    tab.press("z", ctrl=True)
    settle(tab)
    assert text(tab) == ARRIVAL, "one step to undo"


def test_a_performance_is_kept_while_the_document_before_plays(arrival: Tab, open_desk: Desk) -> None:
    tab = arrival
    shots = {"before": {"length": 600}}
    take_text(tab, json.dumps({"format": "1.0", "name": "n", "bundle": "vista", "shots": shots}))
    view(tab, "timeline")
    tab.click(".doc-play")
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'before'")
    drop(tab, EXAMPLE)
    tab.until("document.querySelector('.shot-chip[aria-selected=true]')?.textContent === 'dawn'")
    assert open_desk.js("desk.document.player.running")
    tab.run("import('/desk.js').then(({desk}) => desk.emit('recording', true))")
    tab.run("import('/desk.js').then(({desk}) => desk.emit('performance', {camera_zoom: [[0, 1], [1, 2]]}))")
    assert "camera_zoom" in json.loads(text(tab))["shots"]["dawn"]["lanes"]


def test_a_draft_survives_a_reload(arrival: Tab, open_desk: Desk) -> None:
    tab = arrival
    click_at(tab, key_of(tab, "camera_x", 1))
    field(tab, "Value", "0.75")
    tab.until("document.querySelector('.doc-name').textContent.includes('•')")
    mine = text(tab)
    assert '"value": 0.75' in mine
    tab.run("new Promise((go) => setTimeout(go, 800))")  # longer than the pause after which a draft is kept
    before = loader(tab)
    tab.run("void setTimeout(() => location.reload(), 50)")
    until(lambda: left(tab, before))
    tab.until("document.querySelector('.doc-name')?.textContent.startsWith('arrival')", 90)
    tab.until("['good', 'warn'].includes(document.querySelector('#state')?.className)", 90)
    assert text(tab) == mine and "•" in tab.run("document.querySelector('.doc-name').textContent")
    assert any("Continued with the draft of arrival.dream.json" in line for line in open_desk.log())


def test_a_saved_document_is_no_draft_after_a_reload(arrival: Tab, open_desk: Desk) -> None:
    open_desk.js("desk.document.documents.keepDraft()")
    with open_desk.page() as tab:
        tab.until("document.querySelector('.doc-name')?.textContent.startsWith('arrival')")
        tab.until("document.querySelector('#log-lines').textContent.includes('Opened arrival.dream.json again.')")
        assert "Continued" not in tab.run("document.querySelector('#log-lines').textContent")


def loader(tab: Tab) -> str:
    """A name of the page as it was loaded; it is another one after a reload."""
    return str(tab.call("Page.getFrameTree")["frameTree"]["frame"]["loaderId"])


def left(tab: Tab, before: str) -> bool:
    """Accept the warning about unsaved changes, if there is one. Whether the page is another one now."""
    with contextlib.suppress(RuntimeError):
        tab.call("Page.handleJavaScriptDialog", accept=True)
    return loader(tab) != before


def test_a_saved_file_has_the_same_bytes(arrival: Tab, tmp_path: Path) -> None:
    tab = arrival
    tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.run("window.showSaveFilePicker = undefined")  # no window of the system can be answered here
    tab.run("document.querySelector('.doc-bar').querySelector('button').focus()")
    tab.press("s", ctrl=True)
    until(lambda: (tmp_path / "arrival.dream.json").exists() and (tmp_path / "arrival.dream.json").stat().st_size == len(ARRIVAL))
    assert (tmp_path / "arrival.dream.json").read_text() == ARRIVAL


def test_an_invalid_file_is_told_and_changes_nothing(arrival: Tab, tmp_path: Path) -> None:
    tab = arrival
    broken = tmp_path / "broken.dream.json"
    broken.write_text('{"format": "1.0",\n "shots": {,}}')
    drop(tab, broken)
    tab.until("document.querySelector('#toasts').textContent.includes('broken.dream.json:2:')")
    assert text(tab) == ARRIVAL


def test_the_console_stayed_clean(page: Tab) -> None:
    assert page.errors == []


def test_a_new_lane_begins_with_what_the_lanes_gave(arrival: Tab, open_desk: Desk) -> None:
    """The weather was directed by hand, then the shot calm cleared it. A hand that directs during the cutscene wins again."""
    tab = arrival
    open_desk.js("desk.direct({weather: 'storm', energy: 0.7})")
    open_desk.until("desk.session.pending.size === 0 && desk.values.weather === 'storm'")
    shot(tab, "calm")
    tab.run("document.querySelector('.inspector .try-row button').click()")
    tab.until("document.querySelector('.shot-chip.plays')?.dataset.shot === 'calm'")
    open_desk.until("desk.document.player.status === 'ended'")
    assert open_desk.js("desk.values.weather") == "clear", "the controls show what the lanes left"

    def added(lane: str) -> Any:
        fresh = "{ ...root, start: 'fresh', shots: { fresh: { length: 4 } } }"
        open_desk.js(f"desk.document.editor.edit('no lanes', (root) => ({fresh}))")
        settle(tab)
        tab.run(f"document.querySelector('.tl-add').value = '{lane}'")
        tab.run("document.querySelector('.tl-add').dispatchEvent(new Event('change'))")
        settle(tab)
        return json.loads(text(tab))["shots"]["fresh"]["lanes"][lane]["keys"][0]["value"]

    assert added("weather") == "clear"
    assert added("time_of_day") == 18.5
    assert added("energy") == 0.7, "no lane has given it"
    open_desk.js("desk.direct({weather: 'snow'})")
    open_desk.until("desk.session.pending.size === 0 && !desk.session.sending")
    assert added("weather") == "snow"


def test_a_file_is_dropped_on_what_is_drawn_again(arrival: Tab, tmp_path: Path) -> None:
    """An element that leaves the page just before the drop gets no event of it. The browser once opened the file instead."""
    tab = arrival  # for the last time: parts of it are copies then, which do nothing
    other = tmp_path / "other.dream.json"
    other.write_text(ARRIVAL)
    tab.run("""addEventListener('dragover', (e) => {
        const under = e.target;
        if (under.id !== 'document') queueMicrotask(() => under.replaceWith(under.cloneNode(true)));
    })""")
    drop(tab, other)
    tab.until("document.querySelector('.doc-name')?.textContent.startsWith('other')")
    assert tab.run("document.visibilityState") == "visible"
