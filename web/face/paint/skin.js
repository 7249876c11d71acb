/** Paints the skin and what is on it: cheeks, folds, chin. */

import { SKIN } from "../colours.js";
import { brush, glow, through, tint } from "../pen.js";
import { jaw } from "../rig/jaw.js";
import { MOUTH_Y, mouth } from "../rig/mouth.js";
import { SIDES } from "../rig/shapes.js";
import { outline, surface } from "../rig/skin.js";

/** @typedef {import("../rig/shapes.js").Point} Point */
/** @typedef {import("../rig/shapes.js").Weights} Weights */
/** @typedef {import("../pen.js").Pen} Pen */

/** The head without features. @param {Pen} pen @param {Weights} weights */
export function paintHead(pen, weights) {
  const path = new Path2D();
  through(path, outline(weights), true);
  const { down, side, forward } = jaw(weights);
  const { puff, chin } = surface(weights);
  pen.save();
  pen.fillStyle = SKIN.base;
  pen.fill(path);
  pen.clip(path);
  glow(pen, [-30, -150], [250, 190], SKIN.light, 0.75);
  glow(pen, [-50, 70], [190, 160], SKIN.light, 0.5);
  glow(pen, [235, 60], [120, 330], SKIN.shade, 0.55);
  glow(pen, [-250, 80], [100, 320], SKIN.shade, 0.45);
  const y = 300 + 0.6 * down;
  const x = 0.7 * side;
  glow(pen, [x, y + 22], [190, 70], SKIN.shade, 0.62);
  glow(
    pen,
    [x - 6, y - 42 - 4 * forward],
    [62 + 10 * forward, 40],
    SKIN.light,
    0.5 + 0.35 * forward,
  );
  glow(pen, [x, y - 74], [50, 15], SKIN.shade, 0.2 + 0.35 * forward);
  if (chin > 0.02) paintChin(pen, [x, y - 48], chin);
  for (const sign of [-1, 1]) {
    glow(pen, [sign * 150, 150 + 0.2 * down], [70, 84], SKIN.light, 0.55 * puff);
    glow(pen, [sign * 104, 186], [30, 62], SKIN.shade, 0.34 * puff);
    glow(pen, [sign * 236, 160], [50, 110], SKIN.shade, 0.4 * puff);
    glow(pen, [sign * 128, 170 + 0.4 * down], [40, 70], SKIN.shade, Math.min(0.3, down / 300));
  }
  pen.restore();
}

/**
 * A chin that is pushed up wrinkles.
 * @param {Pen} pen
 * @param {Point} at
 * @param {number} strength
 */
function paintChin(pen, [x, y], strength) {
  const alpha = 0.4 * strength;
  brush(
    pen,
    [
      [x - 34, y - 6],
      [x - 18, y - 20],
      [x + 18, y - 20],
      [x + 34, y - 6],
    ],
    3,
    tint(SKIN.deep, alpha),
  );
  for (const [dx, dy] of [
    [-16, 4],
    [0, -2],
    [15, 5],
    [-6, 14],
    [9, 16],
  ]) {
    glow(pen, [x + dx, y + dy], [7, 5], SKIN.deep, alpha);
  }
}

/** Cheeks, folds and forehead. @param {Pen} pen @param {Weights} weights */
export function paintSurface(pen, weights) {
  const folds = surface(weights);
  const { upperOuter } = mouth(weights);
  const corners = { Right: upperOuter[0], Left: /** @type {Point} */ (upperOuter.at(-1)) };
  paintForehead(pen, folds.forehead);
  for (const [side, sign] of SIDES) {
    const own = folds[side];
    glow(pen, [sign * 132, 84 - 16 * own.cheek], [70, 50], SKIN.blush, 0.3 + 0.16 * own.cheek);
    glow(pen, [sign * 128, 56 - 14 * own.cheek], [48, 24], SKIN.light, 0.35 + 0.4 * own.cheek);
    const [cx, cy] = corners[side];
    paintFold(pen, sign, [cx, cy + MOUTH_Y], own);
    const line = 0.1 + 0.4 * own.crease;
    brush(
      pen,
      [
        [sign * 62, 14],
        [sign * 82, 30],
        [sign * 116, 30],
        [sign * 142, 12],
      ].map(([px, py]) => /** @type {Point} */ ([px, py - 4 * own.crease])),
      3.2,
      tint(SKIN.line, line * 0.7),
    );
    if (own.glare > 0.02) {
      brush(
        pen,
        [
          [sign * 11, -62],
          [sign * 16, -74],
          [sign * 15, -88],
          [sign * 9, -98],
        ],
        4 * sign,
        tint(SKIN.deep, 0.42 * own.glare),
      );
    }
  }
}

/** @param {Pen} pen @param {number} strength */
function paintForehead(pen, strength) {
  if (strength < 0.02) return;
  for (const [y, half] of [
    [-150, 92],
    [-174, 100],
    [-197, 84],
  ]) {
    const rise = 14 * strength;
    brush(
      pen,
      [
        [-half, y - rise + 7],
        [-half / 3, y - rise - 3],
        [half / 3, y - rise - 3],
        [half, y - rise + 7],
      ],
      2.4,
      tint(SKIN.line, 0.4 * strength),
    );
  }
}

/** From the nose's wing around the mouth's corner. @param {Pen} pen @param {number} sign
 * @param {Point} corner @param {{fold: number, dimple: number, frown: number, sneer: number}} own
 */
function paintFold(pen, sign, [x, y], { fold, dimple, frown, sneer }) {
  const wing = 84 - 12 * sneer;
  const out = x + sign * 16;
  const line = /** @type {Point[]} */ ([
    [sign * 52, wing],
    [sign * 68, wing + 10],
    [out + sign * 10, y - 28],
    [out + sign * 7, y + 8],
  ]);
  brush(pen, line, 4.6 * sign, tint(SKIN.line, 0.36 * fold));
  glow(pen, [sign * 92, y - 46], [15, 44], SKIN.shade, 0.34 * fold, sign * -0.5);
  if (dimple > 0.03) glow(pen, [out + sign * 6, y - 2], [9, 15], SKIN.deep, 0.5 * dimple);
  if (frown > 0.03) {
    brush(
      pen,
      [
        [x + sign * 3, y + 4],
        [x + sign * 13, y + 16],
        [x + sign * 15, y + 30],
        [x + sign * 9, y + 42],
      ],
      4 * sign,
      tint(SKIN.line, 0.55 * frown),
    );
  }
}
