/**
 * The random numbers of blinks and brows: the generator of runtime/a2e/random.py.
 *
 * xoshiro128** 1.1, seeded by MurmurHash3's finalizer; docs/architecture.md has it written down,
 * with test vectors.
 */

import { OptionError } from "./errors.js";

/** 2^32 divided by the golden ratio. */
export const STRIDE = 0x9e3779b9;
/** Bits of a drawn float: all that float32 holds exactly. */
export const FLOAT_BITS = 24;

/** @typedef {number | bigint} Seed A whole number from 0 up. */

/** A stream of draws. */
export class Random {
  _key = 0;
  _children = 0;
  _state = [0, 0, 0, 0];

  /** @param {Seed | null} [seed] null draws one from the system
   * @throws {OptionError} for a seed that can't be */
  constructor(seed = null) {
    this._begin(keyOf(seed === null ? systemSeed() : whole(seed)));
  }

  /** @param {number} key */
  _begin(key) {
    this._key = key;
    this._children = 0;
    this._state = [1, 2, 3, 4].map((number) => mix(key + Math.imul(STRIDE, number)));
  }

  /** The next substream, independent of this one's draws and of its other substreams.
   * @returns {Random} */
  spawn() {
    this._children += 1;
    const child = new Random(0);
    child._begin(fold(this._key, this._children));
    return child;
  }

  /** A whole number from 0 to 2^32 - 1. @returns {number} */
  uint32() {
    let [a, b, c, d] = this._state;
    const drawn = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    this._state = [a, b, c ^ shifted, rotate(d, 11)];
    return drawn;
  }

  /** A number in [0, 1): the upper 24 bits of a draw, over 2^24. @returns {number} */
  random() {
    return (this.uint32() >>> (32 - FLOAT_BITS)) / 2 ** FLOAT_BITS;
  }

  /** A number in [low, high). @param {number} low @param {number} high @returns {number} */
  uniform(low, high) {
    return low + (high - low) * this.random();
  }

  /** A whole number from `low` to `high`, both among them, at most 2^24 values.
   * @param {number} low @param {number} high @returns {number} */
  integer(low, high) {
    return low + Math.floor((high - low + 1) * this.random());
  }
}

/** 64 bits that nobody chose. @returns {bigint} */
function systemSeed() {
  return crypto.getRandomValues(new BigUint64Array(1))[0];
}

/** @param {Seed} seed @returns {bigint} */
function whole(seed) {
  const isWhole = typeof seed === "bigint" || Number.isSafeInteger(seed);
  if (!isWhole || seed < 0) {
    throw new OptionError(
      `seed must be a whole number from 0 up, a bigint from 2^53 up; got ${String(seed)}`,
    );
  }
  return BigInt(seed);
}

/** The 32-bit words of a seed, least first, folded into one. @param {bigint} seed
 * @returns {number} */
function keyOf(seed) {
  let key = 0;
  let rest = seed;
  do {
    key = fold(key, Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest);
  return key;
}

/** @param {number} key @param {number} word @returns {number} */
function fold(key, word) {
  return mix((key ^ word) + STRIDE);
}

/** MurmurHash3's 32-bit finalizer. @param {number} number its lower 32 bits count
 * @returns {number} int32 */
function mix(number) {
  let word = number | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

/** @param {number} word @param {number} count @returns {number} int32 */
function rotate(word, count) {
  return (word << count) | (word >>> (32 - count));
}
