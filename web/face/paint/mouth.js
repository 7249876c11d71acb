/** Paints the mouth: what is inside it, lips, tongue. */

import { LIPS, MOUTH, SKIN } from "../colours.js";
import { between, blend, glow, through } from "../pen.js";
import { mouth } from "../rig/mouth.js";
import { lerp } from "../rig/shapes.js";

/** @typedef {import("../rig/shapes.js").Point} Point */
/** @typedef {import("../pen.js").Pen} Pen */
/** @typedef {ReturnType<typeof mouth>} Mouth */

/**
 * Paints the mouth around (0, 0).
 * @param {Pen} pen
 * @param {import("../rig/shapes.js").Weights} weights
 */
export function paintMouth(pen, weights) {
  const shape = mouth(weights);
  const lower = between(shape.lowerOuter, shape.lowerInner);
  const upper = between(shape.upperOuter, shape.upperInner);
  paintShade(pen, shape);
  paintInside(pen, shape);
  paintLower(pen, shape, lower);
  if (shape.tongue > 0.05) paintTongueOut(pen, shape);
  paintUpper(pen, shape, upper);
  paintSeam(pen, shape);
}

/** @param {Point[]} line */
const middle = (line) => line[line.length >> 1];

/** The skin about the lips. @param {Pen} pen @param {Mouth} shape */
function paintShade(pen, shape) {
  const [x, y] = middle(shape.lowerOuter);
  const [top, tip] = [middle(shape.upperOuter), shape.upperOuter[0]];
  const end = shape.upperOuter[shape.upperOuter.length - 1];
  glow(pen, [x, y + 12], [shape.reach * 0.72, 17], SKIN.shade, 0.5);
  glow(pen, [x, y + 38], [48, 24], SKIN.light, 0.3);
  glow(pen, [top[0], top[1] - 22], [9, 26], SKIN.shade, 0.3);
  glow(pen, [top[0] - 15, top[1] - 20], [8, 24], SKIN.light, 0.42);
  glow(pen, [top[0] + 15, top[1] - 20], [8, 24], SKIN.light, 0.42);
  for (const [corner, sign] of /** @type {[Point, number][]} */ ([
    [tip, -1],
    [end, 1],
  ])) {
    glow(pen, [corner[0] + 5 * sign, corner[1] + 2], [16, 15], SKIN.shade, 0.42);
  }
}

/** Teeth and tongue in the dark. @param {Pen} pen @param {Mouth} shape */
function paintInside(pen, shape) {
  if (shape.gap < 0.6 && shape.tongue < 0.05) return;
  const top = middle(shape.upperInner)[1];
  const bottom = middle(shape.lowerInner)[1];
  pen.save();
  const inside = between(shape.upperInner, shape.lowerInner);
  pen.fillStyle = blend(pen, [0, top], [0, bottom], MOUTH.depth);
  pen.fill(inside);
  pen.clip(inside);
  const { shift, side, down } = shape;
  const floor = Math.min(bottom, down + 8);
  paintTongue(
    pen,
    [shift + side * 0.8, lerp(14, floor, 0.72) - 8 * shape.tongue],
    56 - 10 * shape.round,
  );
  paintTeeth(pen, [shift + side * 0.8, down + 13], [52, 14], -1);
  paintTeeth(pen, [shift, 13], [Math.max(54, shape.reach * 0.9), 24], 1);
  pen.strokeStyle = "rgba(40, 6, 14, 0.55)";
  pen.lineWidth = 6;
  pen.beginPath();
  through(pen, shape.upperInner);
  pen.stroke();
  pen.restore();
}

/** @param {Pen} pen @param {Point} at its back's top @param {number} half */
function paintTongue(pen, [x, y], half) {
  pen.fillStyle = blend(pen, [0, y - 4], [0, y + 34], MOUTH.tongue);
  pen.beginPath();
  pen.moveTo(x - half, y + 44);
  pen.bezierCurveTo(x - half, y - 2, x - 20, y - 6, x, y + 1);
  pen.bezierCurveTo(x + 20, y - 6, x + half, y - 2, x + half, y + 44);
  pen.fill();
  glow(pen, [x - 16, y + 10], [16, 8], "#ffc9c4", 0.36);
  glow(pen, [x + 16, y + 10], [16, 8], "#ffc9c4", 0.28);
  glow(pen, [x, y + 18], [5, 20], "#7d2533", 0.5);
}

/** A row of teeth: `way` 1 hangs from above, -1 stands from below. Their edge lies at `at`.
 * @param {Pen} pen @param {Point} at @param {Point} size half width, height @param {number} way */
function paintTeeth(pen, [x, y], [half, high], way) {
  const bend = 5 * way;
  pen.beginPath();
  pen.moveTo(x - half, y - (high + 30) * way);
  pen.lineTo(x - half, y - bend * 3);
  pen.bezierCurveTo(x - half * 0.6, y + bend * 0.3, x - half * 0.3, y, x, y);
  pen.bezierCurveTo(x + half * 0.3, y, x + half * 0.6, y + bend * 0.3, x + half, y - bend * 3);
  pen.lineTo(x + half, y - (high + 30) * way);
  pen.closePath();
  pen.fillStyle = blend(pen, [0, y - high * 1.3 * way], [0, y], MOUTH.teeth);
  pen.fill();
  pen.save();
  pen.clip();
  pen.strokeStyle = "rgba(120, 88, 84, 0.2)";
  pen.lineWidth = 1.3;
  pen.beginPath();
  for (const share of [-0.78, -0.56, -0.31, 0, 0.31, 0.56, 0.78]) {
    pen.moveTo(x + share * half, y - high * 1.4 * way);
    pen.lineTo(x + share * half, y + 4 * way);
  }
  pen.stroke();
  for (const sign of [-1, 1])
    glow(pen, [x + sign * half, y - 8 * way], [half * 0.42, 34], "#3a0d16", 0.8);
  pen.restore();
}

/** @param {Pen} pen @param {Mouth} shape @param {Path2D} path */
function paintLower(pen, shape, path) {
  const [x, inner] = middle(shape.lowerInner);
  const outer = middle(shape.lowerOuter)[1];
  const high = outer - inner;
  pen.fillStyle = blend(pen, [0, inner], [0, outer], [LIPS.lower[1], LIPS.lower[0], LIPS.lower[1]]);
  pen.fill(path);
  pen.save();
  pen.clip(path);
  glow(pen, [x - 15, inner + high * 0.42], [24, high * 0.34], LIPS.light, 0.6);
  glow(pen, [x + 18, inner + high * 0.42], [20, high * 0.3], LIPS.light, 0.42);
  glow(pen, [x, outer + 2], [64, high * 0.4], "#8a3540", 0.45);
  pen.restore();
}

/** @param {Pen} pen @param {Mouth} shape @param {Path2D} path */
function paintUpper(pen, shape, path) {
  const [x, inner] = middle(shape.upperInner);
  const outer = middle(shape.upperOuter)[1];
  pen.fillStyle = blend(pen, [0, outer - 6], [0, inner], LIPS.upper);
  pen.fill(path);
  pen.save();
  pen.clip(path);
  const high = inner - outer;
  glow(pen, [x - 20, outer + high * 0.24], [24, high * 0.36], LIPS.light, 0.34);
  glow(pen, [x + 20, outer + high * 0.24], [22, high * 0.34], LIPS.light, 0.26);
  glow(pen, [x, inner + 1], [70, high * 0.45], "#6d1f2c", 0.4);
  pen.restore();
}

/** Where the lips touch, and their corners. @param {Pen} pen @param {Mouth} shape */
function paintSeam(pen, shape) {
  pen.strokeStyle = LIPS.seam;
  pen.lineCap = "round";
  pen.globalAlpha = Math.max(0.25, 0.85 - shape.gap / 14);
  pen.lineWidth = 2.6;
  pen.beginPath();
  through(pen, shape.upperInner);
  pen.stroke();
  pen.globalAlpha = Math.min(0.3, shape.gap / 40);
  pen.beginPath();
  through(pen, shape.lowerInner);
  pen.stroke();
  pen.globalAlpha = 1;
  for (const corner of [shape.upperInner[0], shape.upperInner.at(-1)]) {
    glow(pen, /** @type {Point} */ (corner), [9, 6], LIPS.seam, 0.6);
  }
}

/** The tongue over the lower lip. @param {Pen} pen @param {Mouth} shape */
function paintTongueOut(pen, shape) {
  const [x, y] = middle(shape.lowerInner);
  const top = Math.max(middle(shape.upperInner)[1], 12);
  const out = shape.tongue;
  const half = lerp(30, 45, out);
  const tip = y + lerp(-4, 74, out);
  pen.save();
  const beyond = new Path2D();
  through(beyond, shape.upperInner);
  beyond.lineTo(x + 120, y + 160);
  beyond.lineTo(x - 120, y + 160);
  beyond.closePath();
  pen.clip(beyond);
  glow(pen, [x, tip - 4], [half * 1.15, 26], SKIN.deep, 0.35 * out);
  pen.beginPath();
  pen.moveTo(x - half * 1.1, top + 6);
  pen.bezierCurveTo(x - half * 1.05, tip - 18, x - half * 0.75, tip, x, tip);
  pen.bezierCurveTo(x + half * 0.75, tip, x + half * 1.05, tip - 18, x + half * 1.1, top + 6);
  pen.quadraticCurveTo(x, top - 5, x - half * 1.1, top + 6);
  pen.closePath();
  pen.fillStyle = blend(pen, [0, top], [0, tip], ["#8f3543", MOUTH.tongue[1], MOUTH.tongue[0]]);
  pen.fill();
  pen.clip();
  glow(pen, [x, (y + tip) / 2 - 6], [4, (tip - top) / 2], "#7d2533", 0.5);
  glow(pen, [x - half * 0.4, tip - 20], [13, 17], "#ffd0ca", 0.6);
  pen.restore();
}
