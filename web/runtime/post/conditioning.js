/**
 * What the live profile does to the audio before the network hears it: offset, then level.
 *
 * Both go by blocks of 20 ms counted from the stream's start. A block's measurements decide the
 * offset and the gain at the next block's end, between which they run in a line.
 * docs/conditioning.md holds the recurrences and test vectors.
 */

import { deepCopy } from "../copy.js";
import { clip } from "../numbers.js";

/** @typedef {import("./profile.js").Conditioner} Conditioner */

/** Blocks in a second. */
export const BLOCKS = 50;

/** In which the past fades from the mean that is taken away. */
export const OFFSET_SECONDS = 0.5;

/** Blocks whose mean power is the level. */
export const LEVEL_BLOCKS = 2;
/** Least noise floor, dB of full scale (RMS). */
export const FAINTEST = -90;
/** How fast the noise floor follows a louder room, dB a second; a quieter one at once. */
export const FLOOR_RISE = 5;
/** dB over the noise floor at which a sound begins. */
export const SOUND_MARGIN = 9;
/** Blocks that a sound lasts before it counts: clicks don't. */
export const SOUND_BLOCKS = 2;
/** Share of its way to the level that the loudness goes in a block, upwards. */
export const ATTACK = 0.7;
/** The same, downwards (2 s). */
export const RELEASE = 0.01;
/** dB that it falls in a block, at most (4 dB a second). */
export const MOST_RELEASE = 0.08;
/** dB under the loudness at which speech keeps it; only fainter sounds bring it down. */
export const CREST = 8;
/** Loudness, dB, to which a voice is lifted at once. */
export const FAINT = -45;
/** Loudness, dB, to which it is lifted in time. */
export const USUAL = -20;
/** How fast in time is, dB a second of sound. */
export const LIFT_RISE = 20;
/** Blocks of sound before that begins (0.5 s): a breath before the first word is over then. */
export const SETTLED_BLOCKS = 25;
/** dB. */
export const MOST_LIFT = 50;
/** Loudness, dB, down to which a louder voice is brought: a full sine's. */
export const LOUDEST = -3;
/** dB to which a gain may lift the noise floor: what the gate still takes for silence. */
export const LOUDEST_FLOOR = -44;

/** One stream's conditioner, at `rate` Hz.
 * @implements {Conditioner} */
export class Conditioning {
  /** @param {number} rate */
  constructor(rate) {
    this._size = Math.max(1, Math.floor(rate / BLOCKS));
    this._position = 0; // in the current block
    this._sum = 0;
    this._squares = 0;
    this._offset = new Offset();
    this._loudness = new Loudness();
    /** At the start and at the end of the current block. @type {number[] | null} */
    this._offsets = null;
    this._gains = [1, 1];
  }

  /** Audio [n] to conditioned audio [n]. @param {Float32Array} audio @returns {Float32Array} */
  step(audio) {
    return audio.map((sample) => this._next(sample));
  }

  /** One that goes on from here by itself. @returns {Conditioning} */
  clone() {
    return deepCopy(this);
  }

  /** @param {number} sample @returns {number} */
  _next(sample) {
    this._offsets ??= [sample, sample];
    this._position += 1;
    this._sum += sample;
    this._squares += sample * sample;
    const share = this._position / this._size;
    const centred = sample - between(this._offsets, share);
    const conditioned = clip(centred * between(this._gains, share), -1, 1);
    if (this._position === this._size) this._endBlock(this._offsets);
    return conditioned;
  }

  /** @param {number[]} offsets of the block */
  _endBlock(offsets) {
    const mean = this._sum / this._size;
    const power = Math.max(this._squares / this._size - mean ** 2, 0);
    this._offsets = [offsets[1], this._offset.step(mean)];
    this._gains = [this._gains[1], 10 ** (this._loudness.step(power) / 20)];
    this._position = this._sum = this._squares = 0;
  }
}

/** @param {number[]} ends @param {number} share of the way @returns {number} */
function between(ends, share) {
  return ends[0] + (ends[1] - ends[0]) * share;
}

/** The mean of the audio so far, in which the past fades: S / W with S <- a S + mean and
 * W <- a W + 1. */
export class Offset {
  _sum = 0;
  _count = 0;

  /** Mean of a block to offset. @param {number} mean @returns {number} */
  step(mean) {
    const decay = Math.exp(-1 / (OFFSET_SECONDS * BLOCKS));
    this._sum = decay * this._sum + mean;
    this._count = decay * this._count + 1;
    return this._sum / this._count;
  }
}

/**
 * How loud the voice is, and the gain that brings it to where the network knows it.
 *
 * Only what stands out from the noise floor for a while is measured; in between, and before the
 * first such sound, the gain stays.
 */
export class Loudness {
  constructor() {
    this._powers = Array.from({ length: LEVEL_BLOCKS }, () => 0);
    this._floor = Infinity;
    this._soundBlocks = 0;
    this._settling = SETTLED_BLOCKS;
    /** @type {number | null} */
    this._loudness = null;
    this._lift = 0;
  }

  /** Mean square of a block to gain in dB. @param {number} power @returns {number} */
  step(power) {
    this._powers = [...this._powers.slice(1), power];
    const level = decibelsOf(this._powers.reduce((sum, one) => sum + one, 0) / LEVEL_BLOCKS);
    this._floor = Math.max(FAINTEST, Math.min(level, this._floor + FLOOR_RISE / BLOCKS));
    this._soundBlocks = level > this._floor + SOUND_MARGIN ? this._soundBlocks + 1 : 0;
    if (this._soundBlocks >= SOUND_BLOCKS) this._follow(level);
    if (this._loudness === null) return 0;
    const most = Math.max(0, LOUDEST_FLOOR - this._floor);
    return Math.min(this._lift, most) + Math.min(LOUDEST - this._loudness, 0);
  }

  /** @param {number} level */
  _follow(level) {
    const before = this._loudness ?? level;
    const above = level - before;
    const fall = Math.min(RELEASE * Math.max(-above - CREST, 0), MOST_RELEASE);
    const loudness = before + (ATTACK * Math.max(above, 0) - fall);
    const [low, high] = [FAINT, USUAL].map((to) => clip(to - loudness, 0, MOST_LIFT));
    this._settling = Math.max(0, this._settling - 1);
    const rise = this._settling ? 0 : LIFT_RISE / BLOCKS;
    this._lift = Math.min(Math.max(this._lift + rise, low), high);
    this._loudness = loudness;
  }
}

/** @param {number} power @returns {number} */
export function decibelsOf(power) {
  return 10 * Math.log10(power + 1e-30);
}
