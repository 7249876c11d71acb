/** The head's outline, and the folds of its skin. */

import { jaw } from "./jaw.js";
import { clamp, reader } from "./shapes.js";

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {import("./shapes.js").Side} Side */
/** @typedef {import("./shapes.js").Weights} Weights */

/**
 * The outline of the face, closed, clockwise from the forehead.
 * @param {Weights} weights @returns {Point[]}
 */
export function outline(weights) {
  const { weight } = reader(weights);
  const { down, side, forward } = jaw(weights);
  /**
   * x, y, share of the jaw's way, share of the puffed cheeks.
   * @type {[number, number, number, number][]}
   */
  const half = [
    [0, -306, 0, 0],
    [112, -290, 0, 0],
    [187, -214, 0, 0],
    [214, -100, 0, 0],
    [213, 10, 0.02, 0.2],
    [203, 96, 0.1, 0.8],
    [181, 174, 0.34, 1],
    [139, 244, 0.68, 0.45],
    [76, 293, 0.94, 0.1],
    [0, 308, 1, 0],
  ];
  const low = 0.6 * down + 5 * forward;
  /** @param {number} sign @returns {(row: number[]) => Point} */
  const place =
    (sign) =>
    ([x, y, share, puff]) => [
      sign * (x + 22 * puff * weight("cheekPuff") - 0.06 * down * share * (1 - share) * 4) +
        0.7 * side * share,
      y + low * share,
    ];
  return [...half.map(place(1)), ...half.slice(1, -1).reverse().map(place(-1))];
}

/** Strengths, 0..1, of folds, cheeks and nose; per side, the face's own. @param {Weights} weights */
export function surface(weights) {
  const { weight } = reader(weights);
  /** @param {Side} side */
  const of = (side) => {
    const smile = weight(`mouthSmile${side}`);
    const sneer = weight(`noseSneer${side}`);
    const squint = weight(`cheekSquint${side}`);
    return {
      sneer,
      cheek: clamp(0.7 * smile + squint),
      crease: clamp(squint + 0.5 * weight(`eyeSquint${side}`) + 0.3 * smile),
      fold:
        clamp(
          0.75 * smile +
            0.7 * sneer +
            0.2 * weight(`mouthUpperUp${side}`) +
            0.1 * weight(`mouthStretch${side}`) +
            0.2 * weight(`mouthDimple${side}`),
        ) ** 1.3,
      dimple: clamp(weight(`mouthDimple${side}`) + 0.25 * smile),
      frown: clamp(weight(`mouthFrown${side}`)),
      glare: weight(`browDown${side}`),
    };
  };
  return {
    Left: of("Left"),
    Right: of("Right"),
    puff: weight("cheekPuff"),
    forehead: clamp(
      weight("browInnerUp") + 0.5 * (weight("browOuterUpLeft") + weight("browOuterUpRight")),
    ),
    chin: clamp(
      weight("mouthShrugLower") + 0.4 * weight("mouthPressLeft") * weight("mouthPressRight"),
    ),
  };
}
