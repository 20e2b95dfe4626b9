// The line at the top: what is open, and the state of the stream.

const LOOKS = { playing: "good", paused: "", slowed: "warn", opening: "", connecting: "" };

export function stateLine(element, facts, desk) {
  let before = "";
  desk.on("state", ({ state, reason, fps }) => {
    element.className = LOOKS[state] ?? "bad";
    element.textContent = state === "slowed" && fps ? `slowed to ${fps.toFixed(1)} fps` : state;
    element.title = reason ?? "";
    if (LOOKS[state] === undefined) desk.log(`The stream is ${state}${reason ? `: ${reason}` : ""}.`, "bad");
    else if (state === "slowed") desk.log(reason ? `Slowed: ${reason}.` : "Slowed.", "warn");
    else if (state === "playing" && before === "slowed") desk.log("Plays at the full rate again.", "good");
    before = state;
  });
  const say = (m) => {
    const rate = m.fps ? `${m.fps} fps` : "as fast as possible";
    const threads = `${m.threads} thread${m.threads === 1 ? "" : "s"}`;
    facts.textContent = `${m.bundle} ${m.version} · ${m.width} × ${m.height} · ${rate} · seed ${m.seed} · ${m.provider.replace("ExecutionProvider", "")}, ${threads}`;
  };
  desk.on("opened", (m) => {
    say(m);
    desk.log(`Opened ${m.bundle} with seed ${m.seed}.`, "good");
  });
  for (const event of ["cut", "values"]) desk.on(event, () => desk.info && say(desk.info));
}
