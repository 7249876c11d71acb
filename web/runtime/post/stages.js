/** Pieces that both profiles use: smoothing, symmetry, eyelids, volume. */

import { clip, roundHalfEven } from "../numbers.js";
import { PAIRS } from "../shapes.js";

/** @typedef {import("../random.js").Random} Random */

/** Savitzky-Golay smoothing, window 5, order 2. */
export const SAVGOL = Float32Array.of(-3, 12, 17, 12, -3).map((share) => share / 35);
export const SAVGOL_REACH = SAVGOL.length >> 1;

/** What the speech shapes are multiplied by in silence. */
export const REST = 0.1;
/** Volume (RMS, full scale 1) under which a frame is silent, where the room is quiet. */
export const SILENT = 0.001;

/** From a blink's first closed frame to its last. */
export const BLINK_SECONDS = 0.2;
/** Eyelid closure at equal times over a blink. */
export const BLINK = [0.3, 0.85, 1.0, 0.9, 0.55, 0.25, 0.08];

/** A weighted sum of neighbouring frames, in single precision, clipped to 0..1.
 * @param {Float32Array} frames [(n + shares - 1) * width] @param {number} width
 * @param {Float32Array} shares of a frame and those after it @returns {Float32Array} [n * width] */
export function weighted(frames, width, shares) {
  const count = Math.max(0, frames.length - (shares.length - 1) * width);
  const sums = new Float32Array(count);
  for (let place = 0; place < shares.length; place++) {
    for (let i = 0; i < count; i++) {
      sums[i] += Math.fround(shares[place] * frames[place * width + i]);
    }
  }
  return sums.map((sum) => clip(sum, 0, 1));
}

/** Frames with two mirrored about each end, [(n + 4) * width]. @param {Float32Array} frames
 * @param {number} width @returns {Float32Array} */
export function padMirrored(frames, width) {
  const count = frames.length / width;
  const padded = new Float32Array((count + 2 * SAVGOL_REACH) * width);
  for (let n = 0; n < count + 2 * SAVGOL_REACH; n++) {
    const start = mirrored(n - SAVGOL_REACH, count) * width;
    padded.set(frames.subarray(start, start + width), n * width);
  }
  return padded;
}

/** The place in 0..count - 1 that a place beyond its ends mirrors. @param {number} place
 * @param {number} count @returns {number} */
function mirrored(place, count) {
  const period = Math.max(1, 2 * (count - 1));
  const within = ((place % period) + period) % period;
  return Math.min(within, period - within) % count;
}

/** Replaces left/right pairs by their mean. */
export class Symmetry {
  /** @param {string[]} shapes */
  constructor(shapes) {
    this._width = shapes.length;
    this._pairs = PAIRS.map((pair) => columns(shapes, pair)).filter((found) => found.length === 2);
  }

  /** In place. @param {Float32Array} frames [n * shapes] @returns {Float32Array} the same */
  apply(frames) {
    for (let start = 0; start < frames.length; start += this._width) {
      for (const [left, right] of this._pairs) {
        const mean = Math.fround(frames[start + left] + frames[start + right]) / 2;
        frames[start + left] = frames[start + right] = mean;
      }
    }
    return frames;
  }
}

/** Indices of those names that the model has. @param {string[]} shapes
 * @param {string[]} names @returns {number[]} */
export function columns(shapes, names) {
  return names.map((name) => shapes.indexOf(name)).filter((column) => column >= 0);
}

/** Blinks now and then, for ever: eyelid closure in 0..1, frame by frame at `fps`. */
export class Eyelids {
  /** @param {Random} random
   * @param {number[]} waits fewest and most open seconds before a blink @param {number} fps */
  constructor(random, waits, fps) {
    this._random = random;
    this._waits = waits.map((seconds) => framesIn(seconds, fps));
    this._closures = blink(fps);
    this._strength = 0;
    this._untilBlink = 0;
    this._wait();
    this._untilBlink = Math.floor(this._untilBlink * random.random()); // begins in mid-wait
  }

  /** Closure of the next frames. @param {number} frames @returns {Float32Array} [frames] */
  step(frames) {
    return new Float32Array(frames).map(() => this._next());
  }

  _wait() {
    const [fewest, most] = this._waits;
    this._untilBlink = this._random.integer(fewest, most);
    this._strength = this._random.uniform(0.9, 1);
  }

  /** @returns {number} */
  _next() {
    this._untilBlink -= 1;
    if (this._untilBlink >= 0) return 0;
    const closure = this._strength * this._closures[-this._untilBlink - 1];
    if (this._untilBlink === -this._closures.length) this._wait();
    return closure;
  }
}

/** Eyelid closure of the frames of a blink at full strength, [7 at 30 fps]. @param {number} fps
 * @returns {Float32Array} */
export function blink(fps) {
  const spacing = BLINK_SECONDS / (BLINK.length - 1);
  return Float32Array.from({ length: framesIn(BLINK_SECONDS, fps) + 1 }, (_, frame) => {
    const place = frame / fps / spacing;
    const before = Math.min(Math.floor(place), BLINK.length - 1);
    const after = Math.min(before + 1, BLINK.length - 1);
    return BLINK[before] + (BLINK[after] - BLINK[before]) * (place - before);
  });
}

/** The nearest whole number of frames, at least 1. @param {number} seconds @param {number} fps
 * @returns {number} */
export function framesIn(seconds, fps) {
  return Math.max(1, roundHalfEven(seconds * fps));
}

/** Where each of equal spans of some samples begins, and the end of the last one, [frames + 1].
 * @param {number} samples @param {number} frames @returns {number[]} */
export function edgesOf(samples, frames) {
  return Array.from({ length: frames + 1 }, (_, k) => Math.floor((k * samples) / frames));
}

/** Root mean square of each of `frames` equal spans of the audio, [frames].
 * @param {Float32Array} audio @param {number} frames @returns {Float32Array} */
export function frameVolumes(audio, frames) {
  const edges = edgesOf(audio.length, frames);
  return new Float32Array(frames).map((_, k) => rms(audio, edges[k], edges[k + 1]));
}

/** Root mean square of samples [start, end). @param {Float32Array} audio @param {number} start
 * @param {number} end @returns {number} */
export function rms(audio, start, end) {
  let power = 0;
  for (let i = start; i < end; i++) power += audio[i] * audio[i];
  return Math.sqrt(power / (end - start));
}
