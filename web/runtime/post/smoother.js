/** The smoothing of the live profile. */

import { concat } from "../arrays.js";
import { weighted } from "./stages.js";

/**
 * A filter over a stream: `kernel` weighs frames up to the one `ahead` of each.
 *
 * What lies before the first frame is like it, and what lies after the last one like that.
 */
export class Smoother {
  /** @param {Float32Array} kernel @param {number} ahead @param {number} width columns */
  constructor(kernel, ahead, width) {
    this._kernel = kernel;
    this._ahead = ahead;
    this._width = width;
    this._recent = new Float32Array(0); // as many frames as the kernel reaches back
  }

  /** Frames to smoothed frames in 0..1, `ahead` behind. @param {Float32Array} frames [n * width]
   * @returns {Float32Array} [<= n * width] */
  step(frames) {
    const reach = this._kernel.length - 1;
    const first = frames.subarray(0, this._width);
    const before = this._recent.length ? this._recent : repeated(first, reach - this._ahead);
    const known = concat([before, frames]);
    this._recent = known.slice(Math.max(0, known.length - reach * this._width));
    return weighted(known, this._width, this._kernel);
  }

  /** The frames held back. @returns {Float32Array} */
  finish() {
    const last = this._recent.subarray(Math.max(0, this._recent.length - this._width));
    return this.step(repeated(last, this._ahead));
  }
}

/** @param {Float32Array} frame @param {number} times @returns {Float32Array} */
function repeated(frame, times) {
  const frames = new Float32Array(frame.length * times);
  for (let start = 0; start < frames.length; start += frame.length) frames.set(frame, start);
  return frames;
}
