"""dream.js in a real Chromium, with the real daemon: the testcard's pixels in the canvas say what was directed."""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import dreambridge
import numpy as np
import pytest
from conftest import ROOT
from dreambridge.preview import Preview
from dreambridge.ring.reader import RingReader
from web_page import PAGES, js, page, stream_of

from devtools.browser import Browser, Tab

pytestmark = pytest.mark.timeout(600)
STORIES = ROOT / "tests" / "story"
WEB = ROOT / "narrative_plugins" / "web"
WAYS = json.loads((STORIES / "lamp.json").read_text())


@pytest.fixture(scope="module")
def open_tab(browser: Browser, game: Preview) -> Iterator[Tab]:
    with page(browser, game, "/?paused") as tab:
        yield tab


@pytest.fixture()
def tab(open_tab: Tab) -> Iterator[Tab]:
    """A page with a paused stream of the testcard and a level of 0.1."""
    open_tab.front()
    js(open_tab, "if (stream.state !== 'paused') await stream.pause(); await stream.cut({ level: 0.1 }, 7); await step();")
    open_tab.run("errors.length = 0")
    yield open_tab
    assert open_tab.errors == []


# -- the stream ----------------------------------------------------------------------------------------------------------
def test_directions_are_seen_in_the_canvas(tab: Tab) -> None:
    got = js(
        tab,
        """const t = await stream.direct({ level: 0.5 }); const before = t.shown; await step();
        return [before, await stream.shown(t), level(), stream.values.level]""",
    )
    assert got == [False, "shown", 128, 0.5]
    got = js(
        tab,
        "const t = await stream.cut({ level: 0.2 }, 9); await step(); return [await stream.shown(t), level(), stream.want.seed]",
    )
    assert got == ["shown", 51, 9]


def test_the_canvas_has_the_pixels_of_the_ring(tab: Tab, game: Preview) -> None:
    """Not a lossy copy; the control is the next frame."""
    tab.run("step()")
    reader = RingReader(Path(stream_of(game, tab).info.ring))
    frame = reader.read()
    assert frame is not None
    opaque = frame.pixels[..., 3] == 255  # a canvas stores other colours multiplied by their alpha

    def differ() -> int:
        data = base64.b64decode(tab.run("pixels()"))
        got = np.frombuffer(data, np.uint8).reshape(frame.pixels.shape)
        return int((got[opaque] != frame.pixels[opaque]).sum())

    assert opaque.mean() > 0.8 and differ() == 0
    tab.run("step()")
    assert differ() > 0
    reader.close()


def test_a_direction_that_settles_or_is_replaced(tab: Tab) -> None:
    got = js(
        tab,
        """await stream.resume(); const a = await stream.direct({ level: 0.9 }, { over: 0.3 });
        const first = [await stream.settled(a, { limit: 60 }), level()];
        const b = await stream.direct({ level: 0.1 }, { over: 60 }), there = stream.settled(b, { limit: 60 });
        await stream.direct({ level: 0.4 }, { over: 0 }); return [...first, await there]""",
    )
    assert got == ["settled", 230, "replaced"]


def test_no_wait_hangs(tab: Tab) -> None:
    got = js(
        tab,
        """const t = await stream.direct({ level: 0.3 }); const out = [await stream.shown(t, { limit: 0.1 })];
        out.push(await stream.shown(stream.direct({ level: 7 })));
        setTimeout(() => stream.skip(), 30); out.push(await stream.shown(t, { limit: 60 }));
        out.push(await stream.settled(stream.direct({ nothing: 1 })), await stream.happens('choice', { limit: 0.1 }));
        return out""",
    )
    assert got == ["timeout", "refused", "skipped", "refused", "timeout"]


def test_a_video_shows_the_stream(tab: Tab) -> None:
    """A MediaStream of the canvas, drawn by a <video>: the level is in its pixels."""
    got = js(
        tab,
        """const video = Object.assign(document.createElement("video"), { muted: true, srcObject: stream.media() });
        let shown = false;
        video.play().then(() => (shown = true)); // a paused stream is seen as well
        const first = Date.now();
        while (!shown && Date.now() - first < 20000) await new Promise((f) => setTimeout(f, 20));
        const copy = new OffscreenCanvas(256, 256).getContext("2d", { willReadFrequently: true }), until = Date.now() + 30000;
        let seen = -1;
        while (Math.abs(seen - 204) > 6 && Date.now() < until) {
          await stream.cut({ level: 0.8 });
          await step();
          await new Promise((f) => setTimeout(f, 30));
          copy.drawImage(video, 0, 0, 256, 256);
          seen = copy.getImageData(10, 220, 1, 1).data[0];
        }
        video.srcObject.getTracks().forEach((t) => t.stop());
        return [shown, video.videoWidth, video.videoHeight, seen];""",
    )
    assert got[:3] == [True, 256, 256] and got[3] == pytest.approx(204, abs=6)  # a video's colours are not exact


def test_places_and_forks(tab: Tab) -> None:
    got = js(
        tab,
        """await stream.keep("inn");
        await stream.direct({ level: 0.6 });
        await step();
        const there = level();
        await stream.rewind({ name: "inn" });
        const back = stream.values.level;
        await step();
        return [there, back, level()];""",
    )
    assert got == [153, 0.1, 26]
    got = js(
        tab,
        """const fork = await stream.fork(), other = await stream.fork();
        await fork.direct({ level: 1 });
        await fork.prepare(0.2);
        await other.drop();
        const ticket = await fork.adopt(), told = stream.values.level;
        await step();
        return [ticket.shown, told, level()];""",
    )
    assert got == [True, 1, 255]


def test_save_slots(tab: Tab) -> None:
    got = js(
        tab,
        """await stream.direct({ level: 0.7 });
        const slot = await stream.saveSlot();
        await step();
        const wanted = await hash();
        await stream.cut({ level: 0 }, 3);
        await step();
        const other = await hash(), { exact, ticket } = await stream.restoreSlot(slot), told = stream.values.level;
        await step();
        return [exact, told, wanted === await hash(), wanted === other, await stream.shown(ticket), JSON.parse(slot).format];""",
    )
    assert got == [True, 0.7, True, False, "shown", "1.0"]
    bad = js(
        tab, "try { await stream.restoreSlot('{}'); } catch (e) { return [e.code, e instanceof dream.DreamError, !!e.hint]; }"
    )
    assert bad == ["bad_snapshot", True, True]


SCENE = """{ format: '1.0', name: 'arrival', shots: {
  dawn: { lanes: { level: { keys: [{ at: 0, value: 0.2 }] } }, length: 0.1, next: { wait: 'door', then: 'sea' } },
  sea: { lanes: { level: { keys: [{ at: 0, value: 0.8 }] } }, length: 0.1,
         next: { choice: [{ id: 'stay', text: 'Stay', then: 'end' }, { id: 'go', text: 'Go', then: 'end' }] } },
  end: { lanes: { level: { keys: [{ at: 0, value: 1 }] } }, length: 0.1 } } }"""


def test_a_cutscene_in_the_page(tab: Tab) -> None:
    """play, signal and choose, by the stream and by a story's director."""
    tab.run(f"window.scene = {SCENE}, director.cutscenes = {{ arrival: scene }}, 0")
    got = js(
        tab,
        """await stream.resume();
        const out = [], next = (happened) => stream.happens(happened, { limit: 60 });
        const at = next("waiting");
        await stream.play(scene);
        out.push(await at);
        const sea = next("choice");
        await stream.signal("door");
        out.push(await sea);
        const over = next("ended");
        await stream.choose("go");
        return [...out, await over];""",
    )
    assert got == ["reached", "reached", "reached"]
    got = js(
        tab,
        """const out = [];
        const tell = async (...texts) => { for (const text of texts) out.push(await director.tell(text)); };
        const choice = stream.happens("choice", { limit: 60 });
        await tell("play arrival", "wait shot dawn", "signal door", "wait shot sea");
        out.push(await choice);
        await tell("choose stay", "wait ended");
        return [out, errors];""",
    )
    assert got == [["pending", "reached", "pending", "reached", "reached", "pending", "reached"], []]
    got = js(
        tab,
        """await stream.play(scene);
        const sought = await stream.seekCutscene({ shot: "sea", at: 0.05 }), other = structuredClone(scene);
        other.shots.sea.length = 60;
        other.shots.sea.lanes.level.keys[0].value = 0.4;
        const replaced = await stream.replaceCutscene(other), refused = [];
        await stream.replaceCutscene("{").catch(({ code }) => refused.push(code));
        const kept = JSON.parse(stream.cutscene.document).shots.sea.length, over = stream.happens("ended", { limit: 60 });
        await stream.stopCutscene();
        return [sought.shot, replaced.shot, replaced.status, refused, kept, await over, stream.values.level];""",
    )
    assert got == ["sea", "sea", "playing", ["bad_cutscene"], 60, "reached", 0.4], "its lane left the level"


def test_a_cutscene_of_the_page_s_folder(browser: Browser, game: Preview, daemon: dreambridge.Daemon) -> None:
    """With its picture, which is sent by its digest: the frame is that of the Python client. A save is loaded with it, too."""
    with daemon.open("vista", seed=7, threads=1, fps=24, paused=True) as s:
        s.cutscene(PAGES / "cutscenes" / "arrival.dream.json").play()
        wanted = hashlib.sha256(s.step(4)[-1].pixels.tobytes()).hexdigest()
    with page(browser, game, "/?paused&bundle=vista") as tab:
        tab.run("director.cutscenes = dream.cutscenesIn('cutscenes'), 0")
        got = js(tab, "await director.tell('play arrival'); await director.idle(); await stream.step(4); return hash()")
        assert got == wanted
        tab.run("director.save().then((slot) => (window.slot = slot))")
        tab.until("window.slot")
        game._streams[tab.run("stream.session")].uploads.clear()
        loaded = js(
            tab,
            """await stream.play({ format: '1.0', name: 'x', shots: { a: { length: 1 } } });
            const first = await director.restore(slot), left = director.scene?.shot;
            await stream.play({ format: '1.0', name: 'x', shots: { a: { length: 1 } } });
            const { files } = await director.cutscenes('arrival'), again = await director.restore(slot, { files });
            return [first.reason.includes('was not sent'), left ?? null, again.reason, director.scene.shot];""",
        )
        assert loaded == [True, None, "", "dawn"]
        for name in ("../arrival", "arival"):
            tab.run(f"director.tell('play {name}')")
        tab.until("errors.length === 2")
        assert tab.run("errors") == ["bad_cutscene"] * 2


# -- writers' words ------------------------------------------------------------------------------------------------------
def test_the_vectors_in_the_browser(tab: Tab) -> None:
    from test_story_script import VECTORS

    tab.run(f"window.given = {json.dumps(VECTORS)}, 0")
    got = js(
        tab,
        """const { parse, directionIn, near, Pending } = dream;
        const said = ({ text }) => {
          try {
            return { text, is: parse(text) };
          } catch (e) {
            return { text, error: { column: e.column, message: e.says, hint: e.hint } };
          }
        };
        const merged = ({ given, events }) => {
          const pending = new Pending((name) => events.includes(name));
          for (const text of given) pending.add(parse(text));
          return { given, events, sent: pending.take() };
        };
        return {
          statements: given.statements.map(said),
          tags: given.tags.map(({ tag }) => ({ tag, text: directionIn(tag) })),
          near: given.near.map(({ word, names }) => ({ word, names, is: near(word, names) })),
          merging: given.merging.map(merged),
        };""",
    )
    for part, cases in VECTORS.items():
        assert [g for g, case in zip(got[part], cases, strict=True) if g != case] == [], part


def test_two_hundred_clicks(tab: Tab) -> None:
    """They merge, and the last one is seen."""
    got = js(
        tab,
        """await stream.resume();
        let sent = 0;
        const ask = stream.ask.bind(stream);
        stream.ask = (...words) => (sent++, ask(...words));
        for (let k = 0; k <= 200; k++) {
          director.tags([`dream: level=${k / 200} over=0`, "dream: wait shown"]);
          director.skip();
          if (k % 20 === 19) await new Promise((f) => setTimeout(f, 25));
        }
        await director.idle();
        const outcome = await director.tell("wait shown");
        delete stream.ask;
        return [outcome, level(), sent, errors];""",
    )
    assert got[:2] == ["shown", 255] and got[2] <= 60 and got[3] == []


def test_emoji_right_to_left_and_long_texts(browser: Browser, game: Preview) -> None:
    """Prompts of any script reach the daemon whole; a direction that is too long is refused and told."""
    texts = ["🌊🚢 👨\u200d👩\u200d👧", "עיר ליד הים", "مدينة عند البحر", "a 'storm' \u202e", "🌊" * 2000]
    with page(browser, game, "/?paused&bundle=vista") as tab:
        stream = stream_of(game, tab)
        for text in texts:
            said = json.dumps(f'"{text}"')
            assert js(tab, f"await director.tell({said}); await director.idle()") is None
            assert stream.values["prompt"] == text and tab.run("stream.values.prompt") == text
        for long in ('"x".repeat(100000)', '"🌊".repeat(10001)'):
            assert js(tab, f"return director.tell({long})") == "refused"
        assert tab.run("errors") == ["bad_script", "bad_script"] and stream.values["prompt"] == texts[-1]
