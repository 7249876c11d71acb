/** Paints eyes and brows. */

import { EYES, HAIR, SKIN } from "../colours.js";
import { along, blend, brush, cubic, glow, through, tint } from "../pen.js";
import { brow, EYE, eye } from "../rig/eyes.js";
import { SIDES } from "../rig/shapes.js";

/** @typedef {import("../rig/shapes.js").Point} Point */
/** @typedef {import("../pen.js").Pen} Pen */

/** Both eyes with their brows. @param {Pen} pen @param {import("../rig/shapes.js").Weights} weights */
export function paintEyes(pen, weights) {
  for (const [side, sign] of SIDES) {
    pen.save();
    pen.translate(sign * EYE[0], EYE[1]);
    pen.scale(sign, 1);
    paintEye(pen, eye(weights, side), sign);
    paintBrow(pen, brow(weights, side));
    pen.restore();
  }
}

/** @param {Pen} pen @param {ReturnType<typeof eye>} shape @param {number} sign */
function paintEye(pen, shape, sign) {
  glow(pen, [-2, -26], [74, 34], SKIN.shade, 0.36);
  glow(pen, [-40, -8], [26, 34], SKIN.shade, 0.26);
  glow(pen, [4, 30], [50, 16], SKIN.shade, 0.22);
  glow(pen, [6, -46 + 4 * shape.shut], [40, 13], SKIN.light, 0.5);
  if (shape.shut > 0.04)
    glow(pen, [0, -8 + 10 * shape.shut], [44, 22], SKIN.light, 0.5 * shape.shut);
  const opening = new Path2D();
  cubic(opening, shape.upper);
  const [a, b, c, d] = shape.lower;
  cubic(opening, [d, c, b, a], true);
  opening.closePath();
  pen.save();
  pen.clip(opening);
  pen.fillStyle = blend(pen, [0, -30], [0, 12], EYES.white);
  pen.fillRect(-60, -60, 120, 100);
  glow(pen, [-48, 6], [12, 9], "#d98a84", 0.8);
  glow(pen, [50, -2], [20, 22], "#a9979a", 0.4);
  paintIris(pen, shape.iris, sign);
  pen.strokeStyle = "rgba(46, 24, 26, 0.26)";
  pen.lineWidth = 13;
  pen.beginPath();
  cubic(pen, shape.upper);
  pen.stroke();
  pen.restore();
  paintLids(pen, shape);
}

/** @param {Pen} pen @param {Point} at @param {number} sign so that light comes from one side */
function paintIris(pen, [x, y], sign) {
  const radius = 23;
  const shade = pen.createRadialGradient(x, y + 4, 4, x, y, radius);
  shade.addColorStop(0, EYES.iris[2]);
  shade.addColorStop(0.55, EYES.iris[1]);
  shade.addColorStop(0.92, EYES.iris[0]);
  shade.addColorStop(1, tint(EYES.iris[0], 0));
  disc(pen, [x, y], radius, shade);
  disc(pen, [x, y], 9.6, EYES.pupil);
  glow(pen, [x + 2 * sign, y + 12], [13, 8], "#d8f0d6", 0.55);
  disc(pen, [x - 8 * sign, y - 8], 5.6, "rgba(255, 255, 255, 0.95)");
  disc(pen, [x + 8 * sign, y + 8], 2.4, "rgba(255, 255, 255, 0.6)");
}

/**
 * @param {Pen} pen
 * @param {Point} at
 * @param {number} radius
 * @param {string | CanvasGradient} fill
 */
function disc(pen, [x, y], radius, fill) {
  pen.fillStyle = fill;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

/** @param {Pen} pen @param {ReturnType<typeof eye>} shape */
function paintLids(pen, { upper, opened, lower, shut }) {
  const crease = opened.map(
    ([x, y], i) => /** @type {Point} */ ([x * 0.98, y - [2, 13, 12, 7][i] + 7 * shut]),
  );
  brush(pen, crease, 3.4, tint(SKIN.line, 0.75 - 0.3 * shut));
  brush(pen, lower, -2.2, tint(SKIN.line, 0.5));
  const [a, b, c, d] = upper;
  const wing = /** @type {Point} */ ([d[0] + 9, d[1] - 6 + 15 * shut]);
  pen.fillStyle = EYES.lash;
  pen.beginPath();
  cubic(pen, [a, b, c, d]);
  pen.lineTo(...wing);
  pen.bezierCurveTo(c[0] + 8, c[1] - 9 + 2 * shut, b[0] + 2, b[1] - 6, ...a);
  pen.closePath();
  pen.fill();
  pen.strokeStyle = EYES.lash;
  pen.lineWidth = 2.1;
  pen.lineCap = "round";
  pen.beginPath();
  const way = 1 - 1.6 * shut;
  for (const [share, dx, dy] of [
    [0.98, 12, -5],
    [0.9, 12, -10],
    [0.8, 10, -12],
  ]) {
    const [x, y] = along(upper, share);
    pen.moveTo(x, y - 2);
    pen.quadraticCurveTo(x + dx * 0.7, y - 2 + dy * 0.2 * way, x + dx, y - 2 + dy * way);
  }
  pen.stroke();
}

/** @param {Pen} pen @param {ReturnType<typeof brow>} line */
function paintBrow(pen, line) {
  const top = line.map(([x, y, half]) => /** @type {Point} */ ([x, y - half]));
  const bottom = line.map(([x, y, half]) => /** @type {Point} */ ([x, y + half]));
  pen.beginPath();
  through(pen, top);
  through(pen, bottom.reverse(), false, true);
  pen.closePath();
  pen.fillStyle = blend(
    pen,
    [line[0][0] - 4, 0],
    [line[8][0], 0],
    [tint(HAIR.brow, 0.55), tint(HAIR.brow, 0.95), tint(HAIR.brow, 0.9)],
  );
  pen.fill();
}
