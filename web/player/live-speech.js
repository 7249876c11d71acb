/** A live voice that is heard elsewhere. */

import { smoothstep } from "./easing.js";
import { FrameBuffer } from "./frame-buffer.js";

/** @typedef {import("./frame-buffer.js").Row} Row */
/** @typedef {import("./player.js").Player} Player */
/** @typedef {import("./speech.js").Moment} Moment */

const LONGEST_DELAY = 3; // s behind a live voice, at most
const SPARE = 0.015; // s by which the latest of recent frames shall come early
const RECENT = 2; // s for which a frame counts as recent
const CATCH_UP = 0.03; // s by which a delay shrinks in a second, at most

/**
 * A voice that is heard elsewhere, such as the speaker's own into a microphone: the face follows
 * `delay` seconds behind. Made by `Player.beginLive`.
 */
export class LiveSpeech {
  #player;
  #seconds = Infinity;
  /** Seconds from sound to frames, of those that came recently.
   * @type {{came: number, lag: number}[]} */
  #lags = [];

  /** @param {Player} player @param {{startTime: number, delay: number}} options s */
  constructor(player, { startTime, delay }) {
    this.#player = player;
    this.startTime = startTime;
    /** Seconds from sound to face. It follows the pace at which frames come. */
    this.delay = delay;
    this.frames = new FrameBuffer(player.fps, player.channels);
  }

  /** Adds frames as they come. @param {number} first number of the first one
   * @param {Iterable<Row>} rows [n, channels], 0..1 */
  addFrames(first, rows) {
    const next = first === this.frames.known;
    const time = first / this.frames.fps;
    this.frames.add(first, rows);
    if (next) this.#keepPace(this.#player.now(), time, this.frames.seconds - time);
  }

  /** A late frame is waited for at once; a delay longer than all recent frames needed is made up
   * for little by little. @param {number} now @param {number} time of the first frame that came, s
   * of the voice @param {number} seconds that came */
  #keepPace(now, time, seconds) {
    const lag = now - this.startTime - time;
    this.#lags = [...this.#lags.filter(({ came }) => now - came < RECENT), { came: now, lag }];
    const enough = Math.max(...this.#lags.map((frames) => frames.lag)) + SPARE;
    const shorter = Math.min(Math.max(0, this.delay - enough), CATCH_UP * seconds);
    this.delay = Math.min(Math.max(lag, this.delay - shorter), LONGEST_DELAY);
  }

  /** The voice is over. @param {number} seconds that it lasted */
  end(seconds) {
    this.#seconds = seconds;
  }

  /** The context's time at which its first frame is shown, s. */
  get startAt() {
    return this.startTime + this.delay;
  }

  /** True once its end is settled. */
  get scheduled() {
    return this.#seconds < Infinity;
  }

  /** Where it is at `now`, a time of the context. @param {number} now @returns {Moment} */
  moment(now) {
    const passed = now - this.startAt;
    const over = passed - this.#seconds;
    if (over < 0) return { time: passed, state: "speaking", presence: 1 };
    const presence = 1 - smoothstep(over / this.#player.ease);
    return { time: this.#seconds, state: "ended", presence };
  }

  /** Nothing waits in it for its turn. */
  release() {}

  /** True once its end is settled; it is heard elsewhere. */
  settle() {
    return this.scheduled;
  }

  /** The voice is not ours to stop. */
  stop() {}
}
