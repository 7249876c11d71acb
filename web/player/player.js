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

import { mix, RETURN, smoothstep } from "./easing.js";
import { ElementSpeech } from "./element-speech.js";
import { LiveSpeech } from "./live-speech.js";
import { Presence, Stopwatch } from "./presence.js";
import { Speech } from "./speech.js";

/** @typedef {import("./frame-buffer.js").Row} Row */
/** @typedef {import("./speech.js").Moment} Moment */
/** @typedef {Speech | LiveSpeech | ElementSpeech} AnySpeech */

/**
 * @typedef {object} Shown What the face shows at a moment.
 * @property {Float32Array} weights [channels], 0..1.
 * @property {number} index The frame shown, -1 at rest before any speech.
 * @property {number} time Seconds of the speech heard so far.
 * @property {"rest" | "speaking" | "stalled" | "ended"} state "stalled": the audio ran dry.
 * @property {AnySpeech | null} speech Whose frame it is.
 */

const START_DELAY = 0.03; // s from scheduling to sound, so that the first sample is not cut

/** Plays speeches one after another and tells which frame to show. */
export class Player {
  /** @type {AnySpeech[]} */
  #queue = [];
  #heard = -Infinity;
  /** Where an interruption left the face, and since when. @type {Float32Array} */
  #left = new Float32Array(0);
  #sinceLeft;
  /** How far the face shows its voice, which a suspended context holds. */
  #presence;
  #held = false;
  #clock;

  /**
   * @param {object} options
   * @param {BaseAudioContext} [options.audioContext] needed unless only media elements are followed
   * @param {AudioNode} [options.destination] where the voice goes; the context's own by default
   * @param {number} [options.fps] frames a second
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
    this.#sinceLeft = new Stopwatch(this);
    this.#presence = new Presence(this);
    this.#presence.set(1);
  }

  /**
   * The context's time that is heard now. It never goes back, even if the output device changes.
   */
  now() {
    this.#heard = Math.max(this.#heard, this.#clock());
    return this.#heard;
  }

  /** True while the player's clock stands still because the context does. */
  get suspended() {
    const state = this.audioContext?.state;
    return state === "suspended" || state === "interrupted";
  }

  /** A new speech. It is heard when those before it are over; the one before gets its `end`.
   * @param {{waitForFrames?: boolean}} [options] false: play audio even where frames are late
   * @returns {Speech} */
  beginSpeech(options = {}) {
    if (!this.audioContext) throw new Error("a speech needs a player made with an audioContext");
    const before = this.#queue.at(-1);
    if (before instanceof Speech && !before.closed) before.end();
    return this.#enqueue(new Speech(this, options));
  }

  /**
   * A whole clip, played after what is queued.
   * @param {AudioBuffer} audio
   * @param {Iterable<Row>} rows [n, channels], 0..1
   * @returns {Speech}
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

  /** Follows an <audio> or <video> element, which may be playing already; ends what else was
   * playing. @param {HTMLMediaElement} element @returns {ElementSpeech} */
  follow(element) {
    for (const speech of this.#queue) {
      if (speech instanceof ElementSpeech && speech.element === element) speech.detach();
    }
    this.interrupt();
    return this.#enqueue(new ElementSpeech(this, element));
  }

  /** Stops the voice, drops what is queued and lets the face come to rest. */
  interrupt() {
    this.#left = this.frame().weights;
    this.#sinceLeft.restart();
    for (const speech of this.#queue) speech.stop();
    this.#queue = [];
  }

  /** True from a speech's first sample to its last, through gaps in its audio. */
  get speaking() {
    const { state } = this.frame();
    return state === "speaking" || state === "stalled";
  }

  /** What the face shows at `now`, a time of the context as it is heard, s.
   * @param {number} [now] @returns {Shown} */
  frame(now = this.now()) {
    const shown = this.#shownAt(now);
    const held = this.#hold(now, shown);
    if (!shown) return this.#resting(now);
    const { speech, time, presence } = shown;
    const weights = speech.frames.at(time, this.between) ?? this.rest;
    const index = speech.frames.indexAt(time);
    const state = this.#held && shown.speaks ? "rest" : shown.state;
    return { weights: mix(this.rest, weights, presence * held), index, time, state, speech };
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

  /** When the next audio may sound, s of the context: at once, or right after all that is scheduled. */
  nextStart() {
    const soonest = this.audioContext.currentTime + START_DELAY;
    const ends = this.#queue.map((s) => (s instanceof Speech ? s.timeline.endAt : -Infinity));
    const end = Math.max(...ends);
    return end > this.audioContext.currentTime ? end : soonest;
  }

  /** Puts on the clock what may sound now, and tells which speeches were heard to their end: one
   * speech after another. Every speech calls it when something of it changes. */
  advance() {
    for (const speech of this.#queue) {
      speech.release();
      if (!speech.scheduled) break;
    }
    for (const speech of this.#queue) if (!speech.settle()) break;
  }

  /** The voice that began last of those that speak, or else of those that spoke; none before the
   * first begins. One without audio never begins. @param {number} now s */
  #shownAt(now) {
    /** @type {(Moment & {speech: AnySpeech, speaks: boolean}) | null} */
    let shown = null;
    for (const speech of this.#queue) {
      if (speech.startAt > now) continue;
      const moment = speech.moment(now);
      const speaks = moment.state === "speaking" || moment.state === "stalled";
      const later = !shown || speech.startAt >= shown.speech.startAt;
      if (!shown || (speaks === shown.speaks ? later : speaks))
        shown = { ...moment, speech, speaks };
    }
    return shown;
  }

  /** The share, 0..1, that is shown of a voice that a suspended context holds: it comes to rest, and
   * comes back when the context runs. @param {number} now s
   * @param {{speech: AnySpeech} | null} shown */
  #hold(now, shown) {
    if (!shown || shown.speech instanceof ElementSpeech) {
      this.#held = false;
      this.#presence.set(1);
    } else if (this.suspended !== this.#held) {
      this.#held = this.suspended;
      if (this.#held) this.#presence.move(now, 0, this.ease);
      else this.#presence.move(now, 1, RETURN);
    }
    return this.#presence.at(now);
  }

  /** Puts a speech behind the others, and forgets those that are over but the one last shown.
   * @template {AnySpeech} T @param {T} speech @returns {T} */
  #enqueue(speech) {
    const now = this.now();
    const begun = this.#queue.findLast((other) => other.startAt <= now);
    this.#queue = this.#queue.filter(
      (other) => other === begun || !(other instanceof Speech && other.over),
    );
    this.#queue.push(speech);
    return speech;
  }

  /** The way to rest after an interruption. @param {number} now @returns {Shown} */
  #resting(now) {
    const left = 1 - smoothstep(this.#sinceLeft.seconds(now) / this.ease);
    const shown = this.#left.length ? mix(this.rest, this.#left, left) : this.rest.slice();
    return { weights: shown, index: -1, time: 0, state: "rest", speech: null };
  }
}

/** The context's time that leaves the loudspeaker now, s.
 * @param {BaseAudioContext & {baseLatency?: number, outputLatency?: number}} context */
export function heardTime(context) {
  return context.currentTime - (context.baseLatency || 0) - (context.outputLatency || 0);
}
