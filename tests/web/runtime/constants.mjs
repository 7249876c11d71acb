/** What modules of the runtime export besides functions and classes. */

import { answer } from "./exchange.mjs";

await answer(async (path) => {
  const constants = Object.entries(await import(path))
    .filter(([, value]) => typeof value !== "function")
    .map(([name, value]) => [name, value instanceof Float32Array ? [...value] : value]);
  return Object.fromEntries(constants);
});
