// The waveform and the beats of a sound, from its samples.

const HOP = 512;
const APART = 0.12; // seconds between two beats, at least

/** The largest and smallest sample of each of `count` parts: [low, high]. */
export function peaks(samples, count) {
  const out = [];
  for (let k = 0; k < count; k++) {
    const [from, to] = [Math.floor((k * samples.length) / count), Math.floor(((k + 1) * samples.length) / count)];
    let [low, high] = [0, 0];
    for (let i = from; i < to; i++) {
      if (samples[i] < low) low = samples[i];
      if (samples[i] > high) high = samples[i];
    }
    out.push([low, high]);
  }
  return out;
}

/** The seconds at which a sound begins suddenly: where its energy rises far above what it was about there. */
export function beats(samples, rate) {
  const energy = [];
  for (let at = 0; at + HOP <= samples.length; at += HOP) {
    let sum = 0;
    for (let i = at; i < at + HOP; i++) sum += samples[i] * samples[i];
    energy.push(Math.log10(1e-6 + sum / HOP));
  }
  const rise = energy.map((e, k) => Math.max(0, e - Math.max(energy[k - 1] ?? e, energy[k - 2] ?? e)));
  const found = [];
  const near = Math.round((0.6 * rate) / HOP);
  for (let k = 1; k < rise.length; k++) {
    const around = rise.slice(Math.max(0, k - near), k + near);
    const mean = around.reduce((a, b) => a + b, 0) / around.length;
    const at = (k * HOP) / rate;
    const highest = rise[k] >= (rise[k + 1] ?? 0) && rise[k] > rise[k - 1];
    if (highest && rise[k] > 0.35 + 2 * mean && (!found.length || at - found.at(-1) >= APART)) found.push(+at.toFixed(3));
  }
  return found;
}
