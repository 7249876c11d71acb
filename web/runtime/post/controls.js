/** Moods, and per-shape gain, offset, clamp and mute, by name. */

import { OptionError } from "../errors.js";
import { nearest } from "../nearest.js";
import { clip } from "../numbers.js";
import { HEAD } from "../shapes.js";
import { moodOn } from "./moods.js";

/** @typedef {[low: number, high: number]} Bounds */

/**
 * @typedef {object} Asked
 * @property {Record<string, number>} [gain] factor by shape; 1 where none is given
 * @property {Record<string, number>} [offset] what is added after the gain, by shape; 0 where none
 *   is given
 * @property {Record<string, Bounds>} [clamp] lowest and highest weight, by shape; 0 and 1 where none
 *   are given, -π and π for the head's angles
 * @property {string[]} [mute] shapes that stay 0
 * @property {Record<string, number>} [mood] strength by mood (`MOODS`), 0 to 1: added to the speech,
 *   never so that shut lips part
 */

/**
 * What a caller asks of the face: a mood, then for single shapes `clip(weight * gain + offset,
 * ...clamp)`, or 0 if muted.
 *
 *     new Controls({ gain: { jawOpen: 1.8 }, clamp: { jawOpen: [0, 0.9] }, mute: ["tongueOut"] })
 *     new Controls({ mood: { joy: 0.5, amazement: 0.2 } })
 */
export class Controls {
  /** @param {Asked} [asked] @throws {OptionError} for a control that does not exist */
  constructor({ gain = {}, offset = {}, clamp = {}, mute = [], mood = {}, ...others } = {}) {
    const [other] = Object.keys(others);
    if (other !== undefined) {
      throw new OptionError(
        `there is no control '${other}'; expected one of gain, offset, clamp, mute, mood`,
      );
    }
    if (!Array.isArray(mute)) {
      throw new OptionError(`mute takes a list of shapes; got ${String(mute)}`);
    }
    this.gain = gain;
    this.offset = offset;
    this.clamp = clamp;
    this.mute = mute;
    this.mood = mood;
  }

  /** A function on frames [m * shapes], which it leaves as they are. @param {string[]} shapes
   * @returns {(frames: Float32Array) => Float32Array}
   * @throws {OptionError} for an unknown name or a value that can't be */
  bind(shapes) {
    const settings = shapes.map((name) => ({ gain: 1, offset: 0, bounds: boundsOf(name) }));
    for (const [name, factor] of Object.entries(this.gain)) {
      settings[column(shapes, name)].gain = finite(name, factor);
    }
    for (const [name, shift] of Object.entries(this.offset)) {
      settings[column(shapes, name)].offset = finite(name, shift);
    }
    for (const [name, bounds] of Object.entries(this.clamp)) {
      settings[column(shapes, name)].bounds = checkedClamp(name, bounds);
    }
    for (const name of this.mute) {
      settings[column(shapes, name)] = { gain: 0, offset: 0, bounds: [0, 0] };
    }
    const mood = moodOn(shapes, this.mood);
    return (frames) => {
      const bound = new Float32Array(frames.length);
      for (let start = 0; start < frames.length; start += shapes.length) {
        const frame = frames.subarray(start, start + shapes.length);
        const moved = mood ? mood.apply(frame) : frame;
        settings.forEach(({ gain, offset, bounds: [low, high] }, i) => {
          bound[start + i] = clip(moved[i] * gain + offset, low, high);
        });
      }
      return bound;
    };
  }
}

/** Lowest and highest value of a column: a weight's, or an angle's of the head.
 * @param {string} name @returns {Bounds} */
export function boundsOf(name) {
  return HEAD.includes(name) ? [-Math.PI, Math.PI] : [0, 1];
}

/** @param {string} name @param {Bounds} bounds @returns {Bounds} */
function checkedClamp(name, bounds) {
  if (!Array.isArray(bounds) || bounds.length !== 2) {
    throw new OptionError(`the clamp of ${name} must be [low, high]; got ${String(bounds)}`);
  }
  const [least, most] = boundsOf(name);
  const [low, high] = bounds.map((bound) => finite(name, bound));
  if (!(least <= low && low <= high && high <= most)) {
    const [from, to] = [least, most].map((bound) => Number(bound.toPrecision(4)));
    throw new OptionError(
      `the clamp of ${name} must be two values with ${from} <= low <= high <= ${to}; ` +
        `got ${low} and ${high}`,
    );
  }
  return [low, high];
}

/** @param {string[]} shapes @param {string} name @returns {number} */
function column(shapes, name) {
  const found = shapes.indexOf(name);
  if (found >= 0) return found;
  const meant = nearest(String(name), shapes);
  const hint = meant ? `did you mean ${meant}?` : "its metadata lists them";
  throw new OptionError(`the model has no shape '${name}'; ${hint}`);
}

/** @param {string} name @param {number} value @returns {number} */
function finite(name, value) {
  if (!Number.isFinite(value)) {
    throw new OptionError(`what ${name} is set to must be a finite number; got ${String(value)}`);
  }
  return value;
}
