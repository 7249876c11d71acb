/**
 * Where the eyes look: mostly at the viewer, now and then away, never quite still.
 *
 * Two clocks run side by side: stays at the viewer and away from them, and within a stay fixations.
 * runtime/a2e/post/gaze.py tells whose measurements these are, docs/architecture.md the order of
 * draws. Directions are in degrees, [yaw, pitch]: yaw grows to the face's own left, pitch upwards,
 * and [0, 0] meets the viewer.
 */

import { columns, framesIn } from "./stages.js";

/** @typedef {import("../random.js").Random} Random */
/** @typedef {number[]} Direction Yaw and pitch, degrees. */

/** Mean and standard deviation of stays, seconds. */
export const LENGTHS = {
  talking: { viewer: [93.9 / 30, 94.9 / 30], away: [27.8 / 30, 24.0 / 30] },
  listening: { viewer: [237.5 / 30, 47.1 / 30], away: [13.0 / 30, 7.1 / 30] },
};
/** Degrees over which saccades become rarer by e. */
export const SIZE_FALL = 6.9;
/** Least and greatest way to a stay away, degrees. */
export const SIZES = [2, 15];
/** Per cent of saccades by direction, 45 degrees each: the first is centred on the right, the third
 * on up, the fifth on the left, the seventh on down. */
export const SECTORS = [15.54, 6.46, 17.69, 7.44, 16.8, 7.89, 20.38, 7.79];

/** Both eyes and the mouth of a viewer a metre away. */
export const VIEWER = [
  [1.8, 0],
  [-1.8, 0],
  [0, -4],
];
/** Least length of a fixation within a stay, and what it lasts longer on average, seconds. */
export const FIXATION = [0.25, 0.55];
/** Greatest distance of a fixation from its place in yaw and in pitch, degrees. */
export const STRAY = 0.5;

/** A saccade's duration, s: so much, */
export const LATENCY = 0.021;
/** and so much a degree. */
export const PER_DEGREE = 0.0022;
/** Seconds by which a way of at least so many degrees from the viewer comes sooner if a blink
 * begins. */
export const WITH_BLINK = [1, 5];

/** Degrees that a weight of 1 stands for. */
export const FULL = 30;
/** The shapes that turn the eyes: for each eye to the face's left, to its right, up, down. */
export const EYES = [
  ...["eyeLookOutLeft", "eyeLookInLeft", "eyeLookUpLeft", "eyeLookDownLeft"],
  ...["eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeLookDownRight"],
];
/** What they give for a degree of yaw and of pitch, times `FULL`; once more for the other eye. */
const TURNS = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];

/** Directions of both eyes, frame by frame at `fps`. */
export class Gaze {
  /** @param {Random} random @param {number} fps */
  constructor(random, fps) {
    this._random = random;
    this._fps = fps;
    /** @type {"viewer" | "away"} */
    this._place = "viewer";
    this._resting = true;
    this._shut = false;
    /** @type {Direction} */
    this._from = [0, 0];
    /** @type {Direction} */
    this._to = [0, 0];
    this._saccade = Infinity; // frames since the last one began
    /** Of the stay's fixations. @type {Direction} */
    this._centre = [0, 0];
    /** Where the next stay away will be. @type {Direction} */
    this._away = [0, 0];
    this._stay = 0; // frames left
    this._fixation = 0;
    this._beginStay();
  }

  /** Whether the voice rests and how shut the lids are in blinks, [n] both, to directions [n].
   * @param {boolean[]} rests @param {Float32Array} lids @returns {Direction[]} */
  step(rests, lids) {
    return rests.map((rest, frame) => this._next(rest, lids[frame] > 0));
  }

  /** @param {boolean} resting @param {boolean} shut @returns {Direction} */
  _next(resting, shut) {
    const speaksUp = this._resting && !resting;
    const blinks = shut && !this._shut;
    this._resting = resting;
    this._shut = shut;
    if (speaksUp && this._place === "viewer") this._beginStay();
    else if (this._stay <= 0 || (blinks && this._goesWithBlink())) this._changePlace();
    else if (this._fixation <= 0) this._fixate();
    this._stay -= 1;
    this._fixation -= 1;
    return this._direction();
  }

  /** @returns {boolean} */
  _goesWithBlink() {
    const [soon, far] = WITH_BLINK;
    const isSoon = this._place === "viewer" && this._stay <= framesIn(soon, this._fps);
    return isSoon && Math.hypot(...this._away) >= far;
  }

  _changePlace() {
    const leaves = this._place === "viewer";
    this._place = leaves ? "away" : "viewer";
    this._centre = leaves ? this._away : [0, 0];
    this._beginStay();
    this._fixate();
  }

  /** Draws a stay's length and, at the viewer, the way that will end it. */
  _beginStay() {
    const [mean, deviation] = LENGTHS[this._resting ? "listening" : "talking"][this._place];
    this._stay = this._drawFrames(Math.max(0, mean - deviation), Math.min(mean, deviation));
    if (this._place === "viewer") this._away = this._drawWay();
  }

  /** A time of `least` seconds and an exponential one of `more` on average, in frames.
   * @param {number} least @param {number} more @returns {number} */
  _drawFrames(least, more) {
    return framesIn(least - more * Math.log(1 - this._random.random()), this._fps);
  }

  /** Size, then sector, then the angle within it. @returns {Direction} */
  _drawWay() {
    const [least, most] = SIZES;
    const share = this._random.random() * (1 - Math.exp((least - most) / SIZE_FALL));
    const size = least - SIZE_FALL * Math.log(1 - share);
    const sector = this._drawSector();
    const angle = 45 * (sector + this._random.uniform(-0.5, 0.5)) * (Math.PI / 180);
    return [-size * Math.cos(angle), size * Math.sin(angle)];
  }

  /** @returns {number} */
  _drawSector() {
    let rest = this._random.random() * SECTORS.reduce((sum, share) => sum + share, 0);
    for (const [sector, share] of SECTORS.entries()) {
      if (rest < share) return sector;
      rest -= share;
    }
    return SECTORS.length - 1;
  }

  /** Begins a saccade to the stay's next fixation: its place, where it strays, its length. */
  _fixate() {
    const place =
      this._place === "viewer" ? VIEWER[this._random.integer(0, VIEWER.length - 1)] : this._centre;
    this._from = this._direction();
    this._to = place.map((angle) => angle + this._random.uniform(-STRAY, STRAY));
    this._saccade = 0;
    const [least, more] = FIXATION;
    this._fixation = this._drawFrames(least, more);
  }

  /** The direction in the middle of the frame; a saccade's speed rises and falls evenly.
   * @returns {Direction} */
  _direction() {
    const [yaw, pitch] = this._from;
    const [toYaw, toPitch] = this._to;
    const duration = LATENCY + PER_DEGREE * Math.hypot(toYaw - yaw, toPitch - pitch);
    const time = Math.min(1, (this._saccade + 0.5) / this._fps / duration);
    const share = time * (time * (3 - 2 * time));
    this._saccade += 1;
    return [yaw + share * (toYaw - yaw), pitch + share * (toPitch - pitch)];
  }
}

/** A direction of the eyes as weights of those `EYES` that a model has. */
export class EyeShapes {
  /** @param {string[]} shapes */
  constructor(shapes) {
    /** Where they stand among the shapes. */
    this.columns = columns(shapes, EYES);
    this._turns = EYES.map((name, i) => ({ name, turn: TURNS[i % TURNS.length] }))
      .filter(({ name }) => shapes.includes(name))
      .map(({ turn }) => turn.map((share) => share / FULL));
  }

  /** Weights [columns], from 0 up. @param {Direction} direction @returns {number[]} */
  weights([yaw, pitch]) {
    return this._turns.map(([left, up]) => Math.max(yaw * left + pitch * up, 0));
  }
}
