/**
 * How the head moves: a slow sway all the time, and nods on what is stressed.
 * (runtime/a2e/post/head.py tells whose measurements these are.)
 *
 * Every angle is a target seen through two one-pole low passes in a row. Their response is never
 * negative and sums to 1, so no angle leaves the bounds of its targets, and all come back to rest.
 */

import { framesIn } from "./stages.js";

/** @typedef {import("../random.js").Random} Random */
/** @typedef {number[]} Pose Yaw, pitch and roll, radians. */

/** @param {number} degrees @returns {number} */
const radians = (degrees) => degrees * (Math.PI / 180);

/** Greatest sway in yaw, pitch and roll. */
export const SWAY = [4.0, 2.5, 2.0].map(radians);
/** Fewest and most seconds from one posture to the next. */
export const SWAY_WAIT = [1.0, 3.5];
/** Time constant of each of the sway's low passes. */
export const SWAY_SECONDS = 0.45;
/** Share of the sway that is left while the voice rests. */
export const PAUSING = 0.3;

/** Time over which the voice's usual volume is taken. */
export const LOUDNESS_SECONDS = 1.5;
/** How far over its usual volume a syllable is stressed. */
export const STRESS = 1.5;
/** Fewest seconds from one nod to the next. */
export const STRESS_INTERVAL = 0.9;
/** Share of stressed syllables that get a nod. */
export const NODS = 0.6;
/** Least and greatest depth of a nod's target. */
export const NOD = [2.0, 5.0].map(radians);
/** Time that a nod goes down, seconds. */
export const NOD_PUSH = 0.17;
/** Time constant of each of a nod's low passes. */
export const NOD_SECONDS = 0.07;

/** Bounds of yaw, pitch and roll, radians: no angle is ever greater. */
export const MOST = [SWAY[0], SWAY[1] + NOD[1], SWAY[2]];

/**
 * The head's pose, frame by frame at `fps`. Sway and nods have a substream each.
 *
 * Yaw turns to the face's own left, pitch lowers the chin, roll leans to its own right: rotations
 * by the right hand about axes to the face's left, up, and to the viewer.
 */
export class Head {
  /** @param {Random} random @param {number} fps */
  constructor(random, fps) {
    this._postures = random.spawn();
    this._nods = random.spawn();
    this._fps = fps;
    this._stresses = new Stresses(fps);
    /** @type {Pose} */
    this._posture = [0, 0, 0];
    this._untilPosture = 0;
    this._sway = SWAY.map(() => new Glide(SWAY_SECONDS, fps));
    this._pushFrames = framesIn(NOD_PUSH, fps);
    this._depth = 0; // of the present nod
    this._push = 0; // frames that it still goes down
    this._nod = new Glide(NOD_SECONDS, fps);
  }

  /** Volumes and whether the voice rests, [n] both, to poses [n].
   * @param {Float32Array} volumes @param {boolean[]} rests @returns {Pose[]} */
  step(volumes, rests) {
    return rests.map((rest, frame) => this._next(volumes[frame], rest));
  }

  /** @param {number} volume @param {boolean} resting @returns {Pose} */
  _next(volume, resting) {
    this._untilPosture -= 1;
    if (this._untilPosture < 0) this._drawPosture();
    const share = resting ? PAUSING : 1;
    const [yaw, pitch, roll] = this._sway.map((glide, i) => glide.step(share * this._posture[i]));
    return [yaw, pitch + this._nodding(volume, resting), roll];
  }

  /** The time until the next posture, then yaw, pitch and roll of this one. */
  _drawPosture() {
    const [least, most] = SWAY_WAIT.map((seconds) => framesIn(seconds, this._fps));
    this._untilPosture = this._postures.integer(least, most);
    this._posture = SWAY.map((greatest) => this._postures.uniform(-greatest, greatest));
  }

  /** @param {number} volume @param {boolean} resting @returns {number} */
  _nodding(volume, resting) {
    if (this._stresses.step(volume, resting)) {
      const nods = this._nods.random() < NODS;
      const [least, greatest] = NOD;
      this._depth = this._nods.uniform(least, greatest);
      this._push = nods ? this._pushFrames : 0;
    }
    this._push -= 1;
    return this._nod.step(this._push >= 0 ? this._depth : 0);
  }
}

/** Finds where a syllable begins that is louder than the voice is as a rule. */
export class Stresses {
  /** @param {number} fps */
  constructor(fps) {
    this._follow = 1 - Math.exp(-1 / (LOUDNESS_SECONDS * fps));
    this._interval = framesIn(STRESS_INTERVAL, fps);
    this._usual = 0;
    this._since = this._interval;
    this._wasLoud = false;
  }

  /** Whether a stressed syllable begins with the frame of this volume.
   * @param {number} volume @param {boolean} resting @returns {boolean} */
  step(volume, resting) {
    this._since += 1;
    const loud = !resting && volume > STRESS * this._usual;
    const begins = loud && !this._wasLoud && this._since >= this._interval;
    this._wasLoud = loud;
    if (!resting) this._usual += this._follow * (volume - this._usual);
    if (begins) this._since = 0;
    return begins;
  }
}

/** Two one-pole low passes in a row, with a time constant in seconds, from 0. */
export class Glide {
  /** @param {number} seconds @param {number} fps */
  constructor(seconds, fps) {
    this._share = 1 - Math.exp(-1 / (seconds * fps));
    this._first = 0;
    this._second = 0;
  }

  /** The next frame's value. @param {number} target @returns {number} */
  step(target) {
    this._first += this._share * (target - this._first);
    this._second += this._share * (this._first - this._second);
    return this._second;
  }
}
