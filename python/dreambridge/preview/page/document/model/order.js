// The order of lanes and options: which member of an object, or item of a list, stands where.

import { derived } from "./identity.js";
import { get, object, put } from "./paths.js";

/** `root` where the member `name` of the object at `path` stands at the place `to` (from 0). */
export function moveMember(root, path, name, to) {
  const now = get(root, path);
  const names = Object.keys(now ?? {});
  const from = names.indexOf(name);
  if (from < 0) return root;
  const order = moved(names, from, to);
  return order === names ? root : put(root, path, object(now, order.map((n) => [n, now[n]])));
}

/** `root` where the item `from` of the list at `path` stands at the place `to`. */
export function moveItem(root, path, from, to) {
  const now = get(root, path);
  if (!Array.isArray(now)) return root;
  const order = moved(now, from, to);
  return order === now ? root : put(root, path, derived(now, order));
}

function moved(list, from, to) {
  const at = Math.min(list.length - 1, Math.max(0, to));
  if (at === from || from < 0 || from >= list.length) return list;
  const out = list.slice();
  out.splice(at, 0, ...out.splice(from, 1));
  return out;
}
