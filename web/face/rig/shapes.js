/**
 * Weights by name, and the geometry's units.
 *
 * Units: the head is about 430 wide; x grows to the viewer's right, y down, (0, 0) lies on the
 * bridge of the nose. The face's own left is the viewer's right.
 */

/** @typedef {Record<string, number>} Weights Weight 0..1 by shape's name; a missing one counts 0. */
/** @typedef {[number, number]} Point x, y. */
/** @typedef {"Left" | "Right"} Side The face's own. */

/** `x`, or the limit beyond which it is. @param {number} x @param {number} [low] @param {number} [high] */
export const clamp = (x, low = 0, high = 1) => Math.min(high, Math.max(low, x));

/** A number between two. @param {number} from @param {number} to @param {number} share of `to` */
export const lerp = (from, to, share) => from + (to - from) * share;

/** Functions that read a shape's weight, 0 where there is none. @param {Weights} weights */
export function reader(weights) {
  /** @param {string} name */
  const weight = (name) => weights[name] ?? 0;
  /** @param {string} name */
  const mean = (name) => (weight(`${name}Left`) + weight(`${name}Right`)) / 2;
  /**
   * A pair's weight at `u`: the face's right at -1, its left at 1.
   * @param {string} name
   * @param {number} u
   */
  const sided = (name, u) => {
    const share = clamp(0.5 + 0.75 * u);
    return lerp(weight(`${name}Right`), weight(`${name}Left`), share * share * (3 - 2 * share));
  };
  return { weight, mean, sided };
}

/** Sides with their direction in x: the face's left is the viewer's right.
 * @type {[Side, number][]} */
export const SIDES = [
  ["Right", -1],
  ["Left", 1],
];
