"""dream.js in a real Chromium: from a frame's publication to the canvas, what a page costs, and from a choice to its picture.

Times are compared across the processes by the system's wall clock: `performance.timeOrigin + performance.now()` in the page,
which Chromium reads at the start of the page, and the monotonic time of each publication.
"""

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dreambridge
import psutil
from dreambridge.bench.report import goal, spread
from dreambridge.bundle.find import find_bundles
from dreambridge.preview import Preview
from dreambridge.preview.folder import Folder
from dreambridge.preview.shared_stream import SharedStream
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame

from devtools.browser import Browser, NoBrowser, Tab

FPS = 24
SIZES = {256: (8.0, 25.0), 512: (12.0, 35.0)}  # goals: p50 and p99, ms
PAGE = """<!doctype html><meta charset="utf-8"><canvas id="picture"></canvas><script type="module">
import * as dream from "/dream.js";
const asked = new URLSearchParams(location.search);
if (asked.has("bundle")) {
  const canvas = document.querySelector("#picture");
  const stream = new dream.DreamStream({ canvas, bundle: asked.get("bundle"), seed: 7, fps: 24, threads: 1 });
  const drawn = [], now = () => performance.timeOrigin + performance.now(), put = CanvasRenderingContext2D.prototype.putImageData;
  let begun = 0;
  CanvasRenderingContext2D.prototype.putImageData = function (...words) {
    begun = now();
    put.apply(this, words);
  };
  stream.on("frame", ({ index, sent }) => drawn.push([index, now(), begun, sent]));
  const director = new dream.Director(stream, { onError: (e) => console.error(e.message) });
  Object.assign(window, { dream, stream, drawn, director, ahead: new dream.PreRoll(director, { seconds: 1 }) });
} else window.stream = { info: true, state: "playing" };
</script>"""
CHOOSE = """(async () => {
  const [low, high] = LEVELS.map((text) => dream.parse(text)), out = [];
  for (let k = 0; k < COUNT; k++) {
    const taken = k % 2, wanted = [low, high][taken];
    if (AHEAD) { ahead.prepare([low, high].map((d, index) => ({ index, directions: [d] }))); await ahead.preparing; }
    await new Promise((f) => setTimeout(f, 600 + Math.random() * 200)); // the player reads
    const begun = performance.now();
    if (!(AHEAD && (await ahead.adopt(taken)))) { director.run(wanted); await director.idle(); }
    const { ticket } = director;
    while (!ticket.shown) await new Promise((f) => stream.once("frame", f));
    out.push(performance.now() - begun);
  }
  await ahead.preparing;
  const { step_ms_p50, forks = 0 } = await stream.stats();
  return { times: out, step_ms: step_ms_p50, forks, adopted: ahead.adopted, directed: ahead.directed };
})()"""


def doubled(folder: Path) -> None:
    """The bundle `testcard-512`: each pixel of the testcard as four."""
    import hashlib

    import onnx
    from onnx import helper

    shutil.copytree(find_bundles()["testcard"], folder)
    path = folder / "step.onnx"
    model = onnx.load(str(path))
    graph = model.graph
    for node in graph.node:
        node.output[:] = ["small" if name == "frame" else name for name in node.output]
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("frame", onnx.TensorProto.UINT8, [1, 512, 512, 4]))
    graph.initializer.append(helper.make_tensor("bench.scales", onnx.TensorProto.FLOAT, [4], [1.0, 2.0, 2.0, 1.0]))
    options = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    graph.node.append(helper.make_node("Resize", ["small", "", "bench.scales"], ["frame"], **options))
    onnx.save(model, str(path))
    manifest = json.loads((folder / "bundle.json").read_text())
    del manifest["view"], manifest["graphs"]["step_view"]
    manifest["name"] = "testcard-512"
    manifest["frame"] |= {"width": 512, "height": 512}
    manifest["graphs"]["step"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "bundle.json").write_text(json.dumps(manifest))


class Published:
    """When each frame was published, by wall clock in ms. The door shows frames in this process."""

    def __init__(self) -> None:
        self.at = dict[int, float]()
        self._show = SharedStream.show

    def __enter__(self) -> "Published":
        show, at = self._show, self.at

        def note(shared: SharedStream, f: Frame) -> None:
            at[f.index] = (time.time_ns() - time.monotonic_ns() + f.published_ns) / 1e6
            show(shared, f)

        SharedStream.show = note  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        SharedStream.show = self._show  # type: ignore[method-assign]


@contextmanager
def page(browser: Browser, preview: Preview, query: str) -> Iterator[Tab]:
    tab = browser.tab(preview.url)
    try:
        tab.front()
        tab.until("document.readyState === 'complete' && location.protocol === 'http:' && window.stream")
        tab.call("Page.navigate", url=f"http://127.0.0.1:{preview.port}/{query}")
        tab.until(f"location.search === {json.dumps(query)} && window.stream?.info && stream.state !== 'lost'", 90)
        yield tab
    finally:
        tab.end()


def busy(browser: Browser, seconds: float) -> float:
    """Seconds of CPU that all processes of the browser took, by second of wall time."""
    chromium = psutil.Process(browser.pid)

    def taken() -> float:
        total = 0.0
        for p in [chromium, *chromium.children(recursive=True)]:
            try:
                total += sum(p.cpu_times()[:2])
            except psutil.NoSuchProcess:
                continue
        return total

    before, begun = taken(), time.monotonic()
    time.sleep(seconds)
    return (taken() - before) / (time.monotonic() - begun)


def one_size(browser: Browser, preview: Preview, bundle: str, seconds: float) -> dict[str, Any]:
    """The way of each frame of `seconds`, and the CPU of the browser with the stream and with an empty page, by turns."""
    with Published() as published, page(browser, preview, f"?bundle={bundle}") as tab:
        time.sleep(2.0)
        tab.run("drawn.length = 0")
        with_stream, door = list[float](), time.process_time()
        with_stream.append(busy(browser, seconds / 2))
        door_s = (time.process_time() - door) / (seconds / 2)
        tab.run("stream.pause()")
        time.sleep(0.5)
        paused = busy(browser, seconds / 4)
        tab.run("stream.resume()")
        with_stream.append(busy(browser, seconds / 2))
        drawn = tab.run("drawn")
        wall = (time.time_ns() - time.monotonic_ns()) / 1e6
        rate = len(drawn) / seconds  # those of both halves; none came while it was paused
    drawn = [d for d in drawn if d[0] in published.at]
    times = [at - published.at[index] for index, at, _, _ in drawn]
    return {
        "frame_to_canvas_ms": spread(times),
        # Where the time goes: until the door sends it; through the socket and the browser's processes; onto the canvas.
        "door_ms": spread([sent + wall - published.at[index] for index, _, _, sent in drawn]),
        "way_ms": spread([begun - sent - wall for _, _, begun, sent in drawn]),
        "draw_ms": spread([at - begun for _, at, begun, _ in drawn]),
        "frames": len(times),
        "fps": round(rate, 1),
        "cpu_of_chromium": round(statistics.mean(with_stream), 4),
        "cpu_of_chromium_paused": round(paused, 4),
        "cpu_of_the_door": round(door_s, 4),
        "cpu_added": round(statistics.mean(with_stream) - paused, 4),
    }


def choices(browser: Browser, preview: Preview, bundle: str, count: int, ahead: bool) -> dict[str, Any]:
    levels = ["level=0.2", "level=0.8"] if bundle == "testcard" else ["weather=storm over=0", "weather=clear over=0"]
    script = CHOOSE.replace("LEVELS", json.dumps(levels)).replace("COUNT", str(count)).replace("AHEAD", json.dumps(ahead))
    with page(browser, preview, f"?bundle={bundle}") as tab:
        time.sleep(1.0)
        got = tab.run(script)
        if tab.errors:
            raise DreamError("internal", f"The page had errors: {tab.errors[0]}", "Run it by hand.")
    return spread(got["times"]) | {k: v for k, v in got.items() if k != "times"}


@contextmanager
def _start(bundles: Path) -> Iterator[dreambridge.Daemon]:
    """A daemon that has the bundles of this folder too."""
    before = os.environ.get("DREAMBRIDGE_BUNDLES")
    os.environ["DREAMBRIDGE_BUNDLES"] = str(bundles)
    try:
        with dreambridge.start() as daemon:
            yield daemon
    finally:
        os.environ.pop("DREAMBRIDGE_BUNDLES")
        if before is not None:
            os.environ["DREAMBRIDGE_BUNDLES"] = before


def measure(quick: bool) -> dict[str, Any]:
    seconds, count = (4.0, 4) if quick else (30.0, 60)
    try:
        with tempfile.TemporaryDirectory() as folder, Browser("--mute-audio") as browser:
            site, bundles = Path(folder) / "site", Path(folder) / "bundles"
            site.mkdir()
            bundles.mkdir()
            (site / "index.html").write_text(PAGE)
            doubled(bundles / "testcard-512")
            with _start(bundles) as daemon:
                preview = Preview(daemon.name, bundle="testcard", site=Folder(site))
                preview.start()
                try:
                    sizes = {
                        size: one_size(browser, preview, "testcard" if size == 256 else "testcard-512", seconds) for size in SIZES
                    }
                    seen = {
                        f"{bundle}{'_ahead' if ahead else ''}": choices(browser, preview, bundle, count, ahead)
                        for bundle in ("testcard", "vista")
                        for ahead in (False, True)
                    }
                finally:
                    preview.close()
    except NoBrowser as e:
        raise DreamError("missing_package", f"Chromium is unavailable: {e}.", "Install Chromium or Chrome.") from e
    goals: dict[str, Any] = {}
    for size, (p50, p99) in SIZES.items():
        got = sizes[size]
        goals[f"frame_to_canvas_{size}_p50"] = goal(got["frame_to_canvas_ms"]["p50"], "ms", most=p50)
        goals[f"frame_to_canvas_{size}_p99"] = goal(got["frame_to_canvas_ms"]["p99"], "ms", most=p99)
        goals[f"cpu_added_{size}"] = goal(got["cpu_added"], "cores", most=0.15)
    interval = 1000 / FPS
    for name, d in seen.items():
        most = interval + 1000 / 60 if name.endswith("_ahead") else interval + d["step_ms"] + 15
        goals[f"choice_to_frame_{name}_p50"] = goal(d["p50"], "ms", most=round(most, 1))
    return {
        "compared": f"headless Chromium without a GPU, {FPS} frames a second. Frames: from the publication in the ring to the "
        "end of putImageData. CPU: all processes of Chromium, against the same page with a paused stream. Choices: from the call "
        "to the frame drawn that obeys; a tick of the page is 1/60 s",
        "sizes": sizes,
        "choice_to_frame": seen,
        "goals": goals,
    }
