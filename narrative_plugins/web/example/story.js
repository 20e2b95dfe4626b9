// A small story whose picture follows: `dreambridge web narrative_plugins/web/example`. Its texts are ours; the words after # are directions.
import { Director, DreamStream, PreRoll, directionIn, parse } from "/dream.js";

const STORY = {
  hill: {
    says: ["You stand above the valley. It is a clear evening. # dream: cut weather=clear time_of_day=18.5 # dream: wait shown"],
    options: { "Wait for the night.": "night", "Watch the clouds.": "storm" },
  },
  night: {
    says: ["The moon rises, and the lights in the grass begin to move. # dream: time_of_day=23 over=3", "Somebody plays a flute, far away."],
    options: { "Wait for the morning.": "morning", "Watch the clouds.": "storm" },
  },
  storm: {
    says: ["Then the wind comes. # dream: weather=storm over=1.5 # dream: wait shown", "Nobody walks home tonight. # dream: event=lightning"],
    options: { "Wait until it is over.": "morning", "Sleep until the next evening.": "hill" },
  },
  morning: {
    says: ["It has snowed. # dream: weather=snow time_of_day=8 over=3", "The storm is over."],
    options: { "Wait for the next evening.": "hill" },
  },
};

const line = document.querySelector("#line"), choices = document.querySelector("#choices"), note = document.querySelector("#note");
const stream = new DreamStream({ canvas: document.querySelector("#picture"), bundle: "vista", seed: 7 });
stream.on("failed", (error) => (note.textContent = error.message));
stream.on("state", ({ state, reason }) => (note.textContent = ["lost", "failed"].includes(state) ? reason : ""));
const director = new Director(stream, { onError: (error) => console.warn(error.message) });
const ahead = new PreRoll(director);
document.addEventListener("click", () => director.skip()); // a click ends a `wait`

const partsOf = (said) => said.split(/\s+#\s+/);
const directions = (place) => partsOf(STORY[place].says[0]).slice(1).map((tag) => parse(directionIn(tag)));
const read = (ms) => new Promise((resolve) => (setTimeout(resolve, ms), document.addEventListener("click", resolve, { once: true })));

async function tell(place, option = -1) {
  choices.replaceChildren();
  const adopted = option >= 0 && (await ahead.adopt(option));
  for (const [at, said] of STORY[place].says.entries()) {
    const [text, ...tags] = partsOf(said);
    line.textContent = text;
    await director.tags(adopted && at === 0 ? tags.filter((tag) => /wait/.test(tag)) : tags);
    if (at < STORY[place].says.length - 1) await read(2500);
  }
  const options = Object.entries(STORY[place].options);
  ahead.prepare(options.map(([, to], index) => ({ index, directions: directions(to) })));
  for (const [index, [text, to]] of options.entries()) {
    const button = Object.assign(document.createElement("button"), { textContent: text });
    button.onclick = () => tell(to, index);
    choices.append(button);
  }
}

await stream.opened({ limit: 60 }).catch((error) => (note.textContent = error.message));
tell("hill");
