// Figures of values: which values have one, and what it shows. The elements are strings here: there is no page.

import assert from "node:assert/strict";
import test from "node:test";

class Element {
  constructor(tag) {
    Object.assign(this, { tag, attributes: {}, children: [] });
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  append(...children) {
    this.children.push(...children);
  }
}
globalThis.document = { createElementNS: (_, tag) => new Element(tag) };
const { figureKind, figureOf } = await import("../../python/dreambridge/preview/page/document/timeline/figures.js");

const path = (c, value) => figureOf(c, value).children[0].attributes.d;
const person = Array.from({ length: 17 }, (_, k) => [0.4 + 0.01 * k, 0.05 * k, 1]);

test("a pose has its bones, without those of joints that cannot be seen", () => {
  const whole = path({ kind: "pose" }, person);
  assert.equal(whole.match(/M/g).length, 14);
  assert.ok(whole.startsWith("M0.45 0.25L0.47 0.35"), "from the left shoulder to the left elbow");
  const hidden = person.map(([x, y], k) => [x, y, k === 9 ? 0 : 1]);
  assert.equal(path({ kind: "pose" }, hidden).match(/M/g).length, 13);
  const box = figureOf({ kind: "pose" }, person).attributes.viewBox.split(" ").map(Number);
  assert.ok(box[2] < 1 && box[0] < 0.4 && box[0] + box[2] > 0.56 && box[1] + box[3] > 0.8, "around the figure");
  assert.equal(path({ kind: "pose", figures: 2 }, [person, person]).match(/M/g).length, 28);
});

test("levels are bars within the range", () => {
  const d = path({ kind: "audio" }, [0, 0.5, 1, 7]);
  assert.deepEqual([...d.matchAll(/V([\d.]+)H/g)].map(([, top]) => +top), [0.97, 0.5, 0, 0]);
  assert.equal(path({ kind: "vector", range: [-1, 1] }, [0]).match(/V([\d.]+)H/)[1], "0.5");
});

test("what is no such value has no figure", () => {
  for (const [c, value] of [[{ kind: "pose" }, null], [{ kind: "pose" }, "sit"], [{ kind: "pose" }, [1, 2]], [{ kind: "audio" }, []],
    [{ kind: "vector" }, [1, "a"]], [{ kind: "number" }, 3], [undefined, [1, 2]], [{ kind: "pose", figures: 2 }, person]]) {
    assert.equal(figureKind(c, value), null, JSON.stringify([c, value]));
    assert.equal(figureOf(c, value), null);
  }
});
