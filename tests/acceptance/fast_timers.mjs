// Loaded before the contract's snippet: its ten seconds between polls become two. The snippet itself is not touched.
const wait = globalThis.setTimeout;
globalThis.setTimeout = (callback, milliseconds, ...rest) => wait(callback, milliseconds / 5, ...rest);
