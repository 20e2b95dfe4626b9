// node shared.mjs DAEMON: two directors of one stream, and a connection that is lost when the cutscene has played on but the stream is still paused.
import { open, until } from "./stepped.mjs";
import { Director } from "../../narrative_plugins/javascript/director.js";

const film = { format: "1.0", name: "film", shots: { first: { lanes: { level: { keys: [{ at: 0, value: 0.2 }] } }, length: 600 } } };
const { stream, director, errors } = await open(process.argv[2], { paused: false, cutscenes: { film } }), out = { errors };
const listeners = () => ["state", "frame", "event"].map((name) => stream.listenerCount(name)), before = listeners();
const second = new Director(stream, { cutscenes: { film }, onError: (error) => errors.push(error.code) });
out.one = second.player === director.player;
director.tell("play film");
out.both = [await director.tell("wait shot first limit=60"), await second.tell("wait shot first limit=60")];
second.close();
out.closed = [JSON.stringify(listeners()) === JSON.stringify(before), await second.tell("level=0.5"), await second.tell("wait shown limit=60")];

const ask = stream.ask.bind(stream), sent = [];
let lose = true;
stream.ask = (type, fields) => {
  sent.push(type);
  if (type === "resume" && lose) {
    lose = false;
    stream.peer.socket.destroy(); // before the request is written
  }
  return ask(type, fields);
};
await stream.request({ type: "close", session: stream.session }); // as after a restart: the session is opened again, paused
stream.session = null;
stream.peer.socket.destroy();
await until(() => sent.includes("resume") && stream.state !== "lost");
await until(() => stream.live && stream.state !== "paused", 20).catch(() => {});
out.after = [stream.state === "paused" ? "paused" : "moving", sent.filter((type) => type === "resume").length, sent.filter((type) => type === "cutscene_play").length];
stream.stop();
console.log(JSON.stringify(out));
