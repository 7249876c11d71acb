/** Tones and chords, which no mouth makes, told from voices frame by frame. */

import { roundHalfEven } from "../numbers.js";
import { Fft } from "./fft.js";
import { edgesOf } from "./stages.js";

/** Hz in which tones are looked for. */
export const BAND = [200, 3400];
/** Share of the mean power that is added to every bin. */
export const LEAKAGE = 1e-9;
/** Flatness, dB, under which one frame is a mixture of pure tones. */
export const PURE = -55;
export const STEADY_SECONDS = 0.3;
/** Likeness of the last spectra to each other, above which they are one sound that is held. */
export const STEADY = 0.95;
/** Mean flatness, dB, under which what is held is a tone: a vowel stays above. */
export const STEADY_FLATNESS = -32;

/**
 * One stream's detector at `rate` Hz and `fps`.
 *
 * A frame is pure if its spectrum is far from flat, a time steady if its spectra are alike. Voices
 * have a breath of noise, and move.
 */
export class ToneDetector {
  /** @param {number} rate @param {number} fps */
  constructor(rate, fps) {
    const size = 2 ** Math.floor(Math.log2(rate / fps)); // samples of a frame that are looked at
    this._fft = new Fft(size);
    this._window = Float64Array.from(
      { length: size },
      (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size),
    );
    const [low, high] = BAND.map((hertz) => roundHalfEven((hertz * size) / rate));
    this._low = low;
    this._high = high;
    this._fade = Math.exp(-1 / (STEADY_SECONDS * fps));
    this._meanSpectrum = new Float64Array(high + 1 - low);
    this._meanFlatness = 0;
  }

  /** The audio of `frames` frames to which of them are tones.
   * @param {Float32Array} audio @param {number} frames @returns {boolean[]} */
  step(audio, frames) {
    const [, ...ends] = edgesOf(audio.length, frames);
    return ends.map((end) => {
      const powers = this._powers(audio.subarray(end - this._fft.size, end));
      const count = powers.length;
      const mean = ((1 + LEAKAGE) * sumOf(powers)) / count + 1e-30;
      const lifted = powers.map((power) => power + LEAKAGE * mean + 1e-30);
      const flatness = 10 * (sumOf(lifted.map(Math.log10)) / count - Math.log10(mean));
      const spectrum = lifted.map((power) => Math.sqrt(power / (mean * count))); // of length 1
      return this._isTone(flatness, spectrum);
    });
  }

  /** Powers of the band's bins. @param {Float32Array} span @returns {Float64Array} [bins] */
  _powers(span) {
    const windowed = this._window.map((share, n) => share * span[n]);
    return this._fft.powers(windowed).subarray(this._low, this._high + 1);
  }

  /** @param {number} flatness @param {Float64Array} spectrum @returns {boolean} */
  _isTone(flatness, spectrum) {
    const share = 1 - this._fade;
    this._meanSpectrum = this._meanSpectrum.map((mean, k) => mean + share * (spectrum[k] - mean));
    this._meanFlatness += share * (flatness - this._meanFlatness);
    const likeness = Math.sqrt(sumOf(this._meanSpectrum.map((mean) => mean * mean)));
    const steady = likeness > STEADY && this._meanFlatness < STEADY_FLATNESS;
    return flatness < PURE || steady;
  }
}

/** @param {Float64Array} values @returns {number} */
function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
