/** Where lids, irises and brows are. */

import { clamp, lerp, reader } from "./shapes.js";

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {import("./shapes.js").Side} Side */
/** @typedef {import("./shapes.js").Weights} Weights */

/** Middle of the face's left eye, in the drawing's units. @type {Point} */
export const EYE = [98, -26];

/**
 * One eye in its own system: x outwards from the nose, y down, (0, 0) at its middle.
 * Lids are cubic curves from the inner to the outer corner.
 * @param {Weights} weights @param {Side} side
 */
export function eye(weights, side) {
  const { weight } = reader(weights);
  /** @param {string} name */
  const own = (name) => weight(`eye${name}${side}`);
  const lift = 0.7 * weight(`cheekSquint${side}`);
  const squint = clamp(own("Squint") + lift);
  const vertical = own("LookUp") - own("LookDown");
  const top = -28 * (1 + 0.3 * own("Wide") - 0.22 * squint) - 7 * vertical;
  const bottom = 21 * (1 - 0.62 * squint) - 3 * vertical;
  const shut = clamp(own("Blink"));
  /** @type {Point[]} */
  const lower = [
    [-47, 8],
    [-24, bottom + 3],
    [26, bottom + 5],
    [48, -5],
  ];
  /** @type {Point[]} */
  const opened = [
    [-47, 8],
    [-30, top - 4],
    [18, top - 9],
    [48, -5],
  ];
  const upper = opened.map(
    ([x, y], i) => /** @type {Point} */ ([lerp(x, lower[i][0], shut), lerp(y, lower[i][1], shut)]),
  );
  /** @type {Point} */
  const iris = [16 * (own("LookOut") - own("LookIn")), -12 * vertical - 1];
  return { lower, opened, upper, iris, shut, squint, wide: own("Wide") };
}

/**
 * A brow's middle line in its eye's system, from the nose outwards, with half thickness.
 * @param {Weights} weights @param {Side} side @returns {[number, number, number][]}
 */
export function brow(weights, side) {
  const { weight } = reader(weights);
  const [down, inner, outer] = [
    weight(`browDown${side}`),
    weight("browInnerUp"),
    weight(`browOuterUp${side}`),
  ];
  const wide = 5 * weight(`eyeWide${side}`);
  return Array.from({ length: 9 }, (_, i) => {
    const t = i / 8;
    const arch = 19 * Math.sin(Math.PI * (0.08 + 0.82 * t)) - 4 * t;
    const rise = 27 * inner * (1 - t) ** 1.4 + 25 * outer * t ** 0.8 * (1.15 - 0.3 * t);
    const drop = 17 * down * (1 - 0.55 * t);
    const x = -50 + 108 * t - 9 * down * (1 - t);
    return [
      x,
      -54 - arch - rise - wide + drop,
      lerp(7.4, 1.6, t ** 1.4) * (1 - 0.75 * (1 - t) ** 5),
    ];
  });
}
