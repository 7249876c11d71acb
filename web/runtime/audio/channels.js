/** Channels that cancel: a downmix that takes the loudest one then. */

import { downmix, scaleOf } from "./samples.js";

/** @typedef {import("./samples.js").Samples} Samples */
/** @typedef {import("../post/profile.js").Downmix} Downmix */

/** Blocks in a second, counted from the stream's start; each decides for the next one. */
export const BLOCKS = 100;
/** Share of the powers that is left after a block (0.1 s). */
export const FADE = 0.9;
/** Power of the mean, of what the loudest channel alone would leave there, below which channels
 * cancel, */
export const CANCELLED = 0.5;
/** and above which they no longer do. */
export const WHOLE = 0.8;
/** How many times another channel's power must be that of the chosen one to be chosen. */
export const LOUDER = 4;

/** The source that is no channel but the mean of all. */
export const MEAN = -1;

/**
 * One stream's downmix at `rate` Hz: the mean, or the loudest channel where it cancels.
 *
 * A change is a fade over one block. Frames do not depend on how the samples were cut.
 * @implements {Downmix}
 */
export class Mixer {
  _position = 0; // in the block
  _sums = new Float64Array(1); // of the channels' squares in the block
  _meanSum = 0;
  _powers = new Float64Array(1);
  _meanPower = 0;
  _before = MEAN;
  _source = MEAN;

  /** @param {number} rate */
  constructor(rate) {
    this._length = Math.floor(rate / BLOCKS);
  }

  /** @param {number} channels */
  _start(channels) {
    this._position = 0;
    this._sums = new Float64Array(channels);
    this._meanSum = 0;
    this._powers = new Float64Array(channels);
    this._meanPower = 0;
    this._before = MEAN;
    this._source = MEAN;
  }

  /** Samples that have been checked, [n * channels], to [n]. @param {Samples} samples
   * @param {number} [channels] @returns {Float32Array} */
  step(samples, channels = 1) {
    const mono = downmix(samples, channels);
    if (channels !== this._powers.length) this._start(channels);
    if (channels === 1) return mono;
    const scale = scaleOf(samples);
    for (let i = 0; i < mono.length; i++) {
      const mean = mono[i];
      mono[i] = this._mixed(samples, i * channels, mean, scale);
      this._measure(samples, i * channels, mean, scale);
    }
    return mono;
  }

  /** A sample of the source; in the block after a change, on the way from the one before.
   * @param {Samples} samples @param {number} at @param {number} mean @param {number} scale
   * @returns {number} */
  _mixed(samples, at, mean, scale) {
    const to = this._source === MEAN ? mean : samples[at + this._source] / scale;
    if (this._source === this._before) return to;
    const from = this._before === MEAN ? mean : samples[at + this._before] / scale;
    const share = Math.fround((this._position + 1) / this._length);
    return from + Math.fround(Math.fround(to - from) * share);
  }

  /** @param {Samples} samples @param {number} at @param {number} mean @param {number} scale */
  _measure(samples, at, mean, scale) {
    for (let c = 0; c < this._sums.length; c++) this._sums[c] += (samples[at + c] / scale) ** 2;
    this._meanSum += mean * mean;
    this._position += 1;
    if (this._position === this._length) this._endBlock();
  }

  _endBlock() {
    this._powers = this._powers.map((power, c) => FADE * power + this._sums[c]);
    this._meanPower = FADE * this._meanPower + this._meanSum;
    this._before = this._source;
    this._source = this._choice();
    this._position = 0;
    this._sums.fill(0);
    this._meanSum = 0;
  }

  /** The source of the next block. @returns {number} */
  _choice() {
    const powers = this._powers;
    const loudest = powers.indexOf(Math.max(...powers));
    const alone = powers[loudest] / powers.length ** 2; // the mean's, were the rest silent
    if (this._source === MEAN) return this._meanPower < CANCELLED * alone ? loudest : MEAN;
    if (this._meanPower > WHOLE * alone) return MEAN;
    return powers[loudest] > LOUDER * powers[this._source] ? loudest : this._source;
  }
}
