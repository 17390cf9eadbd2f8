// Loaded before the contract's code: its ten seconds between polls become half a second. The code itself is not touched.
const wait = globalThis.setTimeout;
globalThis.setTimeout = (callback, milliseconds, ...rest) => wait(callback, milliseconds / 20, ...rest);
