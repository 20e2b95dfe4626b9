// While a cutscene plays, the controls show what its lanes direct. A control that is touched takes its condition over until it is released.

const EVERY_MS = 100;
const MINE_MS = 1000; // a touch counts before the daemon has answered

export function followCutscene(directions, desk, player) {
  const touched = new Map(); // condition -> when a hand directed it last
  let next = 0;
  desk.on("input", ({ values, at }) => Object.keys(values).forEach((name) => touched.set(name, at)));
  directions.release = (name) => {
    touched.delete(name);
    player.release([name]).catch(desk.toast);
  };

  function draw(now) {
    const lanes = player.running ? player.course : {};
    const { held } = player.given;
    for (const name of directions.controls.keys()) {
      const mine = held.has(name) || now - (touched.get(name) ?? -Infinity) < MINE_MS;
      const by = !Object.hasOwn(lanes, name) ? "" : mine ? "hand" : "lanes";
      directions.lead(name, by, lanes[name]);
    }
  }
  desk.on("tick", (now) => {
    if (now < next || document.hidden) return;
    next = now + EVERY_MS;
    draw(now);
  });
}
