/**
 * One voice's live state: samples in at any size and rate, frames out on the clock.
 *
 * The way of a chunk is the body of `Stream.#frames`: downmix, resample, condition, hops, post;
 * controls come last. Counterpart of runtime/a2e/stream.py.
 *
 * @module stream
 */

import { concat } from "./arrays.js";
import { Resampler } from "./audio/resample.js";
import { checkSamples } from "./audio/samples.js";
import { StreamClosedError } from "./errors.js";
import { Hops } from "./hops.js";
import { Random } from "./random.js";
import { controlsOf, latencyOf } from "./settings.js";
import { sharesOf } from "./styles.js";

/** @typedef {import("./audio/samples.js").Samples} Samples */
/** @typedef {import("./graph.js").Graph} Graph */
/** @typedef {import("./post/profile.js").Conditioner} Conditioner */
/** @typedef {import("./post/profile.js").Downmix} Downmix */
/** @typedef {import("./post/profile.js").PostState} PostState */
/** @typedef {import("./settings.js").AskedControls} AskedControls */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./settings.js").Seed} Seed */
/** @typedef {import("./styles.js").Style} Style */
/** @typedef {import("./post/controls.js").Controls} Controls */

/**
 * @typedef {object} Frames
 * @property {number} first number of the first one, counted from the speech's start
 * @property {number} count how many there are; may be 0
 * @property {Float32Array<ArrayBuffer>} weights [count * names]; 0..1, the head's pose in radians
 */
/**
 * @typedef {object} Changes
 * @property {Style | null} [style]
 * @property {Controls | AskedControls | null} [controls]
 */
/**
 * @typedef {object} State Everything that a stream remembers of its audio between two calls.
 * @property {Downmix} downmix
 * @property {Resampler} resampler
 * @property {Conditioner} conditioner
 * @property {Hops} hops
 * @property {PostState} post
 * @property {number} samples taken, at the caller's rate
 * @property {number} given frames
 */

/** Audio that is taken at once: a whole hour in one push needs no hour of scratch memory, and other
 * streams of the thread come in between. */
const BLOCK_SECONDS = 1;

/**
 * Frames for a voice that is still speaking.
 *
 * Frame k shows the time [k / fps, (k + 1) / fps) of the audio. After n samples at rate r and `flush`
 * exactly ceil(n * fps / r) frames have been given, however the audio was cut. Calls are answered
 * one after another, in their order.
 */
export class Stream {
  #graph;
  #settings;
  #controls;
  #random;
  #state;
  #closed = false;
  /** The call before. @type {Promise<unknown>} */
  #before = Promise.resolve();

  /** @param {Graph} graph @param {Settings} settings */
  constructor(graph, settings) {
    this.#graph = graph;
    this.#settings = settings;
    this.#controls = settings.controls.bind(settings.names);
    this.#random = new Random(settings.seed);
    this.#state = this.#start();
    /** Sample rate of the audio pushed, Hz. */
    this.rate = settings.rate;
    /** Names of the frames' columns: the model's shapes, and what the profile adds to them. */
    this.names = settings.names;
    /** Seconds of audio, counted from a frame's start, that make sure the frame is given. */
    this.latency = latencyOf(graph.spec, settings);
  }

  /** Takes the next samples and gives the frames that they complete. The samples are the caller's
   * again at once. Throws AudioError and AudioTypeError (nothing of the chunk is taken then) and
   * {@link StreamClosedError}. @param {Samples} samples [n * channels], interleaved, of any length
   * @param {{channels?: number}} [options] @returns {Promise<Frames>} */
  push(samples, { channels = 1 } = {}) {
    const own = ArrayBuffer.isView(samples) ? samples.slice() : samples;
    return this.#inTurn(() => {
      checkSamples(own, channels);
      return this.#given(this.#state, this.#frames(this.#state, own, channels));
    });
  }

  /** Ends the audio and gives all frames still due. The stream then starts afresh, but for its random
   * generator: chance goes on, unrepeated. @returns {Promise<Frames>} */
  flush() {
    return this.#inTurn(async () => {
      const state = this.#state;
      const frames = await this.#given(state, this.#tail(state, state.resampler.finish()));
      this.#state = this.#start();
      return frames;
    });
  }

  /** The frames that {@link Stream.flush} would give now; the stream goes on unchanged.
   * @returns {Promise<Frames>} */
  peek() {
    return this.#inTurn(() => {
      const state = fork(this.#state);
      return this.#given(state, this.#tail(state, state.resampler.rest()));
    });
  }

  /** Another style or other controls from the next hop on; what is left out stays as it is. Throws
   * OptionError. @param {Changes} changes @returns {Promise<void>} */
  change({ style = null, controls = null }) {
    return this.#inTurn(() => {
      const shares = style === null ? this.#settings.shares : sharesOf(style, this.#graph.spec);
      if (controls !== null) {
        this.#controls = controlsOf(controls, this.names).bind(this.names);
      }
      this.#settings = { ...this.#settings, shares };
      this.#state.hops.style = shares;
    });
  }

  /** Forgets the audio so far and what is held back; the stream starts afresh, as a new one with its
   * seed would: this one, or else the one it was opened with. Without any, chance goes on,
   * unrepeated. Style and controls stay as they are now. Throws OptionError for a seed that can't be.
   * @param {{seed?: Seed | null}} [options] @returns {Promise<void>} */
  reset({ seed = null } = {}) {
    return this.#inTurn(() => {
      const chosen = seed ?? this.#settings.seed;
      if (chosen !== null) this.#random = new Random(chosen);
      this.#settings = { ...this.#settings, seed: chosen };
      this.#state = this.#start();
    });
  }

  /** Ends the stream: calls that have not begun, and later ones, throw {@link StreamClosedError}. */
  close() {
    this.#closed = true;
  }

  /** Runs a call after those before it. @template T @param {() => T | Promise<T>} call
   * @returns {Promise<T>} */
  #inTurn(call) {
    const turn = this.#before.then(() => {
      if (this.#closed) {
        throw new StreamClosedError("this stream is closed; open a new one with model.stream()");
      }
      return call();
    });
    this.#before = turn.catch(() => {}); // the caller is told
    return turn;
  }

  /** @returns {State} */
  #start() {
    const { spec } = this.#graph;
    const { post, rate, shares } = this.#settings;
    return {
      downmix: post.downmix(rate),
      resampler: new Resampler(rate, spec.sampleRate, {
        batch: (spec.hop * spec.sampleRate) / spec.fps,
      }),
      conditioner: post.conditioner(spec.sampleRate),
      hops: new Hops(this.#graph, shares),
      post: post.start(spec.shapes, spec.fps, this.#random.spawn()),
      samples: 0,
      given: 0,
    };
  }

  /** The way of a chunk that has been checked. @param {State} state @param {Samples} samples
   * @param {number} channels @returns {AsyncGenerator<Float32Array>} */
  async *#frames(state, samples, channels) {
    state.samples += samples.length / channels;
    const block = this.rate * BLOCK_SECONDS * channels;
    for (let start = 0; start < samples.length; start += block) {
      if (start > 0) await pause();
      const mono = state.downmix.step(samples.subarray(start, start + block), channels);
      const audio = state.conditioner.step(state.resampler.push(mono));
      yield* this.#finished(state, state.hops.push(audio));
    }
  }

  /** The frames due when the audio ends with `rest`. @param {State} state
   * @param {Float32Array} rest samples at the model's rate @returns {AsyncGenerator<Float32Array>} */
  async *#tail(state, rest) {
    const total = Math.ceil((state.samples * this.#graph.spec.fps) / this.rate);
    yield* this.#finished(state, state.hops.push(state.conditioner.step(rest)));
    yield* this.#finished(state, state.hops.finish(total));
    yield state.post.finish();
  }

  /** @param {State} state @param {AsyncGenerator<import("./hops.js").Hop>} hops
   * @returns {AsyncGenerator<Float32Array>} */
  async *#finished(state, hops) {
    for await (const { weights, audio } of hops) {
      if (weights.length) yield state.post.step(weights, audio, this.#graph.spec.sampleRate);
    }
  }

  /** The parts in one, under the caller's controls. @param {State} state
   * @param {AsyncGenerator<Float32Array>} parts @returns {Promise<Frames>} */
  async #given(state, parts) {
    try {
      const frames = [];
      for await (const part of parts) frames.push(this.#controls(part));
      const weights = concat(frames);
      const [first, count] = [state.given, weights.length / this.names.length];
      state.given += count;
      return { first, count, weights };
    } catch (error) {
      this.close(); // what a failed call took can't be taken again: the clock would slip
      throw error;
    }
  }
}

/** A state that can be ended without a trace in this one, but for what comes before conditioning.
 * @param {State} state @returns {State} */
function fork(state) {
  return {
    ...state,
    conditioner: state.conditioner.clone(),
    hops: state.hops.clone(),
    post: state.post.clone(),
  };
}

/** Lets the thread's other work have its turn. @returns {Promise<void>} */
function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
