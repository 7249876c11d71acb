/** Where the jaw is. */

import { reader } from "./shapes.js";

/** @typedef {import("./shapes.js").Weights} Weights */

const JAW_DROP = 112;

/** How far the jaw is down, to the side and forward, in the drawing's units.
 * @param {Weights} weights */
export function jaw(weights) {
  const { weight } = reader(weights);
  return {
    down: JAW_DROP * weight("jawOpen") - 6 * weight("mouthShrugLower"),
    side: 24 * (weight("jawLeft") - weight("jawRight")),
    forward: weight("jawForward"),
  };
}
