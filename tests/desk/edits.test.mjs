// Edits of keys, shots and names: what they change, and what they leave.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { addWay, connect, kindOf, setEntry, setKind, ways, waysOf } from "../../python/dreambridge/preview/page/document/model/follows.js";
import { idOf } from "../../python/dreambridge/preview/page/document/model/identity.js";
import * as K from "../../python/dreambridge/preview/page/document/model/keys.js";
import * as N from "../../python/dreambridge/preview/page/document/model/names.js";
import { parse, write } from "../../python/dreambridge/preview/page/document/model/source.js";

const ARRIVAL = parse(readFileSync(new URL("../../examples/arrival.dream.json", import.meta.url), "utf8"));
const pick = (root, shot, lane, ...indices) => indices.map((k) => ({ shot, lane, id: idOf(K.keysOf(root, shot, lane)[k]) }));
const times = (root, shot, lane) => K.keysOf(root, shot, lane).map((k) => k.at);

test("keys move in time and value, within their limits", () => {
  const both = pick(ARRIVAL, "dawn", "camera_x", 0, 1);
  assert.deepEqual(times(K.moveKeys(ARRIVAL, both, 1.5), "dawn", "camera_x"), [1.5, 5.5]);
  assert.equal(K.moveKeys(ARRIVAL, both, -3), ARRIVAL, "the first key is at 0: neither moves");
  const hours = { time_of_day: { range: [0, 24], period: 24 }, camera_x: { range: [-1000, 1000] }, n: { range: [0, 9], discrete: true } };
  const late = K.moveKeys(ARRIVAL, pick(ARRIVAL, "storm", "time_of_day", 0), 0, { time_of_day: 6 }, hours);
  assert.equal(K.keysOf(late, "storm", "time_of_day")[0].value, 2, "past midnight");
  assert.equal(K.moved(hours.camera_x, 999, 5), 1000);
  assert.equal(K.moved(hours.n, 3, 0.6), 4);
});

test("a key that is moved over others changes the order, and keeps its id", () => {
  const [first] = pick(ARRIVAL, "dawn", "time_of_day", 0);
  const after = K.moveKeys(ARRIVAL, [first], 5);
  assert.deepEqual(times(after, "dawn", "time_of_day"), [4, 5]);
  assert.equal(K.picked(after, [first])[0].index, 1);
  const onto = K.moveKeys(ARRIVAL, [first], 4);
  assert.deepEqual(K.keysOf(onto, "dawn", "time_of_day"), [{ at: 4, value: 5 }], "no two keys at one time: the moved one stays");
});

test("keys stay within the length of the shot", () => {
  const root = N.addShot(ARRIVAL, "short", { shot: { length: 2, lanes: { energy: { keys: [{ at: 1, value: 0 }] } } } })[0];
  assert.deepEqual(times(K.moveKeys(root, pick(root, "short", "energy", 0), 9), "short", "energy"), [2]);
});

test("add, delete, copy and paste", () => {
  const [added, id] = K.addKey(ARRIVAL, "calm", "energy", { at: 1.23456, value: 1 });
  assert.deepEqual(K.keysOf(added, "calm", "energy"), [{ at: 1.2346, value: 1 }]);
  const gone = K.deleteKeys(added, [{ shot: "calm", lane: "energy", id }]);
  assert.equal(write(gone), write(ARRIVAL), "the last key takes its lane with it");
  const copied = K.copyKeys(ARRIVAL, pick(ARRIVAL, "storm", "event", 0, 1));
  const [pasted, selection] = K.pasteKeys(ARRIVAL, "calm", 1, copied);
  assert.deepEqual(K.keysOf(pasted, "calm", "event"), [{ at: 1, value: "lightning" }, { at: 1.7, value: "lightning" }]);
  assert.equal(K.picked(pasted, selection).length, 2);
});

test("fields of many keys at once", () => {
  const all = [...pick(ARRIVAL, "dawn", "camera_x", 0, 1), ...pick(ARRIVAL, "dawn", "time_of_day", 1)];
  const out = K.setField(ARRIVAL, all, "easing", "hold");
  assert.deepEqual(K.picked(out, all).map(({ key }) => key.easing), ["hold", "hold", "hold"]);
  assert.equal(write(K.setField(K.setField(ARRIVAL, pick(ARRIVAL, "dawn", "camera_x", 0), "over", 1), pick(ARRIVAL, "dawn", "camera_x", 0), "over", undefined)), write(ARRIVAL));
});

test("a performance replaces what was there in its time", () => {
  const out = K.recordKeys(ARRIVAL, "dawn", { camera_x: [{ at: 1, value: 0 }, { at: 2, value: 1 }], energy: [{ at: 0.5, value: 1 }] });
  assert.deepEqual(times(out, "dawn", "camera_x"), [0, 1, 2, 4]);
  assert.deepEqual(times(out, "dawn", "energy"), [0.5]);
});

test("the ways of a document", () => {
  const told = ways(ARRIVAL).map((w) => `${w.from}>${w.to} ${w.how.join("/")}${w.transition ? ` ~${w.transition}` : ""}`);
  assert.deepEqual(told, ["dawn>crossing Pay the ferryman", "dawn>crossing Keep the coin", "crossing>calm if paid ~1.5", "crossing>storm else ~1.5", "calm>null ", "storm>null "]);
  const wait = parse('{"shots": {"a": {"next": {"wait": "door", "limit": 3, "then": {"choice": [{"id": "x", "then": "a"}]}}}}}');
  assert.deepEqual(waysOf(wait, "a").map((w) => [w.to, ...w.how]), [["a", "signal door", "x"], [null, "signal door".replace("signal door", "after 3 s")]]);
});

test("ways are led elsewhere, and keep their transition", () => {
  const [, , calm] = ways(ARRIVAL);
  const out = connect(ARRIVAL, calm.slot, "storm");
  assert.deepEqual(out.shots.crossing.next.branch[0], { if: "paid", then: { shot: "storm", transition: { seconds: 1.5 } } });
  assert.deepEqual(connect(ARRIVAL, calm.slot, null).shots.crossing.next.branch[0], { if: "paid" });
  assert.equal(connect(ARRIVAL, ["shots", "calm", "next"], "dawn").shots.calm.next, "dawn");
  assert.deepEqual(setEntry(ARRIVAL, calm.slot, { cut: true, seed: 3 }).shots.crossing.next.branch[0].then, { shot: "calm", cut: true, seed: 3 });
  assert.equal(setEntry(ARRIVAL, calm.slot).shots.crossing.next.branch[0].then, "calm");
});

test("what follows becomes another kind", () => {
  const slot = ["shots", "calm", "next"];
  assert.equal(kindOf(undefined), "end");
  const choice = setKind(connect(ARRIVAL, slot, "dawn"), slot, "choice");
  assert.deepEqual(choice.shots.calm.next.choice.map((o) => o.then), ["dawn", "dawn"]);
  assert.equal(addWay(choice, slot).shots.calm.next.choice[2].id, "option");
  const branch = addWay(setKind(choice, slot, "branch"), slot).shots.calm.next.branch;
  assert.deepEqual(branch.map((c) => c.if), ["true", "true", undefined]);
  assert.equal(write(setKind(choice, slot, "end")), write(ARRIVAL));
  for (const kind of ["wait", "choice", "branch", "shot"]) assert.equal(kindOf(setKind(ARRIVAL, slot, kind).shots.calm.next), kind);
});

test("a shot is renamed everywhere, and removed everywhere", () => {
  const text = write(ARRIVAL);
  assert.equal(write(N.renameShot(ARRIVAL, "crossing", "ferry")), text.replaceAll('"crossing"', '"ferry"'));
  assert.equal(N.renameShot(ARRIVAL, "dawn", "first").start, "first");
  const without = N.removeShot(ARRIVAL, "calm");
  assert.deepEqual(without.shots.crossing.next.branch[0], { if: "paid" });
  assert.equal(N.removeShot(ARRIVAL, "dawn").start, "crossing");
  // A prompt and a variable of the same name are something else.
  const odd = parse('{"shots": {"sea": {"set": {"sea": "sea"}, "lanes": {"prompt": {"keys": [{"at": 0, "value": "sea"}]}}, "next": {"choice": [{"id": "sea", "text": "sea", "set": {"then": "sea"}, "then": "sea"}], "default": "sea"}}}}');
  assert.deepEqual(N.renameShot(odd, "sea", "lake"), JSON.parse(write(odd).replace('"shots": {"sea"', '"shots": {"lake"').replace('"then": "sea"}]', '"then": "lake"}]')));
});

test("a removed shot leaves no half of a way", () => {
  const root = parse('{"shots": {"a": {"next": {"shot": "b", "cut": true}}, "b": {"next": {"wait": "x", "then": {"shot": "b", "cut": true}}}, "c": {"next": "b"}}}');
  assert.deepEqual(N.removeShot(root, "b").shots, { a: {}, c: {} });
  assert.deepEqual(N.removeShot(parse('{"shots": {"a": {"next": {"wait": "x", "then": "b"}}, "b": {}}}'), "b").shots.a.next, { wait: "x" });
});

test("variables are renamed in expressions and where they are set", () => {
  const root = parse('{"variables": {"paid": {"type": "bool"}}, "shots": {"a": {"set": {"paid": true}, "next": {"branch": [{"if": "paid and \'paid\' != name", "then": "a"}]}}}}');
  const out = N.renameVariable(root, "paid", "bought");
  assert.equal(out.shots.a.next.branch[0].if, "bought and 'paid' != name");
  assert.deepEqual(out.shots.a.set, { bought: true });
  assert.equal(N.usesOf(out, "bought").length, 2);
  const [added, name] = N.addVariable(ARRIVAL, "paid", "number");
  assert.deepEqual([name, Object.keys(added.variables)], ["paid_2", ["paid", "paid_2"]]);
  assert.deepEqual(Object.keys(N.addVariable(parse('{"format": "1.0", "shots": {}}'))[0]), ["format", "variables", "shots"]);
});

test("characters are renamed in prompts", () => {
  const root = parse('{"characters": {"mira": {"phrase": "a girl"}}, "shots": {"a": {"lanes": {"prompt": {"keys": [{"at": 0, "value": "[mira] waits, mira"}]}}}}}');
  assert.equal(N.renameCharacter(root, "mira", "ana").shots.a.lanes.prompt.keys[0].value, "[ana] waits, mira");
});

test("marks", () => {
  const [root, name] = N.addMark(ARRIVAL, "dawn", 1, "gulls");
  assert.deepEqual([name, root.shots.dawn.marks], ["gulls_2", { gulls: 2, gulls_2: 1 }]);
  assert.deepEqual(N.moveMark(root, "dawn", "gulls", -1).shots.dawn.marks.gulls, 0);
  assert.equal(N.removeMark(ARRIVAL, "dawn", "gulls").shots.dawn.marks, undefined);
});

test("names out of what people type", () => {
  assert.deepEqual(["Old pier!", "  9 lives ", "Über", "…", "a-b"].map(N.asName), ["Old_pier", "_9_lives", "Uber", "", "a-b"]);
});

test("a new shot can follow a way, and a document with two shots has a start", () => {
  const [root, name] = N.addShot(parse('{"format": "1.0", "name": "a", "shots": {"one": {}}}'), "one", { slot: ["shots", "one", "next"] });
  assert.deepEqual([name, root.start, root.shots.one.next], ["one_2", "one", "one_2"]);
  assert.deepEqual(N.duplicateShot(ARRIVAL, "dawn")[0].shots.dawn_2, ARRIVAL.shots.dawn);
});
