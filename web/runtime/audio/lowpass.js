/**
 * The resampler's low-pass: a Kaiser-windowed sinc, as runtime/a2e/audio/lowpass.py defines it.
 *
 * Samples and taps are whole numbers there, of which float64 holds every sum exactly: in any order
 * of additions. So Python's and these samples are the same to the last bit, but where a tap falls
 * on another side of a half: a difference of 2^-24.
 */

import { roundHalfEven } from "../numbers.js";
import { dots, seriesDot } from "./products.js";

/** Binary places that are kept of samples. */
export const SAMPLE_BITS = 23;
/** Binary places that are kept of taps. */
export const TAP_BITS = 24;
/** Samples at the new rate whose taps share a phase where they are interpolated. */
export const BLOCK = 32;
/** Most phases of a block; where there are more, taps are interpolated. */
export const MAX_PHASES = 32;
/** Of that interpolation. */
export const DEGREE = 9;

/** The windowed sinc: samples of the lower rate from its middle to its end, the middle of its
 * transition as a share of half that rate, and the window's shape. */
export const LOWPASS = { halfWidth: 56, rolloff: 61 / 64, beta: 8.22 };

/** Where the samples of a new rate lie among those of an old one, in lowest terms. */
export class Ratio {
  /** @param {number} rate Hz @param {number} target Hz */
  constructor(rate, target) {
    const common = gcd(rate, target);
    /** L: samples at the new rate in the shortest time that holds whole samples of both. */
    this.up = target / common;
    /** M: samples at the old rate in that time. */
    this.down = rate / common;
    /** Blocks until one lies again as the first one does. */
    this.phases = this.up / gcd(this.up, BLOCK);
    /** H in units of 1 / L samples at the old rate, rounded up. */
    this.reach = Math.ceil(LOWPASS.halfWidth * Math.max(this.up, this.down));
    /** Time after a sample that its value depends on, in the same units. */
    this.margin = this.reach + (this.phases > MAX_PHASES ? this.up : 0);
    /** H, rounded up. */
    this.lead = Math.ceil(this.reach / this.up);
  }

  /** The last sample at the old rate that is not later than sample `m` at the new one.
   * @param {number} m @returns {number} */
  position(m) {
    return Math.floor((m * this.down) / this.up);
  }

  /** Samples at the new rate that no sample after the first `samples` can change.
   * @param {number} samples @returns {number} */
  settled(samples) {
    return Math.max(0, Math.floor((samples * this.up - this.margin) / this.down) + 1);
  }

  /** Samples at the new rate of a signal that ends after `samples`.
   * @param {number} samples @returns {number} */
  total(samples) {
    return Math.ceil((samples * this.up) / this.down);
  }

  /** g, at a distance in samples at the old rate. @param {number} distance @returns {number} */
  tap(distance) {
    const low = Math.min(this.up, this.down) / this.down;
    const cutoff = LOWPASS.rolloff * low; // 2 c
    const share = (distance * low) / LOWPASS.halfWidth;
    const inside = 1 - share * share;
    if (inside <= 0) return 0;
    return cutoff * sinc(cutoff * distance) * (i0(LOWPASS.beta * Math.sqrt(inside)) / PEAK);
  }
}

/**
 * @typedef {object} Lowpass The filter of a ratio.
 * @property {(input: Float64Array, first: number, from: number, to: number) => Float64Array} filter
 *   gives the samples [from, to) at the new rate, of an input at the old one that begins with
 *   sample `first` and has zeros after its end; all in fixed point.
 */

/** Taps for each phase of a sample. @implements {Lowpass} */
export class Phases {
  /** @param {Ratio} ratio */
  constructor(ratio) {
    this._ratio = ratio;
    const width = 2 * ratio.lead + 1;
    this._taps = Array.from({ length: ratio.up }, (_, phase) =>
      Float64Array.from({ length: width }, (_, place) => {
        const ticks = phase - (place - ratio.lead) * ratio.up;
        return fixedPoint(ratio.tap(ticks / ratio.up), TAP_BITS);
      }),
    );
  }

  /** @type {Lowpass["filter"]} */
  filter(input, first, from, to) {
    const { up, down, lead } = this._ratio;
    const samples = new Float64Array(to - from);
    for (let i = 0; i < Math.min(up, samples.length); i++) {
      const taps = this._taps[((from + i) * down) % up];
      const start = this._ratio.position(from + i) - lead - first;
      dots(taps, input, { start, step: down }, samples, { start: i, step: up });
    }
    return samples;
  }
}

/** Chebyshev series of a block's phase, from -1 to 1 between two samples at the old rate, for the
 * taps of each of its samples. @implements {Lowpass} */
export class Polynomials {
  /** @param {Ratio} ratio */
  constructor(ratio) {
    this._ratio = ratio;
    this._columns = Array.from({ length: BLOCK }, (_, column) => seriesOf(ratio, column));
  }

  /** @type {Lowpass["filter"]} */
  filter(input, first, from, to) {
    const { up, down, lead } = this._ratio;
    const samples = new Float64Array(to - from);
    for (let m = from; m < to; ) {
      const block = m - (m % BLOCK);
      const start = this._ratio.position(block) - lead - first;
      const shares = chebyshev((((block * down) % up) / up) * 2 - 1);
      for (const end = Math.min(to, block + BLOCK); m < end; m++) {
        const { place, series } = this._columns[m - block];
        samples[m - from] = seriesDot(series, shares, input, start + place);
      }
    }
    return samples;
  }
}

/** The taps of a block's sample: where in the block's window they begin, and their series, tap by
 * tap. @param {Ratio} ratio @param {number} column the sample's place
 * @returns {{place: number, series: Float64Array}} */
function seriesOf(ratio, column) {
  const middle = (column * ratio.down) / ratio.up;
  const place = Math.floor(middle);
  const nodes = Array.from({ length: DEGREE + 1 }, (_, k) => node(k));
  const shares = nodes.map(chebyshev);
  const series = [];
  for (let k = 0; k < 2 * ratio.lead + 2; k++) {
    const distance = middle - (place + k - ratio.lead);
    const taps = nodes.map((at) => ratio.tap((at + 1) / 2 + distance));
    for (let degree = 0; degree <= DEGREE; degree++) {
      const scale = (degree ? 2 : 1) / nodes.length;
      const sum = taps.reduce((total, tap, n) => total + scale * shares[n][degree] * tap, 0);
      series.push(fixedPoint(sum, TAP_BITS));
    }
  }
  return { place, series: Float64Array.from(series) };
}

/** Chebyshev points of the first kind, least first. @param {number} k @returns {number} */
function node(k) {
  return Math.sin(((0.5 * Math.PI) / (DEGREE + 1)) * (2 * k - DEGREE));
}

/** Chebyshev polynomials of all degrees at a point. @param {number} x @returns {number[]} */
function chebyshev(x) {
  const values = [1, x];
  for (let degree = 2; degree <= DEGREE; degree++) {
    values.push(values[degree - 1] * (2 * x) - values[degree - 2]);
  }
  return values;
}

/** A value in units of 2^-bits, rounded to a whole one. @param {number} value
 * @param {number} bits @returns {number} */
export function fixedPoint(value, bits) {
  return roundHalfEven(value * 2 ** bits);
}

/** sin(pi x) / (pi x). @param {number} x @returns {number} */
function sinc(x) {
  const angle = Math.PI * x;
  return x === 0 ? 1 : Math.sin(angle) / angle;
}

/** The modified Bessel function of order 0, by its power series (Abramowitz & Stegun 9.6.12).
 * @param {number} x @returns {number} */
function i0(x) {
  let sum = 1;
  for (let k = 1, term = 1; term > sum * 1e-17; k++) {
    term *= (x * x) / (4 * k * k);
    sum += term;
  }
  return sum;
}

const PEAK = i0(LOWPASS.beta);

/** @param {number} a @param {number} b @returns {number} */
function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}

const KEPT = 16;
/** The filters made last, by their ratio. @type {Map<string, Lowpass>} */
const kept = new Map();

/** The filter of a ratio, shared by all its resamplers. @param {Ratio} ratio @returns {Lowpass} */
export function lowpass(ratio) {
  const key = `${ratio.up}/${ratio.down}`;
  const made =
    kept.get(key) ?? (ratio.phases > MAX_PHASES ? new Polynomials(ratio) : new Phases(ratio));
  kept.delete(key);
  kept.set(key, made);
  if (kept.size > KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
  return made;
}
