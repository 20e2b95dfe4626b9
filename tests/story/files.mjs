// node files.mjs DAEMON FOLDER: a cutscene with a picture and the features of a sound, from a folder; digests of the frames that it makes.
import { createHash } from "node:crypto";
import { cutscenesIn } from "../../narrative_plugins/javascript/folder.js";
import { open } from "./stepped.mjs";

const [, , daemon, folder] = process.argv;
const there = await open(daemon, { bundle: "vista", cutscenes: cutscenesIn(folder) }), { stream, director, errors } = there;
const sent = [], ask = stream.ask.bind(stream);
stream.ask = (type, fields) => (sent.push(type), ask(type, fields));
const frames = [];
for (const name of ["arrival", "without", "arrival"]) {
  await stream.cut({}, 7);
  await director.tell(`play ${name}`);
  await director.idle();
  const hashes = [];
  for (let k = 0; k < 8; k++) {
    await stream.ask("step", { count: 1 });
    stream.tick();
    hashes.push(createHash("sha256").update(stream.frame.pixels).digest("hex"));
  }
  frames.push(hashes);
}
await director.tell("play ../arrival");
await director.tell("play arival");
await director.idle();
console.log(JSON.stringify({ frames, errors, put: sent.filter((type) => type === "put_file").length }));
stream.stop();
