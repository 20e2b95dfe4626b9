// Random numbers that repeat, and steps of a paused stream while something waits.

export function randoms(seed) {
  let state = seed;
  return (n) => Math.floor(((state = (state * 1103515245 + 12345) % 2147483648) / 2147483648) * n);
}

/** Wait for a promise, with a step of the stream whenever all directions were answered. */
export async function stepping({ director, step }, promise) {
  let done = false;
  promise = Promise.resolve(promise).finally(() => (done = true));
  for (let last = false; !last; ) {
    await new Promise((resolve) => setTimeout(resolve));
    if (director.sending || director.pending.length) continue;
    last = done; // this step begins after everything was answered
    await step();
  }
  return promise;
}

/** A director that notes statements instead of carrying them out. */
export function recorder(Director, told) {
  return new (class extends Director {
    run(statement) {
      told.push(statement);
      return "sent";
    }
  })({ on() {} });
}
