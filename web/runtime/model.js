/**
 * A loaded model: shared by all its streams, read-only.
 *
 * Counterpart of runtime/a2e/model.py.
 *
 * @module model
 */

import { concat } from "./arrays.js";
import { Graph } from "./graph.js";
import { settingsOf } from "./settings.js";
import { Stream } from "./stream.js";

/** @typedef {import("./audio/samples.js").Samples} Samples */
/** @typedef {import("./backend.js").Backend} Backend */
/** @typedef {import("./settings.js").StreamOptions} StreamOptions */
/** @typedef {Omit<StreamOptions, "rate"> & {channels?: number}} AnimateOptions */
/**
 * @typedef {object} Clip A finished animation.
 * @property {number} count frames
 * @property {Float32Array<ArrayBuffer>} weights [count * names]; frame k shows the time
 *   [k / fps, (k + 1) / fps)
 * @property {string[]} names of the columns
 * @property {number} fps frames a second
 */

/** One ONNX file, open in this thread. */
export class Model {
  #graph;
  #lowLatency;

  /** Opens the model file `data` called `source`. Throws ModelError.
   * @param {Uint8Array} data @param {string} source @param {Backend} backend
   * @param {{lowLatency?: boolean}} [options] whether streams hold no frames back to smooth them */
  static async open(data, source, backend, { lowLatency = false } = {}) {
    return new Model(await Graph.open(data, source, backend), lowLatency);
  }

  /** @param {Graph} graph @param {boolean} lowLatency */
  constructor(graph, lowLatency) {
    this.#graph = graph;
    this.#lowLatency = lowLatency;
  }

  /** The facts of the file. */
  get spec() {
    return this.#graph.spec;
  }

  /** Names of the shapes, in the order of the weights. */
  get names() {
    return this.spec.shapes;
  }

  /** Frames a second. */
  get fps() {
    return this.spec.fps;
  }

  /** A live stream of one voice. Throws OptionError or AudioError.
   * @param {StreamOptions} options */
  stream(options) {
    return new Stream(this.#graph, settingsOf(this.spec, options, this.#lowLatency));
  }

  /** The whole clip `samples` at `rate` Hz. @param {Samples} samples [n * channels], interleaved
   * @param {number} rate @param {AnimateOptions} [options] @returns {Promise<Clip>} */
  animate(samples, rate, { channels = 1, ...options } = {}) {
    return animated(this.stream({ rate, ...options }), samples, channels, this.fps);
  }

  /** Nothing is left to do: the model goes with its last stream. */
  close() {}
}

/** A stream's whole life. @param {Pick<Stream, "push" | "flush" | "close" | "names">} stream
 * @param {Samples} samples @param {number} channels @param {number} fps @returns {Promise<Clip>} */
export async function animated(stream, samples, channels, fps) {
  try {
    const parts = await Promise.all([stream.push(samples, { channels }), stream.flush()]);
    const weights = concat(parts.map((part) => part.weights));
    return { count: weights.length / stream.names.length, weights, names: stream.names, fps };
  } finally {
    stream.close();
  }
}
