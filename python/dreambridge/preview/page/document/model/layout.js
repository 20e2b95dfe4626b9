// Where the shots of the graph stand: in columns by the number of shots before them, with few crossings.

import { ways } from "./follows.js";
import { firstShot } from "./names.js";

/** Name to { column, row }; rows may be halves. Shots that nothing leads to come after the others. */
export function layout(root) {
  const names = Object.keys(root?.shots ?? {});
  const edges = ways(root).filter((w) => w.to !== null && names.includes(w.to));
  const column = new Map();
  const visit = (start, at) => {
    const todo = [[start, at]];
    while (todo.length) {
      const [name, depth] = todo.shift();
      if (column.has(name)) continue;
      column.set(name, depth);
      for (const e of edges) if (e.from === name) todo.push([e.to, depth + 1]);
    }
  };
  const first = firstShot(root);
  if (names.includes(first)) visit(first, 0);
  for (const name of names) if (!column.has(name) && !edges.some((e) => e.to === name && e.from !== name)) visit(name, 0);
  for (const name of names) if (!column.has(name)) visit(name, 0);

  const columns = [];
  for (const name of names) (columns[column.get(name)] ??= []).push(name);
  const row = new Map();
  for (let c = 0; c < columns.length; c++) {
    const wish = (name) => {
      const before = edges.filter((e) => e.to === name && column.get(e.from) < c).map((e) => row.get(e.from) + order(edges, e) * 0.01);
      return before.length ? before.reduce((a, b) => a + b, 0) / before.length : Infinity;
    };
    const sorted = columns[c].map((name, k) => [wish(name), k, name]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    sorted.forEach(([, , name], k) => row.set(name, k - (sorted.length - 1) / 2));
  }
  const top = Math.min(0, ...row.values());
  return Object.fromEntries(names.map((name) => [name, { column: column.get(name), row: row.get(name) - top }]));
}

const order = (edges, e) => edges.filter((o) => o.from === e.from).indexOf(e);
