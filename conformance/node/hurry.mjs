// Waits between attempts: how long each SDK means to wait, without waiting for it.

/** What an action gives, and the milliseconds for which an SDK slept meanwhile. It wakes up at once. */
export async function hurried(action) {
  const { setTimeout } = globalThis;
  const waits = [];
  globalThis.setTimeout = (done, time, ...rest) => {
    // Other timers, an SDK's time limit of a request among them, are left alone.
    const sleeps = /[/ ](sleep|delay)\b/.test(new Error().stack);
    if (sleeps) waits.push(time);
    return setTimeout(done, sleeps ? 0 : time, ...rest);
  };
  try {
    return { waits, ...(await settled(action())) };
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}

/** The value of a promise, or its error. */
export const settled = (promise) =>
  Promise.resolve(promise).then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
