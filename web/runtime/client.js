/**
 * The page's side of a model that runs in a worker: what `Model` and `Stream` are, asked from afar.
 *
 * @module client
 */

import { StreamClosedError } from "./errors.js";
import { animated } from "./model.js";
import { controlsOf, latencyOf, settingsOf } from "./settings.js";
import { sharesOf } from "./styles.js";
import { sent } from "./wire.js";

/** @typedef {import("./audio/samples.js").Samples} Samples */
/** @typedef {import("./link.js").Link} Link */
/** @typedef {import("./model.js").AnimateOptions} AnimateOptions */
/** @typedef {import("./model.js").Clip} Clip */
/** @typedef {import("./settings.js").Seed} Seed */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./settings.js").StreamOptions} StreamOptions */
/** @typedef {import("./spec.js").Spec} Spec */
/** @typedef {import("./stream.js").Changes} Changes */
/** @typedef {import("./stream.js").Frames} Frames */

/** A model that runs in a worker; made by `load`. */
export class WorkerModel {
  #link;
  #lowLatency;
  #streams = 0;

  /** @param {Link} link @param {Spec} spec @param {boolean} lowLatency */
  constructor(link, spec, lowLatency) {
    this.#link = link;
    this.#lowLatency = lowLatency;
    /** The facts of the file. */
    this.spec = spec;
    /** Names of the shapes, in the order of the weights. */
    this.names = spec.shapes;
    /** Frames a second. */
    this.fps = spec.fps;
  }

  /** A live stream of one voice. Throws OptionError or AudioError.
   * @param {StreamOptions} options */
  stream(options) {
    const settings = settingsOf(this.spec, options, this.#lowLatency);
    this.#streams += 1;
    return new WorkerStream(this.#link, this.#streams, this.spec, settings);
  }

  /** The whole clip `samples` at `rate` Hz. @param {Samples} samples [n * channels], interleaved
   * @param {number} rate @param {AnimateOptions} [options] @returns {Promise<Clip>} */
  async animate(samples, rate, { channels = 1, ...options } = {}) {
    return animated(this.stream({ rate, ...options }), samples, channels, this.fps);
  }

  /** Ends the worker and with it all streams. */
  close() {
    this.#link.end();
  }
}

/** One voice's stream in the worker; calls are answered one after another, in their order. */
class WorkerStream {
  #link;
  #number;
  #spec;
  #closed = false;

  /** @param {Link} link @param {number} number @param {Spec} spec @param {Settings} settings */
  constructor(link, number, spec, settings) {
    this.#link = link;
    this.#number = number;
    this.#spec = spec;
    /** Sample rate of the audio pushed, Hz. */
    this.rate = settings.rate;
    /** Names of the frames' columns: the model's shapes, and what the profile adds to them. */
    this.names = settings.names;
    /** Seconds of audio, counted from a frame's start, that make sure the frame is given. */
    this.latency = latencyOf(spec, settings);
    link.ask("open", { stream: number, options: sent(settings) }).catch(() => {}); // calls tell it
  }

  /** Takes the next samples and gives the frames that they complete. The samples are the caller's
   * again at once. Throws AudioError and AudioTypeError (nothing of the chunk is taken then) and
   * {@link StreamClosedError}. @param {Samples} samples [n * channels], interleaved, of any length
   * @param {{channels?: number}} [options] @returns {Promise<Frames>} */
  push(samples, { channels = 1 } = {}) {
    const own = ArrayBuffer.isView(samples) ? samples.slice() : samples;
    return this.#ask("push", { samples: own, channels }, own?.buffer ? [own.buffer] : []);
  }

  /** Ends the audio and gives all frames still due. The stream then starts afresh, but for its random
   * generator: chance goes on, unrepeated. @returns {Promise<Frames>} */
  flush() {
    return this.#ask("flush");
  }

  /** The frames that `flush` would give now; the stream goes on unchanged.
   * @returns {Promise<Frames>} */
  peek() {
    return this.#ask("peek");
  }

  /** Another style or other controls from the next hop on; what is left out stays as it is. Throws
   * OptionError. @param {Changes} changes @returns {Promise<void>} */
  async change({ style = null, controls = null }) {
    await this.#ask("change", {
      style: style === null ? null : sharesOf(style, this.#spec),
      controls: controls === null ? null : { ...controlsOf(controls, this.names) },
    });
  }

  /** Forgets the audio so far and what is held back; the stream starts afresh, as a new one with its
   * seed would: this one, or else the one it was opened with. Without any, chance goes on,
   * unrepeated. Style and controls stay as they are now. Throws OptionError for a seed that can't be.
   * @param {{seed?: Seed | null}} [options] @returns {Promise<void>} */
  reset({ seed = null } = {}) {
    return this.#ask("reset", { seed });
  }

  /** Ends the stream: calls that have not begun, and later ones, throw {@link StreamClosedError}. */
  close() {
    if (!this.#closed) this.#ask("close").catch(() => {}); // a stopped worker has closed it too
    this.#closed = true;
  }

  /** @param {string} call @param {object} [given] @param {Transferable[]} [moved]
   * @returns {Promise<any>} */
  #ask(call, given, moved) {
    if (this.#closed) {
      const error = new StreamClosedError(
        "this stream is closed; open a new one with model.stream()",
      );
      return Promise.reject(error);
    }
    return this.#link.ask(call, { stream: this.#number, ...given }, moved);
  }
}
