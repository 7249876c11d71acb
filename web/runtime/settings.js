/**
 * What a caller asks of a stream, checked: the same on the page and in the worker.
 *
 * @module settings
 */

import { resamplerDelay } from "./audio/resample.js";
import { checkRate } from "./audio/samples.js";
import { OptionError } from "./errors.js";
import { Controls } from "./post/controls.js";
import { Live, prompt } from "./post/index.js";
import { profileOf } from "./post/profile.js";
import { Random } from "./random.js";
import { sharesOf } from "./styles.js";

/** @typedef {import("./post/controls.js").Asked} AskedControls */
/** @typedef {import("./post/profile.js").Profile} Profile */
/** @typedef {import("./random.js").Seed} Seed */
/** @typedef {import("./spec.js").Spec} Spec */
/** @typedef {import("./styles.js").Style} Style */

/**
 * @typedef {object} StreamOptions
 * @property {number} rate sample rate of the audio that will be pushed, Hz
 * @property {Style | null} [style] the file's default style by default
 * @property {Profile | null} [post] `new Live()` by default; null gives raw weights
 * @property {Controls | AskedControls | null} [controls] applied after `post`
 * @property {Seed | null} [seed] makes what moves by chance repeatable: blinks, gaze, head
 */

/**
 * @typedef {object} Settings
 * @property {number} rate
 * @property {Float32Array} shares of the styles
 * @property {Profile} post
 * @property {string[]} names of the frames' columns
 * @property {Controls} controls
 * @property {Seed | null} seed
 */

/** Throws {@link OptionError} or an AudioError for what can't be.
 * @param {Spec} spec @param {StreamOptions} options @param {boolean} lowLatency
 * @returns {Settings} */
export function settingsOf(spec, options, lowLatency = false) {
  const { rate, style, post = new Live(), controls, seed = null, ...others } = options ?? {};
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new OptionError(
      `there is no option '${other}'; expected one of rate, style, post, controls, seed`,
    );
  }
  new Random(seed ?? 0); // throws for a seed that can't be
  const profile = profileOf(post);
  const names = profile.names(spec.shapes);
  return {
    rate: checkRate(rate),
    shares: sharesOf(style, spec),
    post: profileOf(lowLatency ? prompt(profile) : profile),
    names,
    controls: controlsOf(controls, names),
    seed,
  };
}

/** Controls that these columns can have; throws {@link OptionError}.
 * @param {Controls | AskedControls | null | undefined} controls @param {string[]} names */
export function controlsOf(controls, names) {
  const checked = controls instanceof Controls ? controls : new Controls(controls ?? {});
  checked.bind(names);
  return checked;
}

/** Seconds of audio, counted from a frame's start, that make sure the frame is given.
 * @param {Spec} spec @param {Settings} settings */
export function latencyOf(spec, { post, rate }) {
  const frames = spec.hop + spec.lookahead + post.delay;
  return frames / spec.fps + resamplerDelay(rate, spec.sampleRate);
}
