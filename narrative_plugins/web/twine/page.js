// The page of the story format: the picture, the text, the links, Save and Load. STORY is story.js's TwineStory.
/* global TwineStory */

const data = document.querySelector("tw-storydata"), found = [...data.querySelectorAll("tw-passagedata")];
const passages = Object.fromEntries(found.map((p) => [p.getAttribute("name"), p.textContent]));
const start = found.find((p) => p.getAttribute("pid") === data.getAttribute("startnode"))?.getAttribute("name") ?? "Start";
const text = document.querySelector("#text"), note = document.querySelector("#note"), canvas = document.querySelector("#picture");
const say = (message) => Object.assign(note, { textContent: message, hidden: !message });
const setting = (name) => passages.DreamSettings?.match(new RegExp(`^${name}:\\s*(\\S+)`, "m"))?.[1];

function show({ text: line, link, choose }) {
  const element = document.createElement(link === undefined ? "p" : "button");
  element.textContent = link ?? line;
  if (choose) element.onclick = () => choose().catch(trouble);
  text.append(element);
  if (!choose) element.scrollIntoView({ block: "nearest" });
}
const trouble = (error) => (console.error(error), say(String(error.message ?? error)));

async function open() {
  if (location.protocol === "file:") throw new Error("This story was opened as a file, so it has no moving picture. Run: dreambridge web FOLDER");
  const dream = await import("/dream.js").catch(() => {
    throw new Error("This page has no moving picture: it is not served by `dreambridge web`.");
  });
  const stream = new dream.DreamStream({ canvas, bundle: setting("bundle"), seed: Number(setting("seed") ?? 7), paused: setting("paused") === "yes", threads: Number(setting("threads") ?? 0) });
  stream.on("state", ({ state, reason }) => {
    if (["lost", "failed"].includes(state)) say(`The picture stands still: ${reason || state}`);
    else if (["playing", "slowed", "paused"].includes(state)) say("");
  });
  stream.on("failed", (error) => say(error.message));
  stream.on("frame", () => (canvas.hidden = false));
  const director = new dream.Director(stream, { onError: (error) => console.warn(error.message) });
  const ahead = new dream.PreRoll(director);
  const parse = (words) => {
    try {
      return words.map(dream.parse);
    } catch {
      return []; // told when it is carried out
    }
  };
  await stream.opened({ limit: 5 }).catch((error) => say(error.message)); // the story goes on without it; it may come later
  return { dream, stream, director, preroll: { prepare: (o) => ahead.prepare(o), adopt: (o) => ahead.adopt(o), parse, ahead } };
}

const there = await open().catch((error) => (say(error.message), { director: null, preroll: null }));
const story = new TwineStory({
  name: data.getAttribute("name"), ifid: data.getAttribute("ifid"), start, passages, ...there, show, clear: () => text.replaceChildren(),
});
Object.assign(window, { story, ...there });
addEventListener("popstate", ({ state }) => story.back(state?.turn ?? 0).catch(trouble));
document.addEventListener("click", ({ target }) => target.closest("button") || there.director?.skip());
const slot = `dream-save-${story.ifid}`;
document.querySelector("#save").onclick = () => (localStorage.setItem(slot, story.save()), say("Saved."), setTimeout(say, 2000, ""));
document.querySelector("#load").onclick = () => story.load(localStorage.getItem(slot) ?? "{}").then(say, trouble);
document.querySelector("#again").onclick = () => story.go(start).catch(trouble);
await story.begin().catch(trouble);
window.begun = true;
