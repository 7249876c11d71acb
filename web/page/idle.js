/** Idle motion keeps a resting face alive: the head sways a little, the eyes blink now and then. */

const BLINK_SECONDS = 0.22;
const WAIT_SECONDS = [2.2, 5.5];
const LIDS = ["eyeBlinkLeft", "eyeBlinkRight"];
const STILL = { x: 0, y: 0, roll: 0 };

/** Sway and blinks, on a clock of the caller's. */
export class IdleMotion {
  #blinkAt = 2;

  /** The head's sway. @param {number} seconds on any clock; this is no part of the speech
   * @param {boolean} still for people who prefer reduced motion
   * @returns {import("../face/face.js").Sway} */
  sway(seconds, still) {
    if (still) return STILL;
    return {
      x: 0.55 * Math.sin(seconds * 0.41) + 0.35 * Math.sin(seconds * 0.97 + 1),
      y: 0.5 * Math.sin(seconds * 0.53 + 2) + 0.3 * Math.sin(seconds * 1.31),
      roll: 0.011 * Math.sin(seconds * 0.33 + 0.6),
    };
  }

  /** Adds a blink to a face at rest. @param {Float32Array} weights [shapes], 0..1; changed
   * @param {string[]} names [shapes] @param {number} seconds on any clock */
  blink(weights, names, seconds) {
    const phase = (seconds - this.#blinkAt) / BLINK_SECONDS;
    if (phase > 1) {
      const [least, most] = WAIT_SECONDS;
      this.#blinkAt = seconds + least + Math.random() * (most - least);
    }
    const shut = phase > 0 && phase < 1 ? Math.sin(Math.PI * phase) ** 1.5 : 0;
    for (const lid of LIDS) {
      const column = names.indexOf(lid);
      if (column >= 0) weights[column] = Math.max(weights[column], shut);
    }
  }
}
