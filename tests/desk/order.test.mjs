// Lanes and options in another order: what moves, and what stays as it was written.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { moveItem, moveMember } from "../../python/dreambridge/preview/page/document/model/order.js";
import { parse, write } from "../../python/dreambridge/preview/page/document/model/source.js";

const TEXT = readFileSync(new URL("../../examples/arrival.dream.json", import.meta.url), "utf8");
const ARRIVAL = parse(TEXT);
const LANES = ["shots", "dawn", "lanes"];
const CHOICE = ["shots", "dawn", "next", "choice"];
const sorted = (text) => text.split("\n").map((line) => line.replace(/,$/, "")).sort();

test("a lane moves, and each line is there once", () => {
  const before = Object.keys(ARRIVAL.shots.dawn.lanes);
  const after = moveMember(ARRIVAL, LANES, before[0], 2);
  assert.deepEqual(Object.keys(after.shots.dawn.lanes), [before[1], before[2], before[0], ...before.slice(3)]);
  assert.deepEqual(sorted(write(after)), sorted(TEXT));
  assert.deepEqual(parse(write(after)), JSON.parse(write(after)));
  assert.equal(write(moveMember(after, LANES, before[0], 0)), TEXT, "and back: the same bytes");
});

test("an option moves, and keeps its text", () => {
  const [first, second] = ARRIVAL.shots.dawn.next.choice;
  const after = moveItem(ARRIVAL, CHOICE, 0, 1);
  assert.deepEqual(after.shots.dawn.next.choice, [second, first]);
  assert.deepEqual(sorted(write(after)), sorted(TEXT));
  assert.equal(write(moveItem(after, CHOICE, 0, 1)), TEXT);
});

test("what cannot move is left", () => {
  assert.equal(moveMember(ARRIVAL, LANES, "nothing", 1), ARRIVAL);
  assert.equal(moveItem(ARRIVAL, CHOICE, 0, 0), ARRIVAL);
  assert.equal(moveItem(ARRIVAL, CHOICE, 0, -1), ARRIVAL);
  assert.equal(moveItem(ARRIVAL, ["shots", "storm", "next", "choice"], 0, 1), ARRIVAL);
});
