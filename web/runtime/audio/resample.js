/** One voice's way to another sample rate, without seams at chunk edges. */

import { BLOCK, fixedPoint, lowpass, Ratio, SAMPLE_BITS, TAP_BITS } from "./lowpass.js";

/** What a filtered sample of 1 is worth. */
export const UNIT = 2 ** -(SAMPLE_BITS + TAP_BITS);

/**
 * A signal from one rate to another, as runtime/a2e/audio/lowpass.py defines it.
 *
 * Sample m stands at the time m / target. N samples give ceil(N * target / rate), and any cutting
 * of the input gives equal output.
 */
export class Resampler {
  /** @param {number} rate Hz @param {number} target Hz
   * @param {{batch?: number}} [options] samples come `batch` at a time, for whoever can't use fewer:
   *   small chunks are then cheap */
  constructor(rate, target, { batch = 1 } = {}) {
    this._batch = batch;
    this._ratio = new Ratio(rate, target);
    this._first = -this._ratio.lead; // the sample at the old rate that the input begins with
    this._input = new Float64Array(this._ratio.lead);
    this._taken = 0;
    this._given = 0;
  }

  /** Samples [n] at the one rate to [m] at the other, as far as they are known.
   * @param {Float32Array} samples @returns {Float32Array} */
  push(samples) {
    if (this._ratio.up === this._ratio.down) return samples;
    this._keep(samples);
    this._taken += samples.length;
    const settled = this._ratio.settled(this._taken);
    return this._give(settled - (settled % this._batch));
  }

  /** The samples still held back; ends the signal. @returns {Float32Array} */
  finish() {
    return this._give(this._ratio.total(this._taken));
  }

  /** What `finish` would give; the signal goes on. @returns {Float32Array} */
  rest() {
    return this._between(this._given, this._ratio.total(this._taken));
  }

  /** @param {Float32Array} samples */
  _keep(samples) {
    const before = this._input;
    this._input = new Float64Array(before.length + samples.length);
    this._input.set(before);
    for (let i = 0; i < samples.length; i++) {
      this._input[before.length + i] = fixedPoint(samples[i], SAMPLE_BITS);
    }
  }

  /** The samples from the first one due up to `end`; forgets what no later one needs.
   * @param {number} end @returns {Float32Array} */
  _give(end) {
    const samples = this._between(this._given, end);
    this._given += samples.length;
    const block = this._given - (this._given % BLOCK);
    const first = this._ratio.position(block) - this._ratio.lead;
    this._input = this._input.slice(first - this._first);
    this._first = first;
    return samples;
  }

  /** Samples [start, end) at the new rate; none before those that are due.
   * @param {number} start @param {number} end @returns {Float32Array} */
  _between(start, end) {
    if (end <= start) return new Float32Array(0);
    const samples = lowpass(this._ratio).filter(this._input, this._first, start, end);
    return new Float32Array(samples.map((sample) => sample * UNIT));
  }
}

/** The most that a resampler with batches of 1 holds back, in seconds.
 * @param {number} rate Hz @param {number} target Hz @returns {number} */
export function resamplerDelay(rate, target) {
  if (rate === target) return 0;
  const ratio = new Ratio(rate, target);
  return ratio.margin / ratio.up / rate;
}
