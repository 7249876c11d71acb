/** Paints the hair. It does not move by weights: a face paints it once for each size. */

import { HAIR, SKIN } from "../colours.js";
import { between, blend, glow, through, tint } from "../pen.js";
import { outline } from "../rig/skin.js";

/** @typedef {import("../rig/shapes.js").Point} Point */
/** @typedef {import("../pen.js").Pen} Pen */

/** Hair behind the head. @param {Pen} pen */
export function paintBackHair(pen) {
  /** @type {Point[]} */
  const half = [
    [0, -392],
    [140, -374],
    [240, -286],
    [274, -150],
    [276, 10],
    [282, 150],
    [272, 262],
    [228, 326],
    [160, 318],
    [80, 270],
  ];
  const path = new Path2D();
  through(path, [...half, ...half.map(([x, y]) => /** @type {Point} */ ([-x, y])).reverse()], true);
  pen.fillStyle = blend(pen, [0, -390], [0, 340], [HAIR.base, HAIR.deep, HAIR.deep]);
  pen.fill(path);
}

/**
 * From the parting down one side: outer and inner edge.
 * @type {Record<string, [Point[], Point[]]>}
 */
const LOCKS = {
  long: [
    [
      [76, -380],
      [-40, -406],
      [-180, -372],
      [-258, -250],
      [-278, -90],
      [-284, 80],
      [-290, 200],
      [-268, 290],
      [-214, 336],
    ],
    [
      [76, -334],
      [40, -284],
      [-60, -222],
      [-160, -156],
      [-208, -40],
      [-212, 90],
      [-212, 200],
      [-204, 272],
      [-182, 322],
    ],
  ],
  short: [
    [
      [52, -384],
      [140, -382],
      [220, -322],
      [266, -210],
      [280, -80],
      [284, 80],
      [290, 200],
      [268, 290],
      [214, 336],
    ],
    [
      [52, -338],
      [100, -290],
      [162, -228],
      [200, -150],
      [214, -40],
      [214, 90],
      [212, 200],
      [204, 272],
      [182, 322],
    ],
  ],
};

/** Hair before the face. @param {Pen} pen */
export function paintFrontHair(pen) {
  for (const [outer, inner] of [LOCKS.short, LOCKS.long]) paintLock(pen, outer, inner);
}

/** Hairs between two edges, light where the lock is turned to the light. @param {Pen} pen
 * @param {Point[]} outer @param {Point[]} inner */
function paintLock(pen, outer, inner) {
  const path = between(outer, inner);
  pen.fillStyle = HAIR.base;
  paintShadow(pen, path);
  pen.fill(path);
  pen.save();
  pen.clip(path);
  const random = sequence(7);
  for (let hair = 0; hair < 90; hair += 1) {
    const share = (hair + random()) / 90;
    const light = Math.sin(Math.PI * (0.15 + share * 1.7)) ** 2;
    const colour =
      random() < 0.24 + 0.3 * light ? HAIR.light : random() < 0.3 ? HAIR.deep : HAIR.base;
    pen.strokeStyle = tint(colour, 0.25 + 0.4 * random());
    pen.lineWidth = 1.5 + 4.5 * random();
    pen.beginPath();
    through(
      pen,
      outer.map(([x, y], i) => {
        const part = share + 0.06 * (random() - 0.5);
        return /** @type {Point} */ ([x + (inner[i][0] - x) * part, y + (inner[i][1] - y) * part]);
      }),
    );
    pen.stroke();
  }
  paintGlint(pen, outer, inner);
  pen.restore();
}

/** The shadow that a lock throws on the face. @param {Pen} pen @param {Path2D} path */
function paintShadow(pen, path) {
  const face = new Path2D();
  through(face, outline({}), true);
  const { a: scale } = pen.getTransform();
  pen.save();
  pen.clip(face);
  pen.shadowColor = tint(SKIN.deep, 0.6);
  pen.shadowBlur = 24 * scale;
  pen.shadowOffsetY = 9 * scale;
  pen.fill(path);
  pen.restore();
}

/**
 * The band of light across the crown.
 * @param {Pen} pen
 * @param {Point[]} outer
 * @param {Point[]} inner
 */
function paintGlint(pen, outer, inner) {
  const [[ax, ay], [bx, by]] = [outer[2], inner[3]];
  glow(
    pen,
    [(ax + bx) / 2, (ay + by) / 2],
    [120, 46],
    HAIR.glint,
    0.42,
    Math.atan2(by - ay, bx - ax),
  );
  const [x, y] = outer[5];
  glow(pen, [x * 0.9, y], [26, 120], HAIR.glint, 0.2);
}

/** Numbers in 0..1, the same ones each time. @param {number} seed */
function sequence(seed) {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
