// Undo, redo, and drags that are one step.

import assert from "node:assert/strict";
import test from "node:test";
import { History } from "../../python/dreambridge/preview/page/document/model/history.js";

test("undo and redo", () => {
  const h = new History({ n: 0 }, "none");
  let told = 0;
  h.addEventListener("change", () => told++);
  assert.equal(h.undo(), false);
  h.edit("one", { n: 1 }, { selection: "key" });
  h.edit("two", { n: 2 });
  assert.equal(h.canUndo, "two");
  assert.equal(h.undo(), true);
  assert.deepEqual([h.root.n, h.now.selection, h.canRedo], [1, "key", "two"]);
  h.undo();
  assert.deepEqual([h.root.n, h.now.selection, h.canUndo], [0, "none", null]);
  h.redo();
  h.edit("three", { n: 3 });
  assert.deepEqual([h.root.n, h.canRedo, told], [3, null, 6]);
});

test("a drag is one step, two drags are two", () => {
  const h = new History({ n: 0 });
  for (const n of [1, 2, 3]) h.edit("move", { n }, { merge: "drag" });
  h.seal();
  for (const n of [4, 5]) h.edit("move", { n }, { merge: "drag" });
  h.undo();
  assert.equal(h.root.n, 3);
  h.undo();
  assert.equal(h.root.n, 0);
});

test("edited tells of the saved document, also after undo", () => {
  const h = new History({ n: 0 });
  assert.equal(h.edited, false);
  h.edit("one", { n: 1 });
  h.markSaved();
  assert.equal(h.edited, false);
  h.undo();
  assert.equal(h.edited, true);
  h.redo();
  assert.equal(h.edited, false);
  assert.equal(h.edit("nothing", h.root), false);
});
