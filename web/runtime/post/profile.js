/** What a post-processing profile is, and the one that does nothing. */

import { downmix } from "../audio/samples.js";
import { deepCopy } from "../copy.js";
import { OptionError } from "../errors.js";

/** @typedef {import("../audio/samples.js").Samples} Samples */
/** @typedef {import("../random.js").Random} Random */

/**
 * @typedef {object} Downmix From channels to one.
 * @property {(samples: Samples, channels: number) => Float32Array} step samples that have been
 *   checked, [n * channels] interleaved, to [n]; sample by sample, without delay
 */

/**
 * @typedef {object} Conditioner What a stream does to its audio before the graph gets it.
 * @property {(audio: Float32Array) => Float32Array} step audio in, audio out, [n] at one rate; sample
 *   by sample, without delay
 * @property {() => Conditioner} clone one that goes on from here by itself
 */

/**
 * @typedef {object} PostState What one stream's post-processing remembers.
 * @property {(weights: Float32Array, audio: Float32Array, rate: number) => Float32Array} step takes
 *   raw weights [m * shapes] and the audio that they show, [n] at `rate` Hz; gives the frames that
 *   are finished, [<= (m + delay) * names]
 * @property {() => Float32Array} finish gives the frames held back at the stream's end,
 *   [<= delay * names]
 * @property {() => PostState} clone a state that can be ended without a trace in this one
 */

/** The audio as it is. @type {Conditioner} */
const UNCONDITIONED = { step: (audio) => audio, clone: () => UNCONDITIONED };

/** A profile's settings. What they don't change is here. @abstract */
export class Profile {
  /** Frames held back. @returns {number} */
  get delay() {
    return 0;
  }

  /** The way from channels to one for a stream that starts now, at the caller's rate.
   * @param {number} _rate Hz @returns {Downmix} */
  downmix(_rate) {
    return { step: downmix };
  }

  /** What a stream that starts now does to its audio, at the model's rate.
   * @param {number} _rate Hz @returns {Conditioner} */
  conditioner(_rate) {
    return UNCONDITIONED;
  }

  /** Names of the frames' columns, for a model with these shapes. @param {string[]} shapes
   * @returns {string[]} */
  names(shapes) {
    return [...shapes];
  }

  /** The state of a stream that starts now; `random` times what moves by itself.
   * @param {string[]} _shapes @param {number} _fps @param {Random} _random @returns {PostState} */
  start(_shapes, _fps, _random) {
    throw new TypeError("a profile must have a start");
  }
}

/** A state that can be copied. */
export class State {
  /** One that goes on from here by itself. @returns {this} */
  clone() {
    return deepCopy(this);
  }
}

/** No post-processing: the network's own weights. */
export class Raw extends Profile {
  /** @override @returns {PostState} */
  start() {
    return new RawState();
  }
}

/** Nothing to remember. @implements {PostState} */
class RawState extends State {
  /** @type {PostState["step"]} */
  step(weights) {
    return weights;
  }

  /** @type {PostState["finish"]} */
  finish() {
    return new Float32Array(0);
  }
}

/** A profile as it is, or `Raw` for null. @param {Profile | null} [post] @returns {Profile}
 * @throws {OptionError} for what is no profile */
export function profileOf(post = null) {
  if (post === null) return new Raw();
  if (post instanceof Profile) return post;
  throw new OptionError(
    `post must be a profile such as new Live() or new Upstream(), or null; got ${String(post)}`,
  );
}

/**
 * Gives a profile's settings the values that a caller asks for.
 * @param {Profile} settings with their defaults
 * @param {Record<string, any>} asked by name
 * @throws {OptionError} for a setting that does not exist, or is no switch
 */
export function choose(settings, asked) {
  const names = Object.keys(settings);
  for (const [name, value] of Object.entries(asked)) {
    if (value === undefined) continue;
    if (!names.includes(name)) {
      throw new OptionError(`there is no setting '${name}'; expected one of ${names.join(", ")}`);
    }
    if (typeof value !== "boolean") {
      throw new OptionError(`${name} must be true or false; got ${String(value)}`);
    }
    Object.assign(settings, { [name]: value });
  }
}
