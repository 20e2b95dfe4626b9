// The document's text: nothing is lost, and what was not edited stays as it was.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { derived, idOf } from "../../python/dreambridge/preview/page/document/model/identity.js";
import { get, prune, put, rename, walk } from "../../python/dreambridge/preview/page/document/model/paths.js";
import { parse, write } from "../../python/dreambridge/preview/page/document/model/source.js";

const ARRIVAL = readFileSync(new URL("../../examples/arrival.dream.json", import.meta.url), "utf8");
const changed = (a, b) => {
  const [x, y] = [a.split("\n"), b.split("\n")];
  assert.equal(x.length, y.length);
  return y.filter((line, k) => line !== x[k]);
};

test("a document that is not edited has the same bytes", () => {
  for (const text of [ARRIVAL, `\ufeff{ "a" : [1.0,2E+3 , {}] }`, '{"format":"1.0","seed":9223372036854775807,"é":"\\u00e9"}\r\n']) {
    assert.equal(write(parse(text)), text.replace("\ufeff", ""));
  }
  assert.deepEqual(parse(ARRIVAL), JSON.parse(ARRIVAL));
});

test("one edit changes one line, and undone edits leave no trace", () => {
  const root = parse(ARRIVAL);
  const path = ["shots", "dawn", "lanes", "time_of_day", "keys", 1, "at"];
  const edited = put(root, path, 3.5);
  assert.deepEqual(changed(ARRIVAL, write(edited)), ['        "time_of_day": {"keys": [{"at": 0, "value": 5.0}, {"at": 3.5, "value": 7.5, "easing": "linear"}]},']);
  assert.equal(write(put(edited, path, 4)), ARRIVAL);
  assert.equal(write(root), ARRIVAL);
});

test("numbers that JavaScript cannot hold are kept", () => {
  const text = '{\n  "seed": 9223372036854775807,\n  "name": "a",\n  "x": 1.50\n}\n';
  assert.equal(write(put(parse(text), ["name"], "b")), text.replace('"a"', '"b"'));
});

test("unknown fields, the order and the style of a file are kept", () => {
  const text = '{ "zeta": {"deep": [1,2]},\n  "name":"a", "shots": { "s": {"length":1,"x-note":"mine"} } }';
  const root = put(put(parse(text), ["shots", "s", "length"], 2), ["shots", "t"], { length: 3 });
  assert.equal(write(root), '{ "zeta": {"deep": [1,2]},\n  "name":"a", "shots": { "s": {"length":2,"x-note":"mine"}, "t": {"length": 3} } }');
});

test("a removed and a new member, first, last and only", () => {
  const text = '{\n  "a": 1,\n  "b": 2\n}\n';
  assert.equal(write(put(parse(text), ["a"], undefined)), '{\n  "b": 2\n}\n');
  assert.equal(write(put(parse(text), ["b"], undefined)), '{\n  "a": 1\n}\n');
  assert.equal(write(put(parse(text), ["c"], [3])), '{\n  "a": 1,\n  "b": 2,\n  "c": [3]\n}\n');
  assert.equal(write(put(put(parse(text), ["a"], undefined), ["b"], undefined)), "{}\n");
  assert.equal(write(put(parse('{"l": [1]}'), ["l", 0], undefined)), '{"l": []}');
  assert.equal(write(put(parse('{"l": []}'), ["l"], [{ at: 1 }])), '{"l": [{"at": 1}]}');
});

test("items of a list keep their text when others come and go", () => {
  const text = '{"keys": [{"at":0.0}, {"at": 1.0}, {"at" :2.0}]}';
  const root = parse(text);
  assert.equal(write(put(root, ["keys", 0], undefined)), '{"keys": [{"at": 1.0}, {"at" :2.0}]}');
  const keys = [root.keys[0], { at: 0.5 }, root.keys[1], root.keys[2]];
  assert.equal(write(put(root, ["keys"], derived(root.keys, keys))), '{"keys": [{"at":0.0}, {"at": 0.5}, {"at": 1.0}, {"at" :2.0}]}');
});

test("a long line is broken, a moved part is indented", () => {
  const long = Array.from({ length: 30 }, (_, k) => ({ at: k, value: k }));
  const text = write(put(parse(ARRIVAL), ["shots", "calm", "lanes", "weather", "keys"], long));
  assert.ok(text.split("\n").every((line) => line.length <= 130));
  assert.deepEqual(JSON.parse(text).shots.calm.lanes.weather.keys, long);
  assert.deepEqual(parse(text), JSON.parse(text));
});

test("a new document is written as the examples are", () => {
  assert.equal(write(JSON.parse(ARRIVAL)).split("\n")[0], "{");
  assert.deepEqual(JSON.parse(write(JSON.parse(ARRIVAL))), JSON.parse(ARRIVAL));
  const other = write(JSON.parse(ARRIVAL)).replaceAll(/\s+/g, " ");
  assert.equal(other, ARRIVAL.replaceAll(/(\d)\.0(?=[,}])/g, "$1").replaceAll(/\s+/g, " "));
});

test("20,000 keys in one line are read, edited and written", { timeout: 30_000 }, () => {
  const keys = Array.from({ length: 20_000 }, (_, k) => ({ at: k / 24, value: Math.sin(k) }));
  const text = JSON.stringify({ shots: { long: { lanes: { energy: { keys } } } } });
  const out = write(put(parse(text), ["shots", "long", "lanes", "energy", "keys", 9_999, "value"], 5));
  assert.equal(JSON.parse(out).shots.long.lanes.energy.keys[9_999].value, 5);
  assert.equal(out.length, text.length - String(keys[9_999].value).length + 1);
});

test("invalid JSON is told with line and column", () => {
  for (const [text, line, column] of [["", 1, 1], ['{\n "a": 1,\n}', 3, 1], ['{"a": 01}', 1, 8], ['{"a": 1, "a": 2}', 1, 13], ["[1] 2", 1, 5], ['{"a": NaN}', 1, 7], ['{"a": "\n"}', 1, 7]]) {
    assert.throws(() => parse(text), (e) => e instanceof SyntaxError && e.line === line && e.column === column, JSON.stringify(text));
  }
  assert.throws(() => parse("[".repeat(70)), /nested deeper/);
});

test("names with a meaning in JavaScript are only names", () => {
  const text = '{"__proto__": {"x": 1}, "constructor": 2}';
  const root = parse(text);
  assert.equal(Object.getPrototypeOf(root), Object.prototype);
  assert.equal(get(root, ["toString"]), undefined);
  assert.equal(write(put(root, ["__proto__", "x"], 5)), '{"__proto__": {"x": 5}, "constructor": 2}');
});

test("ids outlive edits", () => {
  const root = parse(ARRIVAL);
  const key = (r) => r.shots.dawn.lanes.camera_x.keys[0];
  assert.equal(idOf(key(put(root, ["shots", "dawn", "lanes", "camera_x", "keys", 0, "at"], 1))), idOf(key(root)));
  assert.notEqual(idOf(root.shots.dawn.lanes.camera_x.keys[1]), idOf(key(root)));
});

test("paths: rename, prune and walk share what they do not change", () => {
  const root = parse(ARRIVAL);
  const renamed = rename(root, ["shots"], "calm", "still");
  assert.deepEqual(Object.keys(renamed.shots), ["dawn", "crossing", "still", "storm"]);
  assert.equal(renamed.shots.still, root.shots.calm);
  assert.equal(write(renamed), ARRIVAL.replace('"calm": {', '"still": {'));
  const pruned = prune(root, ["shots", "dawn", "marks", "gulls"], 2);
  assert.equal("marks" in pruned.shots.dawn, false);
  assert.equal(walk(root, (v) => v), root);
  assert.equal(walk(root, (v) => (v === "crossing" ? "x" : v)).shots.calm, root.shots.calm);
});
