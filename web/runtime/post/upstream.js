/**
 * LAM's own post-processing, stage by stage, for parity and for one-second hops.
 *
 * Each stage works on frames that already went out (finished, at most `HISTORY`) and new ones, and
 * only the new ones are returned. At short hops the blending touches every frame and drags the
 * mouth behind the voice: use `Live` there.
 */

import { concat } from "../arrays.js";
import { SPEECH } from "../shapes.js";
import { choose, Profile, State } from "./profile.js";
import {
  columns,
  Eyelids,
  padMirrored,
  REST,
  rms,
  SAVGOL,
  SILENT,
  Symmetry,
  weighted,
} from "./stages.js";

/** @typedef {import("../random.js").Random} Random */
/** @typedef {import("./profile.js").PostState} PostState */

/** Sent frames that a call looks back on. */
export const HISTORY = 64;
export const RUN_BLEND_FRAMES = 3;
export const CHUNK_BLEND_FRAMES = 5;
export const START_BLEND_FRAMES = 3;
/** Silent frames in a row that bring the mouth to rest. */
export const SILENT_FRAMES = 7;
/** Fewest and most open seconds before a blink. */
export const BLINK_WAIT = [1.1, 3.1];

/** Settings of the upstream profile: LAM's streaming stages. */
export class Upstream extends Profile {
  /** Blink now and then. */
  blinks = true;

  /** @param {{blinks?: boolean}} [settings]
   * @throws {import("../errors.js").OptionError} for one that does not exist */
  constructor(settings = {}) {
    super();
    choose(this, settings);
  }

  /** @override @param {string[]} shapes @param {number} fps @param {Random} random
   * @returns {PostState} */
  start(shapes, fps, random) {
    return new UpstreamState(this, shapes, fps, random);
  }
}

/** RMS of each frame of a chunk at `rate` Hz, [n] to [ceil(n / rate * fps)]: as librosa's
 * `feature.rms` with frames and hops of floor(rate / fps) samples, centred, with half a frame of
 * zeros at both ends. @param {Float32Array} chunk @param {number} rate @param {number} fps
 * @returns {Float32Array} */
export function volumesOf(chunk, rate, fps) {
  const span = Math.floor(rate / fps);
  const half = Math.floor(span / 2);
  const padded = new Float32Array(chunk.length + 2 * half);
  padded.set(chunk, half);
  const whole = 1 + Math.floor((padded.length - span) / span);
  const count = Math.min(whole, Math.ceil((chunk.length * fps) / rate));
  return new Float32Array(count).map((_, k) => rms(padded, k * span, (k + 1) * span));
}

/** [start, end) of runs of at least `SILENT_FRAMES` silent frames. Upstream counts the first run
 * that it meets one frame short; so does this. @param {Float32Array} volumes
 * @returns {number[][]} */
export function silentRuns(volumes) {
  /** @type {number[][]} */
  const runs = [];
  let silent = false;
  volumes.forEach((volume, frame) => {
    const before = silent;
    silent = volume < Math.fround(SILENT);
    if (silent && !before) runs.push([frame, volumes.length]);
    if (!silent && before) runs[runs.length - 1][1] = frame;
  });
  return runs.filter(([start, end], number) => end - start - (number ? 0 : 1) >= SILENT_FRAMES);
}

/** Writes `count` frames from frame `at` on that go linearly from one frame, or from what stands
 * there, to another one or to what stands there. @param {Float32Array} frames [n * width]
 * @param {number} width @param {number} at @param {number} count
 * @param {{from?: Float32Array, to?: Float32Array}} ends [width] each */
function blend(frames, width, at, count, { from, to }) {
  for (let n = 0; n < count; n++) {
    const frame = frames.subarray((at + n) * width, (at + n + 1) * width);
    const share = Math.fround((n + 1) / (count + 1));
    const rest = Math.fround(1 - share);
    frame.forEach((weight, i) => {
      const start = Math.fround((from ? from[i] : weight) * rest);
      frame[i] = start + Math.fround((to ? to[i] : weight) * share);
    });
  }
}

/** One stream's sent frames and their volumes. @implements {PostState} */
class UpstreamState extends State {
  /** @param {Upstream} settings @param {string[]} shapes @param {number} fps
   * @param {Random} random */
  constructor(settings, shapes, fps, random) {
    super();
    this._fps = fps;
    this._blinks = settings.blinks;
    this._width = shapes.length;
    this._speech = columns(shapes, SPEECH);
    this._symmetry = new Symmetry(shapes);
    this._lids = columns(shapes, ["eyeBlinkLeft", "eyeBlinkRight"]);
    this._eyelids = new Eyelids(random.spawn(), BLINK_WAIT, fps);
    this._sent = new Float32Array(0);
    this._sentVolumes = new Float32Array(0);
  }

  /** @type {PostState["step"]} */
  step(weights, audio, rate) {
    const [width, sent] = [this._width, this._sentVolumes.length];
    const count = weights.length / width;
    const volumes = concat([this._sentVolumes, this._volumes(audio, rate, count)]);
    const frames = concat([this._sent, weights]);
    this._restInSilence(frames, volumes, sent);
    this._join(frames, sent);
    const smoothed = weighted(padMirrored(frames, width), width, SAVGOL);
    const fresh = this._symmetry.apply(smoothed).slice(sent * width);
    if (this._blinks) this._blink(fresh, count);
    this._sent = lastOf(concat([this._sent, fresh]), HISTORY * width);
    this._sentVolumes = lastOf(volumes, HISTORY);
    return fresh;
  }

  /** @type {PostState["finish"]} */
  finish() {
    return new Float32Array(0);
  }

  /** Volumes of `count` frames. (Upstream rounds frames up, volumes down: the last one may stand
   * for more.) @param {Float32Array} audio @param {number} rate @param {number} count
   * @returns {Float32Array} [count] */
  _volumes(audio, rate, count) {
    const known = volumesOf(audio, rate, this._fps);
    return new Float32Array(count).map((_, k) => known[Math.min(k, known.length - 1)]);
  }

  /** Damps the speech shapes in silent runs and blends at their ends; in place. A run that began
   * among the `sent` frames has no blend at its start. @param {Float32Array} frames
   * @param {Float32Array} volumes @param {number} sent */
  _restInSilence(frames, volumes, sent) {
    const width = this._width;
    /** @param {number} n */
    const frame = (n) => frames.slice(n * width, (n + 1) * width);
    for (const [start, end] of silentRuns(volumes)) {
      for (let n = start; n < end; n++) {
        for (const column of this._speech) frames[n * width + column] *= Math.fround(REST);
      }
      const count = Math.min(RUN_BLEND_FRAMES, end - start);
      if (start >= Math.max(sent, 1)) {
        blend(frames, width, start, count, { from: frame(start - 1) });
      }
      if (end < volumes.length) blend(frames, width, end - count, count, { to: frame(end) });
    }
  }

  /** Blends the first new frames from the last sent one, or from zero; in place.
   * @param {Float32Array} frames @param {number} sent */
  _join(frames, sent) {
    const width = this._width;
    const most = sent ? CHUNK_BLEND_FRAMES : START_BLEND_FRAMES;
    const count = Math.min(most, frames.length / width - sent);
    const from = sent ? frames.slice((sent - 1) * width, sent * width) : new Float32Array(width);
    blend(frames, width, sent, count, { from });
  }

  /** In place. @param {Float32Array} frames @param {number} count of frames */
  _blink(frames, count) {
    this._eyelids.step(count).forEach((closure, n) => {
      for (const column of this._lids) {
        const place = n * this._width + column;
        frames[place] = Math.max(frames[place], closure);
      }
    });
  }
}

/** @param {Float32Array} values @param {number} most
 * @returns {Float32Array<ArrayBuffer>} */
function lastOf(values, most) {
  return values.slice(Math.max(0, values.length - most));
}
