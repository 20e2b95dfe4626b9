// node alone.mjs DAEMON: a story without a daemon goes on to its end.
import { Stream } from "../../protocol/examples/node-client/dreambridge.js";
import { Director } from "../../narrative_plugins/javascript/director.js";
import { openStory } from "./stories.mjs";

const errors = [], outcomes = [];
const stream = new Stream(process.argv[2], { bundle: "testcard" });
const director = new Director(stream, { limit: 60, onError: (error) => errors.push(error.code) });
const story = await openStory("ink", "tests/story/lamp.ink", director);
let lines = 0;
for (let at = await story.next(); at; at = await story.next(at.options && at.options.length - 1)) {
  lines += at.text ? 1 : 0;
  outcomes.push(...(at.outcomes ?? []));
}
console.log(JSON.stringify({ lines, errors, outcomes, pending: director.pending.length, state: stream.state }));
stream.stop();
