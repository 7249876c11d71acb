/** How open the mouth may be: it rests where the voice does. */

import { framesIn, REST } from "./stages.js";

/** Time in which the mouth comes to rest. */
export const CLOSING_SECONDS = 0.1;
/** Time in which it opens again: full at the first frame that sounds. */
export const OPENING_SECONDS = 0.1;

/**
 * How open the mouth may be: 1 in speech, `REST` where the voice rests.
 *
 * The frames held back (`ahead`) let the mouth begin to open before the first frame that sounds;
 * without any it opens at once.
 */
export class Gate {
  /** @param {number} ahead @param {number} fps */
  constructor(ahead, fps) {
    this._ahead = ahead;
    this._closing = (1 - REST) / framesIn(CLOSING_SECONDS, fps);
    this._opening = (1 - REST) / framesIn(OPENING_SECONDS, fps);
    this._level = REST;
    /** Of the frames held back. @type {number[]} */
    this._levels = [];
  }

  /** Whether the voice rests, and which frames are tones, [n] both, to the factors of the frames
   * that are `ahead` behind, [<= n]. Rest closes the mouth by and by, a tone at once.
   * @param {boolean[]} rests @param {boolean[]} tones @returns {Float32Array} */
  step(rests, tones) {
    rests.forEach((rest, frame) => {
      if (tones[frame]) this._close();
      this._level = rest ? Math.max(REST, this._level - this._closing) : 1;
      this._levels.push(this._level);
      this._anticipate();
    });
    return this._take(this._levels.length - this._ahead);
  }

  /** The factors held back. @returns {Float32Array} */
  finish() {
    return this._take(this._levels.length);
  }

  /** A tone is no voice, nor was what it began with. */
  _close() {
    this._level = REST;
    const count = this._levels.length;
    for (let back = 1; back <= Math.min(this._ahead, count); back++) {
      const most = REST + (back - 1) * this._closing;
      this._levels[count - back] = Math.min(this._levels[count - back], most);
    }
  }

  /** Lets the frames held back lead up to the newest one. */
  _anticipate() {
    const newest = this._levels.length - 1;
    for (let back = 1; back <= Math.min(this._ahead, newest); back++) {
      const least = this._levels[newest] - back * this._opening;
      this._levels[newest - back] = Math.max(this._levels[newest - back], least);
    }
  }

  /** @param {number} count @returns {Float32Array} */
  _take(count) {
    return Float32Array.from(this._levels.splice(0, Math.max(0, count)));
  }
}
