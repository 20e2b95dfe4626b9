// inkjs in the page, with the story of the tests: told(ways) and walks(count, seed) for tests/test_web.py.
import { Story } from "./ink.mjs";
import { randoms, recorder, stepping } from "./walks.js";

const { dream, stream, director, errors, level, step } = window;
const compiled = await (await fetch("lamp.ink.json")).text();
const open = (there, hooks) => {
  const story = new Story(compiled);
  return { story, told: new dream.InkStory(story, there, hooks) };
};

/** For each way what the story directs and says. */
window.told = async (ways) => {
  const out = [];
  for (const way of ways) {
    const directions = [], texts = [], left = [...way];
    const { told } = open(recorder(dream.Director, directions));
    for (;;) {
      const line = await told.next();
      if (line) texts.push(line.text.trim());
      else if (told.choices.length) await told.choose(told.choices.find((c) => c.text.startsWith(left[0])).index), left.shift();
      else break;
    }
    out.push({ way, told: directions, texts });
  }
  return out;
};

/** Random ways, stepped; each line's picture is compared with the story's lamp (times `wrong`, for the control). */
window.walks = async (count, seed, wrong = 1) => {
  const random = randoms(seed), ahead = new dream.PreRoll(director, { seconds: 0.2 });
  const there = { director, step }, out = { walks: 0, lines: 0, agree: 0, wrong: [], ways: {}, errors };
  for (; out.walks < count; out.walks++) {
    const { story, told } = open(director, ahead.hooks), way = [];
    for (;;) {
      const line = await stepping(there, told.next());
      if (line) {
        const wanted = Math.round(story.variablesState.lamp * wrong * 255), got = level();
        out.lines++;
        if (Math.abs(wanted - got) <= 1) out.agree++;
        else out.wrong.push({ way: [...way], text: line.text, wanted, got });
        continue;
      }
      if (!told.choices.length) break;
      const taken = told.choices[random(told.choices.length)];
      way.push(taken.text.split(" ")[0]);
      await stepping(there, told.choose(taken.index));
    }
    out.ways[way.join(" ")] = 1;
  }
  await ahead.preparing;
  const { forks = 0 } = await stream.stats();
  return { ...out, ways: Object.keys(out.ways), wrong: out.wrong.slice(0, 5), forks, adopted: ahead.adopted };
};
