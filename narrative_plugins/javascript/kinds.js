// Made by devtools/generate.py; do not edit.
/** Kinds of conditions that are over by themselves: nothing directs them again. */
export const MOMENTARY = ["event", "delta"];
