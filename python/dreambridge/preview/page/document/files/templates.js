// Documents to begin with.

/** An empty document for a bundle. */
const empty = (bundle) => ({ format: "1.0", name: "untitled", ...(bundle && { bundle }), shots: { opening: { length: 4 } } });

const choice = (bundle) => ({
  format: "1.0",
  name: "two_ways",
  ...(bundle && { bundle }),
  start: "opening",
  shots: {
    opening: {
      length: 4,
      next: {
        choice: [
          { id: "first", text: "The first way", then: "here" },
          { id: "second", text: "The second way", then: "there" },
        ],
      },
    },
    here: { length: 4 },
    there: { length: 4 },
  },
});

/** examples/arrival.dream.json */
const arrival = () => ({
  format: "1.0",
  name: "arrival",
  title: "Arrival at the harbour",
  bundle: "vista",
  seed: 7,
  start: "dawn",
  variables: { paid: { type: "bool", description: "The ferryman has his coin." } },
  shots: {
    dawn: {
      lanes: {
        prompt: { keys: [{ at: 0, value: "a quiet coast at first light" }] },
        time_of_day: { keys: [{ at: 0, value: 5 }, { at: 4, value: 7.5, easing: "linear" }] },
        camera_x: { keys: [{ at: 0, value: -0.4 }, { at: 4, value: 0.2 }] },
      },
      marks: { gulls: 2 },
      next: {
        choice: [
          { id: "pay", text: "Pay the ferryman", set: { paid: true }, then: "crossing" },
          { id: "refuse", text: "Keep the coin", then: "crossing" },
        ],
        limit: 10,
        default: "refuse",
        meanwhile: { drift: { camera_x: 0.1 }, seconds: 8 },
      },
    },
    crossing: {
      lanes: { time_of_day: { keys: [{ at: 3, value: 12 }] } },
      next: {
        branch: [
          { if: "paid", then: { shot: "calm", transition: { seconds: 1.5 } } },
          { then: { shot: "storm", transition: { seconds: 1.5 } } },
        ],
      },
    },
    calm: {
      lanes: { weather: { keys: [{ at: 1, value: "clear" }] }, time_of_day: { keys: [{ at: 5, value: 18.5 }] } },
    },
    storm: {
      lanes: {
        weather: { keys: [{ at: 1, value: "storm" }] },
        event: { keys: [{ at: 2.5, value: "lightning" }, { at: 3.2, value: "lightning" }] },
        time_of_day: { keys: [{ at: 5, value: 20 }] },
      },
    },
  },
});

/** Name, what it is, and the document; `bundle` limits it to one. */
export const TEMPLATES = [
  { id: "empty", name: "Empty", says: "One shot of four seconds.", make: empty },
  { id: "choice", name: "A choice", says: "A shot, two options, a shot for each.", make: choice },
  { id: "arrival", name: "Arrival at the harbour", says: "The example: prompts, a choice, a branch, lightning. For Vista.", make: arrival, bundle: "vista" },
];
