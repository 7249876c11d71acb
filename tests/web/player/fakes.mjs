/** An audio clock and a media element that tests move by hand, and speeches for them. */

import { Player } from "../../../web/player/player.js";

export const RATE = 16_000;

/** As much of an AudioContext as a player uses; `advance` is the passing of time. */
export class FakeContext {
  currentTime = 0;
  /** @type {number | undefined} */
  baseLatency;
  /** @type {number | undefined} */
  outputLatency;
  destination = {};
  /** Sources that have not ended, and all there ever were. @type {any[]} */
  sources = [];
  all = [];

  createGain() {
    const gain = { setValueAtTime() {}, linearRampToValueAtTime() {} };
    return { gain, connect() {}, disconnect() {} };
  }

  createBuffer(_channels, length, rate) {
    const data = new Float32Array(length);
    return { duration: length / rate, getChannelData: () => data };
  }

  createBufferSource() {
    const source = {
      buffer: null,
      at: Infinity,
      until: Infinity,
      onended: null,
      connect() {},
      start(at) {
        this.at = at;
        this.until = at + this.buffer.duration;
      },
      stop(at) {
        this.until = Math.min(this.until, at);
      },
    };
    this.sources.push(source);
    this.all.push(source);
    return source;
  }

  advance(seconds) {
    this.currentTime += seconds;
    for (const source of this.sources.filter((one) => one.until <= this.currentTime)) {
      this.sources.splice(this.sources.indexOf(source), 1);
      source.onended?.();
    }
  }
}

/** As much of a media element as a player uses. Events come after the call that causes them, as a
 * browser's do: `settle` delivers them. */
export class FakeElement extends EventTarget {
  currentTime = 0;
  paused = true;
  /** True while the data of its place has not come. */
  starved = false;
  /** @type {string[]} */
  #due = [];

  /** @param {number} duration s */
  constructor(duration = 2) {
    super();
    this.duration = duration;
  }

  get ended() {
    return this.currentTime >= this.duration;
  }

  get readyState() {
    return this.starved ? 2 : 4;
  }

  async play() {
    if (this.ended) this.seek(0);
    if (!this.paused) return;
    this.paused = false;
    this.#due.push("play", this.starved ? "waiting" : "playing");
  }

  pause() {
    if (this.paused) return;
    this.paused = true;
    this.#due.push("timeupdate", "pause");
  }

  /** Sets its place. @param {number} time s */
  seek(time) {
    this.currentTime = time;
    this.#due.push("seeking", "timeupdate", "seeked");
  }

  /** Runs out of data. */
  starve() {
    if (!this.starved && !this.paused) this.#due.push("waiting");
    this.starved = true;
  }

  /** Gets its data. */
  feed() {
    if (this.starved && !this.paused) this.#due.push("playing");
    this.starved = false;
  }

  /** Lets time pass. @param {number} seconds */
  advance(seconds) {
    if (this.paused || this.starved) return;
    this.currentTime = Math.min(this.duration, this.currentTime + seconds);
    this.#due.push("timeupdate");
    if (this.currentTime < this.duration) return;
    this.paused = true;
    this.#due.push("pause", "ended");
  }

  /** Delivers the events that are due. */
  settle() {
    while (this.#due.length > 0) this.dispatchEvent(new Event(String(this.#due.shift())));
  }
}

/** Frames whose weights tell their number: frame k is [k / 1000, 1]. */
export const numbered = (count, first = 0) =>
  Array.from({ length: count }, (_, k) => [(first + k) / 1000, 1]);
export const silence = (seconds) => new Float32Array(Math.round(seconds * RATE));
export const shownNumber = (shown) => Math.round(shown.weights[0] * 1000);

/** @param {Record<string, unknown>} options */
export function setUp(options = {}) {
  const context = /** @type {FakeContext & any} */ (new FakeContext());
  const player = new Player({ audioContext: context, channels: 2, between: false, ...options });
  return { context, player };
}

export function speak(player, seconds, frames = numbered(Math.ceil(seconds * 30))) {
  const speech = player.beginSpeech();
  speech.addFrames(0, frames);
  speech.addAudio(silence(seconds), RATE);
  speech.end();
  return speech;
}
