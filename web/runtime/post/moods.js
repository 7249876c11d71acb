/**
 * Moods: what emotions add to a speaking face. runtime/a2e/post/moods.py says where they are from.
 */

import { OptionError } from "../errors.js";
import { nearest } from "../nearest.js";
import { columns } from "./stages.js";

/** Shapes of action units, by their numbers in FACS. @type {Record<number, string[]>} */
export const ACTION_UNITS = {
  1: ["browInnerUp"],
  2: ["browOuterUpLeft", "browOuterUpRight"],
  4: ["browDownLeft", "browDownRight"],
  5: ["eyeWideLeft", "eyeWideRight"],
  6: ["cheekSquintLeft", "cheekSquintRight"],
  7: ["eyeSquintLeft", "eyeSquintRight"],
  9: ["noseSneerLeft", "noseSneerRight"],
  10: ["mouthUpperUpLeft", "mouthUpperUpRight"],
  12: ["mouthSmileLeft", "mouthSmileRight"],
  14: ["mouthDimpleLeft", "mouthDimpleRight"],
  15: ["mouthFrownLeft", "mouthFrownRight"],
  16: ["mouthLowerDownLeft", "mouthLowerDownRight"],
  17: ["mouthShrugLower"],
  20: ["mouthStretchLeft", "mouthStretchRight"],
  23: ["mouthPressLeft", "mouthPressRight"],
  26: ["jawOpen"],
  38: ["noseSneerLeft", "noseSneerRight"],
  43: ["eyeBlinkLeft", "eyeBlinkRight"],
};
/** Weights of FACS's intensities, from a trace to the most. @type {Record<string, number>} */
export const INTENSITIES = { A: 0.1, B: 0.25, C: 0.45, D: 0.7, E: 1.0 };
/** Action units of each mood at its strongest: side (both if none is given), number, intensity.
 * @type {Record<string, string>} */
export const MOODS = {
  amazement: "1D 2D 5C 26C",
  anger: "4D 5B 7C 10A 23C",
  cheekiness: "L2B 6A L12D R12B L14C",
  disgust: "4B 7B 9D 10C 15B 17B",
  fear: "1D 2C 4C 5D 7B 20C 26B",
  grief: "1E 4C 6B 7B 15D 17C 20B 43B",
  joy: "6C 12D",
  outofbreath: "1B 7A 10A 16B 26C 38A 43B",
  pain: "4D 6C 7D 9C 10B 20B 43C",
  sadness: "1D 4B 15C 17B 43A",
};
const CODE = /([LR]?)(\d+)([A-E])/g;

/** Lips nearer than this are shut; no mood moves them apart. */
export const CLOSED_GAP = 0.1;
/** Lips' gap from which a mood may move them apart as far as it likes. */
export const OPEN_GAP = 0.25;
/** Shapes that move the lips apart. */
export const OPENING = [
  ...["jawOpen", "mouthFunnel", "mouthLowerDownLeft", "mouthLowerDownRight"],
  ...["mouthUpperUpLeft", "mouthUpperUpRight"],
];
export const WIDE = ["eyeWideLeft", "eyeWideRight"];
export const LIDS = ["eyeBlinkLeft", "eyeBlinkRight"];

/** Weights that a mood adds at its strongest, by shape. @param {string} mood a key of `MOODS`
 * @returns {Map<string, number>} */
export function shapesOf(mood) {
  /** @type {Map<string, number>} */
  const weights = new Map();
  for (const [, side, unit, letter] of MOODS[mood].matchAll(CODE)) {
    const end = { L: "Left", R: "Right" }[side] ?? "";
    for (const shape of ACTION_UNITS[Number(unit)].filter((name) => name.endsWith(end))) {
      weights.set(shape, Math.min(1, (weights.get(shape) ?? 0) + INTENSITIES[letter]));
    }
  }
  return weights;
}

/**
 * A function that adds moods to frames, or null if they add nothing.
 * @param {string[]} shapes @param {Record<string, number>} mood strengths, 0..1, by name
 * @returns {Mood | null}
 * @throws {OptionError} for an unknown name or a strength that can't be
 */
export function moodOn(shapes, mood) {
  const added = new Float64Array(shapes.length);
  for (const [name, strength] of Object.entries(mood)) {
    checkMood(name, strength);
    for (const [shape, weight] of shapesOf(name)) {
      const column = shapes.indexOf(shape);
      if (column >= 0) added[column] += strength * weight;
    }
  }
  return added.some((weight) => weight > 0)
    ? new Mood(
        shapes,
        added.map((weight) => Math.min(weight, 1)),
      )
    : null;
}

/** @param {string} name @param {number} strength
 * @throws {OptionError} for an unknown mood or a strength that can't be */
export function checkMood(name, strength) {
  if (!Object.hasOwn(MOODS, name)) {
    const meant = nearest(name, Object.keys(MOODS));
    const hint = meant
      ? `did you mean ${meant}?`
      : `expected one of ${Object.keys(MOODS).join(", ")}`;
    throw new OptionError(`there is no mood '${name}'; ${hint}`);
  }
  if (typeof strength !== "number" || !(strength >= 0 && strength <= 1)) {
    throw new OptionError(`the mood ${name} must be a number from 0 to 1; got ${String(strength)}`);
  }
}

/** Adds weights to frames, frame by frame, within what the frame's lips and lids allow. */
export class Mood {
  /** @param {string[]} shapes @param {Float64Array} added [shapes] */
  constructor(shapes, added) {
    this._gap = lipShares(shapes);
    this._opening = columns(shapes, OPENING);
    const pairs = WIDE.map((wide, i) => [wide, LIDS[i]]);
    this._lidded = pairs.map((pair) => columns(shapes, pair)).filter((found) => found.length === 2);
    this._added = added;
    this._always = added.slice();
    for (const column of [...this._opening, ...this._lidded.map(([wide]) => wide)]) {
      this._always[column] = 0;
    }
  }

  /** A frame [shapes] under the mood, not clipped. @param {Float32Array} frame
   * @returns {Float64Array} [shapes] */
  apply(frame) {
    const moved = this._always.map((weight, column) => frame[column] + weight);
    const gap = frame.reduce((sum, weight, column) => sum + weight * this._gap[column], 0);
    const apart = within((gap - CLOSED_GAP) / (OPEN_GAP - CLOSED_GAP));
    for (const column of this._opening) moved[column] += apart * this._added[column];
    for (const [wide, lid] of this._lidded) {
      moved[wide] += Math.fround(1 - within(frame[lid])) * this._added[wide];
    }
    return moved;
  }
}

/** A share within 0..1. @param {number} share @returns {number} */
function within(share) {
  return Math.min(Math.max(share, 0), 1);
}

/**
 * What each shape gives to the distance of the lips, about 0 (shut) to 1: the jaw's opening less
 * what `mouthClose` takes back of it, plus half of each lip's own movement away from the other.
 * (`mouthFunnel` rounds the lips; what it opens is the jaw's.)
 * @param {string[]} shapes @returns {Float64Array} [shapes]
 */
function lipShares(shapes) {
  /** @type {Record<string, number>} */
  const special = { jawOpen: 1, mouthClose: -1, mouthFunnel: 0 };
  return Float64Array.from(shapes, (name) => special[name] ?? (OPENING.includes(name) ? 0.25 : 0));
}
