// What the picture of devtools/readable_bundle.py says, compared with what a story says at a line (examples.json).

const greys = (pixels, from, to) => Array.from({ length: to - from }, (_, k) => pixels[(from + k) * 4] / 255);

/** What the picture says of a condition: null (unset), true (a text), an option, or a number. */
export function said(pixels, { kind, at, presence, options, range }) {
  const there = greys(pixels, presence, presence + 1)[0], shares = greys(pixels, at, presence);
  if (there < 0.5) return null;
  if (kind === "text") return true;
  if (kind === "choice") return Math.max(...shares) > 0.98 ? options[shares.indexOf(Math.max(...shares))] : "a mixture";
  return range[0] + shares[0] * (range[1] - range[0]);
}

export class Seen {
  /** `layout`: readable.json; `lines`: those of the story in examples.json. */
  constructor(layout, lines) {
    Object.assign(this, { layout, lines, expected: {}, flashes: {}, out: { lines: 0, agree: 0, wrong: [] } });
  }
  /** Another walk begins, in a stream whose conditions are unset. */
  begin() {
    this.expected = {};
    this.flashes = {};
    this.before = null; // the event of the line before, which a fork that was made then shows once more
  }
  /** A frame was made: the strength of each event. */
  look({ pixels }) {
    const { at, presence, options } = this.layout.event;
    for (const [k, share] of greys(pixels, at, presence).entries()) this.flashes[options[k]] = Math.max(this.flashes[options[k]] ?? 0, share);
  }
  /** The story says this now, and its transitions have ended in this frame. */
  line(text, { pixels }) {
    const found = this.lines.find((l) => text.trim().startsWith(l.text));
    Object.assign(this.expected, found?.sees);
    const wrong = [];
    for (const [name, place] of Object.entries(this.layout)) {
      if (place.kind === "event") continue;
      const wanted = this.expected[name] ?? null, got = said(pixels, place);
      const near = typeof wanted === "number" && typeof got === "number" && Math.abs(wanted - got) <= (place.range[1] - place.range[0]) / 250;
      if (wanted !== got && !near) wrong.push([name, wanted, got]);
    }
    for (const option of this.layout.event.options) {
      const flashed = (this.flashes[option] ?? 0) > 0.8, told = found?.event === option;
      if (flashed !== told && !(flashed && this.before === option)) wrong.push([option, told]);
    }
    this.before = found?.event ?? null;
    this.flashes = {};
    this.out.lines++;
    if (!wrong.length) this.out.agree++;
    else if (this.out.wrong.length < 5) this.out.wrong.push([text.trim(), wrong]);
  }
}
