/** A voice that a media element plays. */

import { smoothstep } from "./easing.js";
import { FrameBuffer } from "./frame-buffer.js";

/** @typedef {import("./frame-buffer.js").Row} Row */
/** @typedef {import("./player.js").Player} Player */
/** @typedef {import("./speech.js").Moment} Moment */

/**
 * A voice played by an <audio> or <video> element. Its `paused` and `pause` can't be trusted, so
 * an own flag says whether it speaks. Made by `Player.follow`.
 */
export class ElementSpeech {
  #player;
  #element;
  #speaking = false;
  #endedAt = -Infinity;
  #started = false;

  /** @param {Player} player @param {HTMLMediaElement} element */
  constructor(player, element) {
    this.#player = player;
    this.#element = element;
    this.frames = new FrameBuffer(player.fps, player.channels);
    element.addEventListener("play", this.#onPlay);
    element.addEventListener("ended", this.#onEnded);
  }

  /**
   * Adds frames, in any order and at any time.
   * @param {number} first
   * @param {Iterable<Row>} rows
   */
  addFrames(first, rows) {
    this.frames.add(first, rows);
  }

  /** Starts the element. */
  play() {
    this.#onPlay();
    return this.#element.play();
  }

  /** The context's time of its first sample; Infinity before that is settled. */
  get startAt() {
    return this.#started ? -Infinity : Infinity;
  }

  /** True once its end is settled. */
  get scheduled() {
    return this.#started && !this.#speaking;
  }

  /** Where it is at `now`, a time of the context. @param {number} now @returns {Moment} */
  moment(now) {
    const time = this.#element.currentTime;
    if (this.#speaking) return { time, state: "speaking", presence: 1 };
    const presence = 1 - smoothstep((now - this.#endedAt) / this.#player.ease);
    return { time, state: "ended", presence };
  }

  /** Nothing waits in it for its turn. */
  release() {}

  /** Lets go of the element, and pauses it. */
  stop() {
    this.#element.removeEventListener("play", this.#onPlay);
    this.#element.removeEventListener("ended", this.#onEnded);
    this.#element.pause();
  }

  #onPlay = () => {
    this.#started = this.#speaking = true;
  };

  #onEnded = () => {
    this.#speaking = false;
    this.#endedAt = this.#player.now();
    this.#player.next(this);
  };
}
