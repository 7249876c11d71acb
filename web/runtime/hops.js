/**
 * One voice's way through the graph: samples in, weights beside their audio out, hop by hop.
 *
 * Lookahead, the warm-up frames that it brings, and the tail live here and nowhere else.
 * Counterpart of runtime/a2e/hops.py.
 *
 * @module hops
 */

import { concat } from "./arrays.js";
import { samplesOf } from "./spec.js";

/** @typedef {import("./graph.js").Graph} Graph */
/**
 * @typedef {object} Hop Raw weights and the audio that they show.
 * @property {Float32Array} weights [m * shapes]; m is the spec's hop, less while the lookahead fills,
 *   and at the end
 * @property {Float32Array} audio [samples of m frames] at the model's rate
 */

/** The audio of one voice, cut into the hops of a graph. */
export class Hops {
  #graph;
  #context;
  /** Samples that no hop has taken yet. */
  #pending = new Float32Array(0);
  /** Samples of frames held back. */
  #ahead;
  /** Frames that the graph will give for before the start. */
  #warmup;

  /** @param {Graph} graph @param {Float32Array} style shares of the styles, [styles] */
  constructor(graph, style) {
    const { spec } = graph;
    /** Shares of the styles; new ones hold from the next hop on. */
    this.style = style;
    /** Frames computed since the start. */
    this.frames = 0;
    this.#graph = graph;
    this.#context = graph.initialContext();
    this.#ahead = new Float32Array(samplesOf(spec, spec.lookahead));
    this.#warmup = spec.lookahead;
  }

  /** One that goes on from here by itself. @returns {Hops} */
  clone() {
    const other = new Hops(this.#graph, this.style);
    other.frames = this.frames;
    other.#context = this.#context;
    other.#pending = this.#pending;
    other.#ahead = this.#ahead;
    other.#warmup = this.#warmup;
    return other;
  }

  /** Takes samples [n] at the model's rate; gives the hops that they complete.
   * @param {Float32Array} audio @returns {AsyncGenerator<Hop>} */
  async *push(audio) {
    const { spec } = this.#graph;
    this.#pending = concat([this.#pending, audio]);
    while (this.#pending.length >= samplesOf(spec, spec.hop)) yield await this.#next();
  }

  /** The hops still due when the audio has ended: up to `total` frames since the start.
   * @param {number} total @returns {AsyncGenerator<Hop>} */
  async *finish(total) {
    const { spec } = this.#graph;
    while (this.frames < total) {
      const missing = total - this.frames;
      const silence = new Float32Array(samplesOf(spec, spec.hop) - this.#pending.length);
      this.#pending = concat([this.#pending, silence]);
      const { weights, audio } = await this.#next();
      yield {
        weights: weights.subarray(0, missing * spec.shapes.length),
        audio: audio.subarray(0, samplesOf(spec, missing)),
      };
    }
  }

  /** @returns {Promise<Hop>} */
  async #next() {
    const { spec } = this.#graph;
    const count = samplesOf(spec, spec.hop);
    const audio = this.#pending.subarray(0, count);
    this.#pending = this.#pending.slice(count);
    const { weights, context } = await this.#graph.step(audio, this.style, this.#context);
    this.#context = context;
    const shown = concat([this.#ahead, audio]);
    this.#ahead = shown.slice(count);
    const warmup = Math.min(this.#warmup, spec.hop);
    this.#warmup -= warmup;
    this.frames += spec.hop - warmup;
    return {
      weights: weights.subarray(warmup * spec.shapes.length),
      audio: shown.subarray(samplesOf(spec, warmup), count),
    };
  }
}
