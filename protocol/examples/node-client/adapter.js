// The adapter of this client for `dreambridge conformance --client node adapter.js` (PROTOCOL.md, part 6).
import readline from "node:readline";
import { Stream } from "./dreambridge.js";

let stream = null, tickets = {}, answers = {}, errors = [];

function start({ daemon, bundle, seed, values }) {
  stream?.stop();
  [tickets, answers, errors] = [{}, {}, []];
  stream = new Stream(daemon, { bundle, seed, values });
  stream.on("failed", (error) => errors.push(error.code));
}

function direct(promise, name) {
  tickets[name] = { refused: false, shown: false };
  promise.then((ticket) => (tickets[name] = ticket)).catch((error) => {
    tickets[name].refused = true;
    errors.push(error.code);
  });
}

function answer(promise, name) {
  answers[name] = "waiting";
  promise.then(() => (answers[name] = "ok")).catch((error) => (answers[name] = error.code));
}

function look() {
  const told = Object.entries(tickets).map(([name, t]) => [name, t.shown ? "shown" : t.refused ? "refused" : "waiting"]);
  return { state: stream?.state ?? "closed", revision: stream?.frame?.revision ?? null, tickets: Object.fromEntries(told), answers, errors };
}

function act({ do: what, as: name = "-", ...c }) {
  if (what === "look") return look();
  if (what === "start") start(c);
  else if (what === "stop") stream?.stop();
  else if (what === "direct") direct(stream.direct(c.values, c), name);
  else if (what === "cut") direct(stream.cut(c.values, c.seed), name);
  else if (what === "pause" || what === "resume") answer(stream.pause(what === "pause"), name);
  else if (what === "restore") answer(stream.ask("restore", { data: Buffer.from(c.data, "hex") }), name);
  else answer(stream.ask(what), name);
  return {};
}

const say = (map) => process.stdout.write(JSON.stringify(map) + "\n");
say({ client: "node example 1.0", cannot: ["keeps", "view"] });
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  if (command.do === "quit") process.exit(0);
  say(act(command));
});
