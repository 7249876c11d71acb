/**
 * The default profile: upstream's intentions at any hop, without a lag or a seam.
 *
 * Everything works frame by frame on explicit state, so frames do not depend on how they were cut
 * into hops, and nothing reaches back to frames that were already sent.
 */

import { concat } from "../arrays.js";
import { Mixer } from "../audio/channels.js";
import { OptionError } from "../errors.js";
import { HEAD, SPEECH } from "../shapes.js";
import { BROW_PEAKS, BrowRaiser } from "./brows.js";
import { Conditioning } from "./conditioning.js";
import { Gate } from "./gate.js";
import { EyeShapes, Gaze } from "./gaze.js";
import { Head } from "./head.js";
import { choose, Profile, profileOf, State } from "./profile.js";
import { Silence } from "./silence.js";
import { Smoother } from "./smoother.js";
import { columns, Eyelids, frameVolumes, Symmetry } from "./stages.js";
import { ToneDetector } from "./tones.js";

/** @typedef {import("../random.js").Random} Random */
/** @typedef {import("./profile.js").PostState} PostState */

/** Of the frames from three before a frame to one after it: a parabola laid through them by least
 * squares, read at that frame. It moves nothing in time. */
export const SMOOTHING = Float32Array.of(-5, 6, 12, 13, 9).map((share) => share / 35);
/** Of the frame before a frame and itself: a quarter of a frame late (8 ms). */
export const PROMPT_SMOOTHING = Float32Array.of(1, 3).map((share) => share / 4);

/** Fewest and most open seconds before a blink: 18 blinks a minute. */
export const BLINK_WAIT = [1.1, 5.1];

/**
 * @typedef {object} LiveSettings
 * @property {boolean} [silence] bring the mouth to rest in silence
 * @property {boolean} [smoothing] smooth over five frames, which holds one frame back
 * @property {boolean} [lowLatency] hold nothing back: smooth over a frame and the one before
 * @property {boolean} [symmetry] replace left/right pairs by their mean
 * @property {boolean} [blinks] blink now and then
 * @property {boolean} [brows] raise the brows where the voice stays loud
 * @property {boolean} [gaze] let the eyes look at the viewer, now and then away; the network's own
 *   directions are left
 * @property {boolean} [head] move the head: frames get three more columns, `HEAD`, in radians
 * @property {boolean} [conditioning] let the network hear a faint voice at a usual level, and none
 *   with a constant offset
 * @property {boolean} [tones] take tones and chords for silence
 */

/** Settings of the live profile; each part can be switched off. */
export class Live extends Profile {
  silence = true;
  smoothing = true;
  lowLatency = false;
  symmetry = true;
  blinks = true;
  brows = false;
  gaze = true;
  head = false;
  conditioning = true;
  tones = true;

  /** @param {LiveSettings} [settings] @throws {OptionError} for one that does not exist */
  constructor(settings = {}) {
    super();
    choose(this, settings);
  }

  /** @override @returns {number} */
  get delay() {
    return this.smoothing && !this.lowLatency ? 1 : 0;
  }

  /** @override @param {number} rate */
  downmix(rate) {
    return new Mixer(rate);
  }

  /** @override @param {number} rate */
  conditioner(rate) {
    return this.conditioning ? new Conditioning(rate) : super.conditioner(rate);
  }

  /** @override @param {string[]} shapes */
  names(shapes) {
    return this.head ? [...shapes, ...HEAD] : [...shapes];
  }

  /** @override @param {string[]} shapes @param {number} fps @param {Random} random
   * @returns {PostState} */
  start(shapes, fps, random) {
    return new LiveState(this, shapes, fps, random);
  }
}

/** A profile with gaze and head switched as asked; undefined leaves them as they are.
 * @param {Profile | null} post @param {{gaze?: boolean, head?: boolean}} asked @returns {Profile}
 * @throws {OptionError} for another profile than `Live` */
export function withLife(post, { gaze, head }) {
  const profile = profileOf(post);
  const asked = Object.entries({ gaze, head }).filter(([, value]) => value !== undefined);
  if (!asked.length) return profile;
  if (!(profile instanceof Live)) {
    throw new OptionError(
      `${asked.map(([name]) => name).join(" and ")}: only the live profile moves eyes and head. ` +
        "Choose post live, or leave that out",
    );
  }
  return new Live({ ...profile, ...Object.fromEntries(asked) });
}

/**
 * One stream's state of the live profile.
 *
 * Weights are smoothed first. What volume and chance make of a frame (rest, blinks, brows, gaze,
 * the head's pose) is worked out beside, and waits for it; by then the gate has heard the frames
 * held back.
 * @implements {PostState}
 */
class LiveState extends State {
  /** @param {Live} settings @param {string[]} shapes @param {number} fps @param {Random} random */
  constructor(settings, shapes, fps, random) {
    super();
    this._settings = settings;
    this._fps = fps;
    this._width = shapes.length;
    const kernel = settings.lowLatency ? PROMPT_SMOOTHING : SMOOTHING;
    this._smoother = new Smoother(kernel, settings.delay, shapes.length);
    /** @type {ToneDetector | null} */
    this._detector = null;
    this._silence = new Silence(fps);
    this._gate = new Gate(settings.delay, fps);
    this._speech = columns(shapes, SPEECH);
    this._symmetry = new Symmetry(shapes);
    this._life = new Life(settings, shapes, fps, random);
    this._overlays = new Float32Array(0); // of the frames held back
  }

  /** @type {PostState["step"]} */
  step(weights, audio, rate) {
    const frames = weights.length / this._width;
    const volumes = frameVolumes(audio, frames);
    const tones = this._tones(audio, frames, rate);
    const rests = this._silence.step(volumes, tones);
    this._overlays = concat([this._overlays, this._life.step(volumes, rests)]);
    const smoothed = this._settings.smoothing ? this._smoother.step(weights) : weights.slice();
    return this._finished(smoothed, this._gate.step(rests, tones));
  }

  /** @type {PostState["finish"]} */
  finish() {
    return this._finished(this._smoother.finish(), this._gate.finish());
  }

  /** Which frames are tones, [frames]; none for who does not ask.
   * @param {Float32Array} audio @param {number} frames @param {number} rate
   * @returns {boolean[]} */
  _tones(audio, frames, rate) {
    if (!this._settings.tones) return Array.from({ length: frames }, () => false);
    this._detector ??= new ToneDetector(rate, this._fps);
    return this._detector.step(audio, frames);
  }

  /** Rest, symmetry and overlays on smoothed frames, which it changes.
   * @param {Float32Array} frames [n * shapes] @param {Float32Array} openness [n]
   * @returns {Float32Array} [n * names] */
  _finished(frames, openness) {
    if (this._settings.silence) {
      openness.forEach((share, n) => {
        for (const column of this._speech) frames[n * this._width + column] *= share;
      });
    }
    if (this._settings.symmetry) this._symmetry.apply(frames);
    const due = openness.length * this._life.width;
    const overlays = this._overlays.slice(0, due);
    this._overlays = this._overlays.slice(due);
    return this._life.layOver(frames, overlays);
  }
}

/** What moves a face besides its speech: lids, brows, eyes and head, each by its own chance. */
class Life {
  /** @param {Live} settings @param {string[]} shapes @param {number} fps @param {Random} random */
  constructor(settings, shapes, fps, random) {
    this._settings = settings;
    this._shapes = shapes.length;
    /** Columns of a frame. */
    this.width = settings.names(shapes).length;
    this._lids = columns(shapes, ["eyeBlinkLeft", "eyeBlinkRight"]);
    this._eyelids = new Eyelids(random.spawn(), BLINK_WAIT, fps);
    this._brows = new BrowRaiser(random.spawn(), fps);
    this._browColumns = columns(shapes, Object.keys(BROW_PEAKS));
    this._browPeaks = this._browColumns.map((column) => BROW_PEAKS[shapes[column]]);
    this._gaze = new Gaze(random.spawn(), fps);
    this._eyes = new EyeShapes(shapes);
    this._head = new Head(random.spawn(), fps);
  }

  /** Volumes and whether the voice rests, [n] both, to overlays [n * names].
   * @param {Float32Array} volumes @param {boolean[]} rests @returns {Float32Array} */
  step(volumes, rests) {
    const [count, settings] = [volumes.length, this._settings];
    const none = new Float32Array(count);
    const blinks = settings.blinks ? this._eyelids.step(count) : none;
    const raised = settings.brows ? this._brows.step(volumes) : none;
    const poses = settings.head ? this._head.step(volumes, rests) : null;
    const directions = settings.gaze ? this._gaze.step(rests, blinks) : null;
    const overlays = new Float32Array(count * this.width);
    for (let n = 0; n < count; n++) {
      const overlay = overlays.subarray(n * this.width, (n + 1) * this.width);
      for (const column of this._lids) overlay[column] = blinks[n];
      this._browColumns.forEach((column, i) => {
        overlay[column] = raised[n] * this._browPeaks[i];
      });
      if (poses) overlay.set(poses[n], this._shapes);
      const turns = directions ? this._eyes.weights(inHead(directions[n], poses?.[n])) : [];
      turns.forEach((weight, i) => {
        overlay[this._eyes.columns[i]] = weight;
      });
    }
    return overlays;
  }

  /** Frames [n * shapes] under overlays [n * names] to [n * names]: the greater weight shows; eyes
   * and head are the overlay's alone.
   * @param {Float32Array} frames @param {Float32Array} overlays @returns {Float32Array} */
  layOver(frames, overlays) {
    const finished = overlays.slice();
    for (let n = 0; n * this.width < overlays.length; n++) {
      const [from, to] = [n * this._shapes, n * this.width];
      for (let i = 0; i < this._shapes; i++) {
        finished[to + i] = Math.max(frames[from + i], overlays[to + i]);
      }
      if (!this._settings.gaze) continue;
      for (const column of this._eyes.columns) finished[to + column] = overlays[to + column];
    }
    return finished;
  }
}

/** A direction from a head of this pose: eyes keep their aim while it moves.
 * @param {number[]} direction @param {number[]} [pose] @returns {number[]} */
function inHead([yaw, pitch], pose) {
  if (!pose) return [yaw, pitch];
  const [headYaw, headPitch] = pose.map((angle) => angle * (180 / Math.PI));
  return [yaw - headYaw, pitch + headPitch]; // its pitch is downwards
}
