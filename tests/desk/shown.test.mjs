// What a condition is in the picture: of the lanes that were played and of the hand, the last one.

import assert from "node:assert/strict";
import test from "node:test";
import { Shown, courseAt, lanesAt } from "../../python/dreambridge/preview/page/document/model/shown.js";

const root = {
  shots: {
    a: {
      lanes: {
        hour: { keys: [{ at: 0, value: 4 }, { at: 2, value: 8, easing: "linear" }] },
        weather: { keys: [{ at: 1, value: "rain" }, { at: 3, value: null }] },
        event: { keys: [{ at: 0, value: "flash" }] },
      },
    },
  },
};
const conditions = { hour: { kind: "number", range: [0, 24] }, weather: { kind: "choice" }, event: { kind: "event" } };

test("lanes at a second of a shot", () => {
  assert.deepEqual(lanesAt(root, conditions, "a", 0.5), { hour: 5 });
  assert.deepEqual(lanesAt(root, conditions, "a", 2), { hour: 8, weather: "rain" });
  assert.deepEqual(lanesAt(root, conditions, "a", 3), { hour: 8, weather: null });
  assert.deepEqual(lanesAt(root, conditions, "gone", 3), {});
});

test("a lane is on its way to its first key", () => {
  const late = { shots: { a: { lanes: {
    hour: { keys: [{ at: 4, value: 12, easing: "linear" }] },
    energy: { keys: [{ at: 4, value: 1, easing: "linear", over: 1 }] },
    weather: { keys: [{ at: 3, value: "rain", over: 1 }] },
    style: { keys: [{ at: 3, value: "ink", easing: "hold" }] },
  } } } };
  const before = (name) => ({ hour: 4, energy: 0, weather: "clear" })[name];
  const all = { ...conditions, energy: { kind: "number" }, style: { kind: "choice" } };
  assert.deepEqual(courseAt(late, all, "a", 2, before), { hour: 8, energy: 0, weather: "rain" });
  assert.deepEqual(courseAt(late, all, "a", 1, before), { hour: 6, energy: 0 });
  assert.deepEqual(courseAt(late, all, "a", 3.5, before), { hour: 11, energy: 0.5, weather: "rain", style: "ink" });
  assert.deepEqual(courseAt(root, conditions, "a", 0.5, () => undefined), { hour: 5, weather: "rain" });
});

test("a shot that fades in", () => {
  const at = (second, fade) => courseAt(root, conditions, "a", second, () => 0, fade);
  assert.deepEqual(at(1, { seconds: 2, easing: "linear" }), { hour: 3, weather: "rain" }, "half of the way from 0 to 6; no half weather");
  assert.deepEqual(at(1, { seconds: 2, easing: "in" }).hour, 1.5);
  assert.deepEqual(at(1, { seconds: 1, easing: "linear" }).hour, 6);
  const clock = { hour: { kind: "number", range: [0, 24], period: 24 } };
  const night = courseAt(root, clock, "a", 0, () => 23, { seconds: 2, easing: "linear" });
  assert.equal(night.hour, 23);
  assert.equal(courseAt(root, clock, "a", 1, () => 23, { seconds: 2, easing: "linear" }).hour, 2.5, "the short way round midnight");
});

test("the last one to give a value wins", () => {
  const s = new Shown();
  s.directed(1, ["weather"], false);
  assert.equal(s.value("weather"), undefined);
  assert.equal(s.value("weather", { weather: "clear" }), "clear", "a lane takes what a hand gave before the cutscene");
  s.left(5, { weather: "clear" });
  assert.equal(s.value("weather"), "clear");
  s.directed(6, ["weather"], true);
  assert.equal(s.value("weather", { weather: "rain" }), undefined, "held by hand");
  s.left(8, { weather: "rain", hour: 3 });
  assert.deepEqual([s.value("weather"), s.value("hour")], [undefined, 3]);
  s.released(9);
  assert.equal(s.value("weather", { weather: "rain" }), "rain");
  s.back(5.5);
  assert.deepEqual([s.value("weather"), s.value("hour")], ["clear", undefined]);
});
