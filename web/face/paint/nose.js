/** Paints the nose. */

import { SKIN } from "../colours.js";
import { brush, glow, tint } from "../pen.js";
import { SIDES } from "../rig/shapes.js";
import { surface } from "../rig/skin.js";

/** @typedef {import("../rig/shapes.js").Weights} Weights */
/** @typedef {import("../pen.js").Pen} Pen */

/** The nose with both wings. @param {Pen} pen @param {Weights} weights */
export function paintNose(pen, weights) {
  const folds = surface(weights);
  glow(pen, [20, 10], [26, 92], SKIN.shade, 0.26);
  glow(pen, [-4, -10], [13, 84], SKIN.light, 0.75);
  glow(pen, [6, 104], [52, 16], SKIN.shade, 0.5);
  glow(pen, [-3, 68], [24, 20], SKIN.light, 0.85);
  glow(pen, [-6, 62], [9, 7], "#ffffff", 0.55);
  for (const [side, sign] of SIDES) paintWing(pen, sign, folds[side].sneer);
  brush(
    pen,
    [
      [-16, 93],
      [-6, 100],
      [6, 100],
      [16, 93],
    ],
    2.4,
    tint(SKIN.line, 0.5),
  );
}

/** One side of the nose. @param {Pen} pen @param {number} sign @param {number} sneer */
function paintWing(pen, sign, sneer) {
  const lift = -11 * sneer;
  const wide = 3 * sneer;
  const x = (/** @type {number} */ value) => sign * (value + wide);
  glow(pen, [x(36), 82 + lift], [17, 18], SKIN.warm, 0.5);
  pen.fillStyle = tint(SKIN.deep, 0.78);
  pen.beginPath();
  pen.ellipse(x(18), 91 + lift * 0.7, 9.5, 4.4, sign * -0.22, 0, 2 * Math.PI);
  pen.fill();
  brush(
    pen,
    [
      [x(29), 94 + lift],
      [x(46), 98 + lift],
      [x(48), 72 + lift],
      [x(36), 62 + lift],
    ],
    4.2 * sign,
    tint(SKIN.line, 0.6),
  );
  if (sneer < 0.02) return;
  for (const [from, to] of [
    [-6, 22],
    [8, 30],
  ]) {
    brush(
      pen,
      [
        [x(12), from],
        [x(20), from + 2],
        [x(26), to - 12],
        [x(30), to - 4],
      ],
      3 * sign,
      tint(SKIN.line, 0.55 * sneer),
    );
  }
}
