/** Which frame belongs to which time of a speech. */

import { mix } from "./easing.js";

/** @typedef {ArrayLike<number>} Row Weights of one frame, 0..1, one for each channel. */

/** The frames of one speech. Only a new speech gets a new, empty buffer. */
export class FrameBuffer {
  /** @param {number} fps frames a second @param {number} channels weights in a frame */
  constructor(fps, channels) {
    this.fps = fps;
    this.channels = channels;
    /** Frames by their number, [channels] each; there may be holes. @type {Float32Array[]} */
    this.rows = [];
    /** Frames known from the first on without a hole. */
    this.known = 0;
  }

  /** Puts frames `first`, `first + 1`, … in their places; frames that are there are replaced.
   * @param {number} first number of the first one @param {Iterable<Row>} rows [n, channels] */
  add(first, rows) {
    let index = first;
    for (const row of rows) {
      if (row.length !== this.channels) {
        throw new RangeError(`a frame has ${this.channels} weights; got ${row.length}`);
      }
      this.rows[index] = Float32Array.from(row);
      index += 1;
    }
    while (this.rows[this.known]) this.known += 1;
  }

  /** Seconds for which frames are known without a hole. */
  get seconds() {
    return this.known / this.fps;
  }

  /** The frame that belongs to a time, or the last known one before it; -1 if there is none.
   * @param {number} time s of the speech @returns {number} */
  indexAt(time) {
    // A millionth of a frame makes up for sums of seconds that end a hair before a frame's start.
    let index = Math.min(Math.floor(time * this.fps + 1e-6), this.rows.length - 1);
    while (index >= 0 && !this.rows[index]) index -= 1;
    return index;
  }

  /** Weights at a time: the frame's own at its start, and on to the next frame if that is known.
   * @param {number} time s of the speech @param {boolean} between
   * @returns {Float32Array | null} [channels] */
  at(time, between) {
    const index = this.indexAt(time);
    if (index < 0) return null;
    const [row, next] = [this.rows[index], this.rows[index + 1]];
    const share = time * this.fps - index;
    return between && next && share < 1 ? mix(row, next, Math.max(0, share)) : row;
  }
}
