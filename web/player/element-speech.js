/** A voice that a media element plays. */

import { RETURN, STALL_PATIENCE } from "./easing.js";
import { FrameBuffer } from "./frame-buffer.js";
import { Presence, Stopwatch } from "./presence.js";

/** @typedef {import("./frame-buffer.js").Row} Row */
/** @typedef {import("./player.js").Player} Player */
/** @typedef {import("./speech.js").Moment} Moment */
/** @typedef {"idle" | "playing" | "waiting" | "standing" | "paused" | "ended"} Phase
 * "waiting": the element said so; "standing": its time stands still, whatever it says. */

const HAVE_FUTURE_DATA = 3; // an element's readyState below which it does not go on
const STANDSTILL = 0.25; // s without a step of the element's time after which it does not sound

/** @type {Record<Phase, Moment["state"]>} */
const STATES = {
  idle: "rest",
  playing: "speaking",
  waiting: "stalled",
  standing: "stalled",
  paused: "rest",
  ended: "ended",
};

/**
 * A voice played by an <audio> or <video> element. What is shown follows the element's time; its
 * events say whether it speaks. Where its `paused` contradicts them, as on some phones, a `pause`
 * is believed only when the time stands still. Made by `Player.follow`.
 */
export class ElementSpeech {
  #player;
  /** @type {Phase} */
  #phase = "idle";
  #startAt = Infinity;
  #presence;
  #time;
  #still;
  /** True while `paused` says the same as the events. */
  #honest = true;
  /** True after a `pause` that was not believed. */
  #doubted = false;
  #events = new AbortController();

  /** @param {Player} player @param {HTMLMediaElement} element */
  constructor(player, element) {
    this.#player = player;
    this.element = element;
    this.frames = new FrameBuffer(player.fps, player.channels);
    this.#presence = new Presence(player);
    this.#still = new Stopwatch(player);
    this.#time = element.currentTime;
    const { signal } = this.#events;
    for (const [types, handle] of /** @type {[string[], () => void][]} */ ([
      [["play", "playing"], this.#onPlay],
      [["pause"], this.#onPause],
      [["waiting"], this.#onWaiting],
      [["emptied"], this.#onEmptied],
      [["ended", "error"], this.#onEnded],
    ])) {
      for (const type of types) element.addEventListener(type, handle, { signal });
    }
    if (element.paused === false && !element.ended) this.#onPlay();
    if (element.readyState < HAVE_FUTURE_DATA) this.#onWaiting();
  }

  /**
   * Adds frames, in any order and at any time.
   * @param {number} first number of the first one
   * @param {Iterable<Row>} rows frames [channels], 0..1
   */
  addFrames(first, rows) {
    this.frames.add(first, rows);
  }

  /** Starts the element. @returns {Promise<void>} the element's own */
  play() {
    const playing = this.element.play();
    this.#onPlay();
    playing?.catch(() => this.#onEmptied()); // the browser did not let it play
    return playing;
  }

  /** The player's time at which it began to play, s; Infinity before that. */
  get startAt() {
    return this.#startAt;
  }

  /** True once its end is settled. */
  get scheduled() {
    return this.#phase === "ended";
  }

  /** Where it is at `now`. @param {number} now a time of the player's clock, s
   * @returns {Moment} */
  moment(now) {
    this.#watch(now);
    const unheard = this.#phase === "standing" && this.#doubted;
    const state = unheard ? "rest" : STATES[this.#phase];
    return { time: this.#time, state, presence: this.#presence.at(now) };
  }

  /** Nothing waits in it for its turn. */
  release() {}

  /** True once it was heard to its end. */
  settle() {
    return this.scheduled;
  }

  /** Lets go of the element, which plays on. */
  detach() {
    this.#events.abort();
  }

  /** Lets go of the element, and pauses it. */
  stop() {
    if (this.#events.signal.aborted) return;
    this.detach();
    this.element.pause();
  }

  /** Takes note of whether the element's time goes on. @param {number} now s */
  #watch(now) {
    const time = this.element.currentTime;
    if (time !== this.#time) {
      this.#time = time;
      this.#still.restart();
      if (this.#phase === "standing") this.#enter("playing");
    } else if (this.#phase === "playing" && this.#still.seconds(now) > STANDSTILL) {
      this.#enter("standing");
    }
  }

  /** @param {Phase} phase */
  #enter(phase) {
    const [before, now] = [this.#phase, this.#player.now()];
    if (before === phase) return;
    const { ease } = this.#player;
    this.#phase = phase;
    if (before === "idle" || (before === "ended" && phase === "playing")) {
      this.#startAt = now;
      this.#presence.set(phase === "playing" ? 1 : 0);
    } else if (phase === "playing") this.#presence.move(now, 1, RETURN);
    else if (phase === "waiting") this.#presence.move(now, 0, ease, STALL_PATIENCE);
    else if (phase === "standing") {
      this.#presence.move(now, 0, ease, this.#doubted ? 0 : STALL_PATIENCE - STANDSTILL);
    } else if (before !== "paused") this.#presence.move(now, 0, ease);
  }

  /** True while it sounds, or would if it could. */
  get #started() {
    return this.#phase !== "idle" && this.#phase !== "paused" && this.#phase !== "ended";
  }

  #onPlay = () => {
    this.#honest = this.element.paused !== true;
    this.#doubted = false;
    this.#still.restart();
    this.#enter("playing");
  };

  #onPause = () => {
    if (!this.#started) return;
    if (!this.#honest || this.element.paused === false) this.#doubted = true;
    else this.#enter("paused");
  };

  #onEmptied = () => {
    if (this.#started) this.#enter("paused");
  };

  #onWaiting = () => {
    if (this.#started) this.#enter("waiting");
  };

  #onEnded = () => {
    this.#enter("ended");
    this.#player.advance();
  };
}
