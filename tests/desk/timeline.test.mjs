// The arithmetic of the timeline: scale, snap, curves, thinning, beats, and the layout of the graph.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { curve, eased, span, valueAt } from "../../python/dreambridge/preview/page/document/model/curve.js";
import { layout } from "../../python/dreambridge/preview/page/document/model/layout.js";
import { PAD, TimeScale, clock, ticks } from "../../python/dreambridge/preview/page/document/model/scale.js";
import { snapMove, toFrame } from "../../python/dreambridge/preview/page/document/model/snap.js";
import { beats, peaks } from "../../python/dreambridge/preview/page/document/model/sound.js";
import { thin } from "../../python/dreambridge/preview/page/document/model/thin.js";

const near = (a, b, by = 1e-9) => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);

test("zoom keeps what is under the pointer", () => {
  const s = new TimeScale(100, 2);
  const under = s.seconds(300);
  s.zoomAt(300, 1.7);
  near(s.seconds(300), under);
  s.zoomAt(0, 1e-9);
  assert.equal(s.zoom, 2);
  s.fit(10);
  assert.ok(s.x(10) < s.width && s.x(0) === PAD);
  assert.equal(s.reveal(5), false);
  assert.equal(s.reveal(50), true);
  assert.ok(s.x(50) <= s.width);
});

test("the ruler's labels do not touch", () => {
  for (const zoom of [2, 7, 33, 100, 480, 2000]) {
    const s = new TimeScale(zoom, 12.34);
    const labels = ticks(s).filter((t) => t.label);
    assert.ok(labels.length > 2 && ticks(s).length < 400);
    for (let k = 1; k < labels.length; k++) assert.ok(s.x(labels[k].at) - s.x(labels[k - 1].at) >= 69);
  }
  assert.deepEqual([clock(4.25, 0.01), clock(75.5), clock(3600, 1)], ["4.25 s", "1:15.5", "60:00"]);
});

test("a drag snaps to targets first, then to frames", () => {
  assert.deepEqual(snapMove([1, 2], 0.97, { targets: [3], reach: 0.05 }), { by: 1, at: 3 });
  near(snapMove([1], 0.01, { fps: 24 }).by, 0);
  near(snapMove([1], 0.03, { fps: 24 }).by, 1 / 24);
  near(snapMove([1], 0.03).by, 0.03);
  near(toFrame(0.51, 10), 0.5);
});

test("curves are those of the player", () => {
  const keys = [{ at: 1, value: 0 }, { at: 3, value: 4, easing: "linear" }, { at: 5, value: 0, easing: "hold" }, { at: 9, value: 10, over: 1, easing: "linear" }];
  const c = { range: [0, 10] };
  assert.equal(valueAt(c, keys, 0.5), null);
  assert.deepEqual([1, 2, 3, 4.9, 5, 8, 8.5, 20].map((t) => valueAt(c, keys, t)), [0, 2, 4, 4, 0, 0, 5, 10]);
  near(valueAt({ range: [0, 24], period: 24 }, [{ at: 0, value: 23 }, { at: 2, value: 1, easing: "linear" }], 1.5), 0.5);
  near(eased("smooth", 0.25), 0.15625);
  assert.equal(curve({ range: [0, 24], period: 24 }, [{ at: 0, value: 23 }, { at: 2, value: 1 }], 0, 2).length, 2, "a jump at midnight");
  assert.deepEqual(span({ range: [0, 24] }, []), [0, 24]);
  const [low, high] = span({ range: [-1000, 1000] }, [{ at: 0, value: -0.4 }, { at: 1, value: 0.2 }]);
  assert.ok(low > -2 && low < -0.4 && high < 2 && high > 0.2);
});

test("a lane of 20,000 keys is drawn with fewer corners", { timeout: 30_000 }, () => {
  const keys = Array.from({ length: 20_000 }, (_, k) => ({ at: k / 24, value: k % 2 }));
  const points = curve({ range: [0, 1] }, keys, 0, 900).flat();
  assert.ok(points.length < 8000 && points.length > 1000);
  near(valueAt({}, keys, 500 + 1 / 48), 0.5, 1e-6);
});

test("a performance is thinned within its tolerance", () => {
  const samples = Array.from({ length: 240 }, (_, k) => ({ at: k / 24, value: Math.sin(k / 24) }));
  const c = { kind: "number", range: [-1, 1] };
  const keys = thin(c, samples);
  assert.ok(keys.length <= 30 && keys.length > 5, `${keys.length} keys`);
  for (const s of samples) near(valueAt(c, keys, s.at), s.value, 0.02 + 1e-9);
  assert.equal(thin(c, samples.map((s) => ({ ...s, value: s.at * 0.1 }))).length, 2, "a straight line");
});

test("thinning of other kinds", () => {
  const hours = Array.from({ length: 48 }, (_, k) => ({ at: k / 12, value: (22 + k / 12) % 24 }));
  assert.equal(thin({ kind: "number", range: [0, 24], period: 24 }, hours).length, 2, "past midnight is a straight line");
  const weather = [[0, "clear"], [1, "clear"], [2, "rain"], [2.5, "storm"]].map(([at, value]) => ({ at, value }));
  assert.deepEqual(thin({ kind: "choice", over: 2 }, weather), [{ at: 2, value: "clear", over: 2 }, { at: 2.5, value: "rain", over: 0.5 }, { at: 4.5, value: "storm", over: 2 }]);
  assert.deepEqual(thin({ kind: "event" }, [{ at: 1, value: "lamp" }, { at: 1.1, value: "lamp" }]).length, 2);
  assert.deepEqual(thin({ kind: "number", discrete: true }, [{ at: 0, value: 3 }, { at: 1, value: 7 }]), [{ at: 0, value: 3 }, { at: 1, value: 7 }]);
  const pose = (x) => [Array(17).fill([x, 0.5, 1])];
  assert.equal(thin({ kind: "pose" }, Array.from({ length: 20 }, (_, k) => ({ at: k, value: pose(k / 20) }))).length, 2);
  assert.deepEqual(thin({ kind: "number" }, []), []);
});

test("beats of a drum, none of a steady tone", () => {
  const rate = 22050;
  const drum = new Float32Array(rate * 4);
  for (const at of [0.5, 1, 1.5, 2.25, 3]) for (let i = 0; i < rate / 5; i++) drum[Math.round(at * rate) + i] = Math.sin(i / 9) * Math.exp(-i / 1200);
  const found = beats(drum, rate);
  assert.equal(found.length, 5);
  [0.5, 1, 1.5, 2.25, 3].forEach((t, k) => near(found[k], t, 0.04));
  assert.deepEqual(beats(Float32Array.from({ length: rate * 2 }, (_, i) => Math.sin(i / 20)), rate), []);
  const [low, high] = peaks(drum, 8)[1];
  assert.ok(high > 0.5 && low < -0.5 && peaks(drum, 8)[0][1] === 0);
});

test("the graph is laid out from the first shot on", () => {
  const at = layout(JSON.parse(readFileSync(new URL("../../examples/arrival.dream.json", import.meta.url), "utf8")));
  assert.deepEqual(Object.entries(at).map(([n, p]) => [n, p.column]), [["dawn", 0], ["crossing", 1], ["calm", 2], ["storm", 2]]);
  assert.ok(at.calm.row < at.storm.row && new Set(Object.values(at).map((p) => `${p.column}/${p.row}`)).size === 4);
  const cycle = layout({ shots: { a: { next: "b" }, b: { next: "a" }, alone: {} } });
  assert.deepEqual([cycle.a.column, cycle.b.column, cycle.alone.column], [0, 1, 0]);
  assert.deepEqual(layout({ shots: {} }), {});
});
