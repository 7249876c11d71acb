/** Samples as callers give them: what can be taken, and how channels become one. */

import { AudioError, AudioTypeError } from "../errors.js";

/** Full scale of int16 samples. */
export const INT16_SCALE = 32_768;
export const MAX_CHANNELS = 64;
/** Float samples beyond this are int16 values that were never scaled (speech is in [-1, 1]). */
export const MAX_PEAK = 16;
/** Lowest and highest sample rate taken, Hz. */
export const RATES = [8_000, 192_000];

/** @typedef {Float32Array | Int16Array} Samples [n * channels], interleaved. */

/** A sample rate in Hz as it is. @param {number} rate @returns {number}
 * @throws {AudioError} for one that can't be */
export function checkRate(rate) {
  const [low, high] = RATES;
  if (!Number.isInteger(rate) || rate < low || rate > high) {
    throw new AudioError(
      `sample rate must be a whole number from ${low} to ${high} Hz; got ${String(rate)}`,
    );
  }
  return rate;
}

/** Checks that samples are such as `downmix` can take. @param {Samples} samples
 * @param {number} [channels] 1 to 64 @throws {AudioError} or an AudioTypeError for others */
export function checkSamples(samples, channels = 1) {
  if (!(samples instanceof Float32Array || samples instanceof Int16Array)) {
    throw new AudioTypeError(
      `samples must be a Float32Array or an Int16Array; got ${kindOf(samples)}. Convert them first`,
    );
  }
  if (!Number.isInteger(channels) || channels < 1 || channels > MAX_CHANNELS) {
    throw new AudioTypeError(
      `channels must be a whole number from 1 to ${MAX_CHANNELS}; got ${String(channels)}`,
    );
  }
  if (samples.length % channels) {
    throw new AudioTypeError(
      `${channels} interleaved channels need a multiple of ${channels} samples; got ${samples.length}`,
    );
  }
  if (samples instanceof Float32Array) checkPeak(peakOf(samples));
}

/** @param {unknown} value @returns {string} */
function kindOf(value) {
  return Object(value) === value ? Object(value).constructor.name : String(value);
}

/** The greatest magnitude; NaN if there is one. @param {Float32Array} samples @returns {number} */
function peakOf(samples) {
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    const size = Math.abs(samples[i]);
    if (!(size <= peak)) peak = size;
    if (Number.isNaN(peak)) break;
  }
  return peak;
}

/** @param {number} peak */
function checkPeak(peak) {
  if (!Number.isFinite(peak)) {
    throw new AudioError("samples hold NaN or infinity; find where they come from");
  }
  if (peak > MAX_PEAK) {
    throw new AudioError(
      `float samples must be in [-1, 1]; got a peak of ${peak.toFixed(0)}. ` +
        `Divide by ${INT16_SCALE}, or pass them as an Int16Array`,
    );
  }
}

/** What a sample of 1 is divided by. @param {Samples} samples @returns {number} */
export function scaleOf(samples) {
  return samples instanceof Int16Array ? INT16_SCALE : 1;
}

/** The mean of the channels, [n] in [-1, 1]. @param {Samples} samples that have been checked
 * @param {number} [channels] @returns {Float32Array} */
export function downmix(samples, channels = 1) {
  const scale = scaleOf(samples);
  const mono = new Float32Array(samples.length / channels);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += samples[i * channels + c];
    mono[i] = sum / channels / scale;
  }
  return mono;
}
