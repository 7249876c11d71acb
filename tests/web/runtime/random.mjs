/** Draws of a generator and of its substreams. */

import { Random } from "../../../web/runtime/random.js";
import { answer } from "./exchange.mjs";

await answer((seed) => {
  const random = new Random(BigInt(seed));
  const words = [1, 2, 3].map(() => random.uint32());
  const floats = [1, 2].map(() => random.random());
  const wholes = [1, 2, 3].map(() => random.integer(33, 153));
  const children = [random.spawn(), random.spawn()].map((child) => [
    ...[1, 2].map(() => child.uint32()),
    child.spawn().uniform(-2, 5),
  ]);
  return { words, floats, wholes, children };
});
