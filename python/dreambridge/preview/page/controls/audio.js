// The audio control: a beat of the page's own, as 16 band levels and the onset; no microphone is asked for.

const BANDS = 16;
const RATE = 24;
const TEMPO = 112 / 60; // beats a second

/** The 17 numbers at a time in seconds: a drum on each beat, a brush between, a slow tune in the middle. */
export function beat(seconds) {
  const at = seconds * TEMPO;
  const drum = Math.exp(-(at % 1) * 7);
  const brush = Math.exp(-((at + 0.5) % 1) * 9);
  const tune = 6 + 2.4 * Math.sin(seconds * 0.7) + 1.1 * Math.sin(seconds * 1.9);
  const levels = [];
  for (let b = 0; b < BANDS; b++) {
    const low = drum * Math.exp(-b * 0.35);
    const high = 0.6 * brush * Math.exp((b - BANDS) * 0.4);
    const middle = 0.45 * Math.exp(-((b - tune) ** 2) / 3);
    levels.push(Math.min(1, Math.max(low, high, middle)));
  }
  return [...levels, Math.max(drum, 0.4 * brush)];
}

/** An element with a switch and the levels; changed(17 numbers) as long as it plays. */
export function audioDesk(changed) {
  const root = Object.assign(document.createElement("div"), { className: "row" });
  const play = Object.assign(document.createElement("button"), { type: "button", textContent: "Play a beat" });
  const levels = Object.assign(document.createElement("div"), { className: "levels" });
  levels.setAttribute("aria-hidden", "true");
  const bars = Array.from({ length: BANDS + 1 }, () => levels.appendChild(document.createElement("i")));
  root.append(play, levels);
  let playing = null;
  const show = (values) => bars.forEach((bar, k) => (bar.style.height = `${Math.round(100 * (values?.[k] ?? 0))}%`));
  function stop() {
    clearInterval(playing);
    playing = null;
    play.textContent = "Play a beat";
    play.setAttribute("aria-pressed", "false");
    show(null);
  }
  play.addEventListener("click", () => {
    if (playing) {
      stop();
      changed(Array(BANDS + 1).fill(0));
      return;
    }
    const begun = performance.now();
    play.textContent = "Stop the beat";
    play.setAttribute("aria-pressed", "true");
    playing = setInterval(() => {
      if (!root.isConnected) return stop(); // another bundle was chosen
      const values = beat((performance.now() - begun) / 1000);
      show(values);
      changed(values);
    }, 1000 / RATE);
  });
  stop();
  return { root, clear: stop, set: (values) => playing || show(values) };
}
