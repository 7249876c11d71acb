/**
 * Keeps a face in time with its voice.
 *
 * Frames are chosen by the audio clock and by nothing else: frame k is shown while the time
 * [k / fps, (k + 1) / fps) of the speech is heard. Drawing only asks which frame that is. No timer
 * takes part, and nothing here touches the page: the AudioContext is handed in.
 *
 *     const player = new Player({ audioContext });
 *     const speech = player.beginSpeech();
 *     speech.addAudio(samples, 24000); // as the voice comes
 *     speech.addFrames(first, weights); // as the frames come
 *     speech.end();
 *     player.run(({ weights }) => draw(weights));
 *
 * @module player
 */

import { mix, smoothstep } from "./easing.js";
import { ElementSpeech } from "./element-speech.js";
import { LiveSpeech } from "./live-speech.js";
import { Speech } from "./speech.js";

/** @typedef {import("./frame-buffer.js").Row} Row */

/**
 * @typedef {object} Shown What the face shows at a moment.
 * @property {Float32Array} weights One weight per channel.
 * @property {number} index The frame shown, -1 at rest before any speech.
 * @property {number} time Seconds of the speech heard so far.
 * @property {"rest" | "speaking" | "stalled" | "ended"} state "stalled": the audio ran dry.
 * @property {Speech | LiveSpeech | ElementSpeech | null} speech Whose frame it is.
 */

const START_DELAY = 0.03; // s from scheduling to sound, so that the first sample is not cut

/** Plays speeches one after another and tells which frame to show. */
export class Player {
  /** @type {(Speech | LiveSpeech | ElementSpeech)[]} */
  #queue = [];
  #heard = -Infinity;
  /** Where an interruption left the face. @type {{weights: Float32Array, at: number}} */
  #left = { weights: new Float32Array(0), at: -Infinity };
  #clock;

  /**
   * @param {object} options
   * @param {BaseAudioContext} [options.audioContext] needed unless only media elements are followed
   * @param {AudioNode} [options.destination] where the voice goes; the context's own by default
   * @param {number} [options.fps]
   * @param {number} [options.channels] weights in a frame
   * @param {Row} [options.rest] the pose at rest; all 0 by default
   * @param {number} [options.ease] seconds in which the face comes to rest
   * @param {boolean} [options.between] go smoothly from frame to frame on fast screens
   * @param {() => number} [options.clock] seconds; the context's time as it is heard by default
   */
  constructor({
    audioContext,
    destination = audioContext?.destination,
    fps = 30,
    channels = 52,
    rest = new Float32Array(channels),
    ease = 0.3,
    between = true,
    clock = audioContext ? () => heardTime(audioContext) : () => performance.now() / 1000,
  } = {}) {
    this.audioContext = /** @type {BaseAudioContext} */ (audioContext);
    this.destination = /** @type {AudioNode} */ (destination);
    this.fps = fps;
    this.channels = channels;
    this.rest = Float32Array.from(rest);
    this.ease = ease;
    this.between = between;
    this.#clock = clock;
  }

  /**
   * The context's time that is heard now. It never goes back, even if the output device changes.
   */
  now() {
    this.#heard = Math.max(this.#heard, this.#clock());
    return this.#heard;
  }

  /** A new speech. It is heard when those before it are over; the one before gets its `end`.
   * @param {{waitForFrames?: boolean}} [options] false: play audio even where frames are late
   * @returns {Speech} */
  beginSpeech(options = {}) {
    const before = this.#queue.at(-1);
    if (before instanceof Speech && !before.closed) before.end();
    return this.#enqueue(new Speech(this, options));
  }

  /**
   * A whole clip, played after what is queued.
   * @param {AudioBuffer} audio
   * @param {Iterable<Row>} rows
   */
  playClip(audio, rows) {
    const speech = this.beginSpeech();
    speech.addFrames(0, rows);
    speech.addAudio(audio);
    speech.endFrames();
    speech.end();
    return speech;
  }

  /** A voice heard elsewhere that began at the context's `startTime`; ends what was playing.
   * @param {{startTime: number, delay: number}} options @returns {LiveSpeech} */
  beginLive(options) {
    this.interrupt();
    return this.#enqueue(new LiveSpeech(this, options));
  }

  /** Follows an <audio> or <video> element; ends what was playing.
   * @param {HTMLMediaElement} element @returns {ElementSpeech} */
  follow(element) {
    this.interrupt();
    return this.#enqueue(new ElementSpeech(this, element));
  }

  /** Stops the voice, drops what is queued and lets the face come to rest. */
  interrupt() {
    this.#left = { weights: this.frame().weights, at: this.now() };
    for (const speech of this.#queue) speech.stop();
    this.#queue = [];
  }

  /** True from a speech's first sample to its last, through gaps in its audio. */
  get speaking() {
    const { state } = this.frame();
    return state === "speaking" || state === "stalled";
  }

  /** What the face shows at `now`, a time of the context as it is heard. @param {number} [now]
   * @returns {Shown} */
  frame(now = this.now()) {
    while (this.#queue.length > 1 && this.#queue[1].startAt <= now) this.#queue.shift();
    const speech = this.#queue[0];
    if (!speech || speech.startAt > now) return this.#resting(now);
    const { time, state, presence } = speech.moment(now);
    const weights = speech.frames.at(time, this.between) ?? this.rest;
    const index = speech.frames.indexAt(time);
    return { weights: mix(this.rest, weights, presence), index, time, state, speech };
  }

  /** Draws at every animation frame until the function that it returns is called.
   * @param {(shown: Shown) => void} draw @returns {() => void} */
  run(draw) {
    let request = 0;
    const step = () => {
      request = requestAnimationFrame(step);
      draw(this.frame());
    };
    step();
    return () => cancelAnimationFrame(request);
  }

  /** When the next audio may sound: at once, or right after all that is scheduled. */
  nextStart() {
    const soonest = this.audioContext.currentTime + START_DELAY;
    const ends = this.#queue.map((s) => (s instanceof Speech ? s.timeline.endAt : -Infinity));
    const end = Math.max(...ends);
    return end > this.audioContext.currentTime ? end : soonest;
  }

  /** True when all speeches before this one are on the clock. @param {Speech} speech */
  turnOf(speech) {
    const place = this.#queue.indexOf(speech);
    return place >= 0 && this.#queue.slice(0, place).every((before) => before.scheduled);
  }

  /** Lets the speech after this one begin. @param {Speech | ElementSpeech} speech */
  next(speech) {
    const place = this.#queue.indexOf(speech);
    if (place >= 0) this.#queue[place + 1]?.release();
  }

  /** @template {Speech | LiveSpeech | ElementSpeech} T @param {T} speech @returns {T} */
  #enqueue(speech) {
    this.#queue.push(speech);
    return speech;
  }

  /** The way to rest after an interruption. @param {number} now @returns {Shown} */
  #resting(now) {
    const { weights, at } = this.#left;
    const left = weights.length ? 1 - smoothstep((now - at) / this.ease) : 0;
    const shown = left > 0 ? mix(this.rest, weights, left) : this.rest.slice();
    return { weights: shown, index: -1, time: 0, state: "rest", speech: null };
  }
}

/** The context's time that leaves the loudspeaker now.
 * @param {BaseAudioContext & {baseLatency?: number, outputLatency?: number}} context */
export function heardTime(context) {
  return context.currentTime - (context.baseLatency || 0) - (context.outputLatency || 0);
}
