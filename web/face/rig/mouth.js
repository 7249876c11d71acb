/** Where the lips are. */

import { jaw } from "./jaw.js";
import { clamp, lerp, reader } from "./shapes.js";

/** @typedef {import("./shapes.js").Point} Point */
/** @typedef {import("./shapes.js").Weights} Weights */

/** y of the mouth's middle, in the drawing's units. */
export const MOUTH_Y = 168;
const HALF_WIDTH = 84;
/** From one corner, -1, to the other, 1; denser towards the corners. */
const ACROSS = Array.from({ length: 33 }, (_, i) => -Math.cos((i / 32) * Math.PI));

/** What all points of the lips have in common. @param {Weights} weights */
function pose(weights) {
  const { weight, sided } = reader(weights);
  const { down, side, forward } = jaw(weights);
  const [pucker, funnel] = [weight("mouthPucker"), weight("mouthFunnel")];
  const [close, open] = [weight("mouthClose"), weight("jawOpen")];
  return {
    ...{ weight, sided, down, side, forward, pucker, funnel, open },
    tongue: weight("tongueOut"),
    puff: weight("cheekPuff"),
    round: clamp(pucker + 0.7 * funnel),
    shut: clamp(close / Math.max(open, 0.02)) * clamp(down / 4),
    pressed: Math.max(0, close - open),
    shift: 26 * (weight("mouthLeft") - weight("mouthRight")),
  };
}

/** @typedef {ReturnType<typeof pose>} Pose */

/**
 * How far the upper and the lower lip follow what moves their middle; 0 at the corners.
 * @param {Pose} lips @param {number} edge distance from the middle, 0..1
 */
function bulges({ round, down, shut }, edge) {
  const dome = Math.max(0, 1 - edge ** lerp(2.1, 2.8, round)) ** 0.8;
  const bowl = lerp(Math.max(0, 1 - edge ** lerp(2.2, 3, clamp(down / 60))) ** 0.72, dome, shut);
  return { dome, bowl };
}

/** x where the lips touch, before the mouth is shifted. @param {Pose} lips @param {number} u */
function across({ sided, pucker, funnel, puff, open }, u) {
  const [smile, frown] = [sided("mouthSmile", u), sided("mouthFrown", u)];
  const [stretch, dimple] = [sided("mouthStretch", u), sided("mouthDimple", u)];
  const width = 0.17 * stretch + 0.17 * smile + 0.1 * dimple + 0.04 * frown;
  return u * HALF_WIDTH * (1 + width - 0.44 * pucker - 0.3 * funnel - 0.05 * puff - 0.1 * open);
}

/** y of both lips' inner lines. @param {Pose} lips @param {number} u @returns {[number, number]} */
function innerHeights(lips, u) {
  const { weight, sided, down, shut, funnel, tongue } = lips;
  const edge = Math.abs(u);
  const { dome, bowl } = bulges(lips, edge);
  const [smile, frown] = [sided("mouthSmile", u), sided("mouthFrown", u)];
  const [stretch, dimple] = [sided("mouthStretch", u), sided("mouthDimple", u)];
  const corner = 0.34 * down * (1 - shut) + 0.5 * down * shut + 5 * stretch - 3 * dimple;
  const bend = (30 * frown - 32 * smile) * edge ** 2 + 5 * smile - 3 * frown;
  const seam = 4 * Math.exp(-((u / 0.3) ** 2)) - 3 * edge ** 2 + bend;
  const rise = 26 * sided("mouthUpperUp", u) + 9 * funnel + 4 * tongue + 0.07 * down * (1 - shut);
  const lifted = 7 * weight("mouthShrugUpper") + 5 * weight("mouthShrugLower");
  const fall = 28 * sided("mouthLowerDown", u) + 13 * funnel + 16 * tongue;
  const open = 1 - sided("mouthPress", u) * (1 - shut) * 0.85;
  const upper = (-rise * open + 0.5 * down * shut) * dome - lifted * dome;
  const lower = (down * lerp(1, 0.5, shut) + fall * open) * bowl;
  const raised = 8 * weight("mouthShrugLower") * dome;
  const yUpper = seam + upper + corner * (1 - dome);
  return [yUpper, Math.max(yUpper, seam + lower - raised + corner * (1 - bowl))];
}

/** How thick both lips are. @param {Pose} lips @param {number} u @returns {[number, number]} */
function thicknesses({ weight, sided, forward, pucker, funnel, pressed }, u) {
  const edge = Math.abs(u);
  const press = sided("mouthPress", u);
  const plump = 1 + 0.3 * pucker + 0.22 * funnel - 0.42 * press - 0.3 * pressed;
  const thin = 0.22 * sided("mouthStretch", u) + 0.2 * sided("mouthSmile", u);
  const bow = 1 - 0.24 * Math.exp(-((u / 0.15) ** 2));
  const upper = clamp(plump - thin - 0.8 * weight("mouthRollUpper"), 0.12, 2);
  const lower = clamp(plump - thin + 0.08 * forward - 0.8 * weight("mouthRollLower"), 0.12, 2);
  return [
    24 * upper * bow * Math.max(0, 1 - edge ** 1.75) ** 0.95,
    31 * lower * Math.max(0, 1 - edge ** 2.3) ** 0.8,
  ];
}

/**
 * The mouth's four lines, 33 points each, from the viewer's left corner to the right one, around
 * (0, 0).
 * @param {Weights} weights
 */
export function mouth(weights) {
  const lips = pose(weights);
  const { shift, side, down, tongue, round } = lips;
  /** @type {Record<"upperOuter" | "upperInner" | "lowerInner" | "lowerOuter", Point[]>} */
  const lines = { upperOuter: [], upperInner: [], lowerInner: [], lowerOuter: [] };
  for (const u of ACROSS) {
    const xUpper = across(lips, u) + shift;
    const xLower = xUpper + side * 0.8 * bulges(lips, Math.abs(u)).dome;
    const [yUpper, yLower] = innerHeights(lips, u);
    const [thickUpper, thickLower] = thicknesses(lips, u);
    lines.upperOuter.push([xUpper, yUpper - thickUpper]);
    lines.upperInner.push([xUpper, yUpper]);
    lines.lowerInner.push([xLower, yLower]);
    lines.lowerOuter.push([xLower, yLower + thickLower]);
  }
  const middle = ACROSS.length >> 1;
  const gap = lines.lowerInner[middle][1] - lines.upperInner[middle][1];
  const reach = (lines.upperInner[ACROSS.length - 1][0] - lines.upperInner[0][0]) / 2;
  const press = reader(weights).mean("mouthPress");
  return { ...lines, gap, reach, shift, side, down, tongue, round, press };
}
