// node momentary.mjs: without a daemon, what a cut takes along of the directions that wait, and what lasts in the example client.
import { Stream } from "../../protocol/examples/node-client/dreambridge.js";
import { Director } from "../../narrative_plugins/javascript/director.js";

const stream = new Stream("nobody-there", { bundle: "testcard" }), director = new Director(stream);
const kinds = { flash: "event", mouse: "delta", level: "number" };
stream.conditions = Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, { kind }]));
director.tell("flash=1 mouse=3 level=0.5");
director.tell("cut seed=9");
console.log(JSON.stringify({ cut: director.pending.take(), lasting: stream.lasting({ flash: 1, mouse: 3, level: 0.5 }) }));
stream.stop();
