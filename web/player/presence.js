/** How far a face shows its voice, in a time that goes on while the voice is held. */

import { smoothstep } from "./easing.js";

/** @typedef {import("./player.js").Player} Player */

/**
 * Seconds by the player's clock. That stands still while the AudioContext is suspended; a face comes
 * to rest even then, so the page's own clock counts meanwhile. It chooses no frame.
 */
export class Stopwatch {
  #player;
  #start = -Infinity;
  #suspended = 0;
  #page = 0;

  /** @param {Player} player */
  constructor(player) {
    this.#player = player;
  }

  /** Begins at 0; before the first time that is long ago. */
  restart() {
    this.#start = this.#player.now();
    this.#suspended = 0;
    this.#page = pageTime();
  }

  /** Seconds since it was restarted. @param {number} now a time of the player's clock, s */
  seconds(now) {
    const page = pageTime();
    if (this.#player.suspended) this.#suspended += page - this.#page;
    this.#page = page;
    return now - this.#start + this.#suspended;
  }
}

/** A share that goes smoothly from where it is to a new one: 1 the frames, 0 the rest pose. */
export class Presence {
  #stopwatch;
  #from = 0;
  #to = 0;
  #wait = 0;
  #seconds = 1;

  /** @param {Player} player */
  constructor(player) {
    this.#stopwatch = new Stopwatch(player);
  }

  /** The share, 0..1. @param {number} now a time of the player's clock, s */
  at(now) {
    const done = smoothstep((this.#stopwatch.seconds(now) - this.#wait) / this.#seconds);
    return this.#from + (this.#to - this.#from) * done;
  }

  /** Goes to a share. @param {number} now a time of the player's clock, s
   * @param {number} to 0..1 @param {number} seconds that the way takes
   * @param {number} [wait] seconds before it begins */
  move(now, to, seconds, wait = 0) {
    this.#from = this.at(now);
    [this.#to, this.#seconds, this.#wait] = [to, seconds, wait];
    this.#stopwatch.restart();
  }

  /** Is a share at once. @param {number} share 0..1 */
  set(share) {
    this.#from = this.#to = share;
  }
}

/** Seconds of the page's clock. */
function pageTime() {
  return performance.now() / 1000;
}
