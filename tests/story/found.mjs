// node found.mjs WAITS: what a `wait` says while a daemon was found that does not answer. WAITS: waits.js of the web page.
import { Stream } from "../../protocol/examples/node-client/dreambridge.js";
import { Director } from "../../narrative_plugins/javascript/director.js";

const { Waits } = await import(process.argv[2]), now = Date.now, out = { director: [], page: [] };
const stream = new Stream("nobody-there", { bundle: "testcard" }), peer = { end() {} };
for (const [found, seconds] of [[peer, 3], [null, 3], [peer, 9]]) {
  Object.assign(stream, { peer: found, heardAt: Infinity, triedAt: Infinity });
  Date.now = () => now() - 1000 * seconds; // the stream has been searched for so long
  const director = new Director(stream, { onError() {} }), waits = new Waits({ state: "searching", peer: found });
  Date.now = now;
  out.director.push(await director.tell("wait shown limit=0.2"));
  out.page.push(await waits.until(() => null, { limit: 0.2 }));
}
stream.peer = null;
stream.stop();
console.log(JSON.stringify(out));
