/** Brows that rise with the voice. */

import { framesIn } from "./stages.js";

/** @typedef {import("../random.js").Random} Random */

/** Volume over which speech can raise the brows. */
export const LOUD = 0.08;
export const LOUD_SECONDS = 0.2;
/** From a raise's start to its end. */
export const BROW_SECONDS = 0.8;
/** Fewest seconds from one raise to the next. */
export const BROW_INTERVAL = 5.0;
/** @type {Record<string, number>} */
export const BROW_PEAKS = { browInnerUp: 0.48, browOuterUpLeft: 0.25, browOuterUpRight: 0.25 };
export const BROW_STRENGTH = [0.7, 1.3];

/** Raises the brows once the voice has stayed loud for a while. */
export class BrowRaiser {
  /** @param {Random} random @param {number} fps */
  constructor(random, fps) {
    this._random = random;
    const frames = framesIn(BROW_SECONDS, fps);
    this._rise = Array.from(
      { length: frames + 1 },
      (_, frame) => Math.sin((frame * Math.PI) / frames) ** 2,
    );
    this._loudEnough = framesIn(LOUD_SECONDS, fps);
    this._interval = framesIn(BROW_INTERVAL, fps);
    this._loudFrames = 0;
    this._sinceRaise = this._interval;
    this._strength = 0;
  }

  /** Volumes [n] to brow raise [n], 0..1.3. @param {Float32Array} volumes
   * @returns {Float32Array} */
  step(volumes) {
    return volumes.map((volume) => this._raise(volume));
  }

  /** @param {number} volume @returns {number} */
  _raise(volume) {
    this._loudFrames = volume > Math.fround(LOUD) ? this._loudFrames + 1 : 0;
    this._sinceRaise += 1;
    if (this._loudFrames >= this._loudEnough && this._sinceRaise >= this._interval) {
      this._sinceRaise = 0;
      const [least, most] = BROW_STRENGTH;
      this._strength = this._random.uniform(least, most);
    }
    return this._strength * this._rise[Math.min(this._sinceRaise, this._rise.length - 1)];
  }
}
