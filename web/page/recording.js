/** A voice that was or is being recorded: its audio, its loudness, its frames. */

/** @typedef {import("../player/speech.js").Speech} Speech */
/** @typedef {import("../player/live-speech.js").LiveSpeech} LiveSpeech */

/** The audio of a clip or of a microphone, and the speech that shows it. */
export class Recording {
  /** @type {Float32Array[]} */
  #pieces = [];
  #sum = 0;
  #counted = 0;

  #keeps;

  /** @param {string} name @param {number} rate Hz @param {number} fps frames a second
   * @param {{keep?: boolean}} [options] false: its audio is not kept, as of a voice without an end */
  constructor(name, rate, fps, { keep = true } = {}) {
    this.#keeps = keep;
    this.name = name;
    this.rate = rate;
    this.fps = fps;
    /** Blinks stay the same when frames are asked for again. */
    this.seed = Math.floor(Math.random() * 2 ** 31);
    /** Loudness (RMS) of each frame's audio. @type {number[]} */
    this.volumes = [];
    /** @type {Speech | LiveSpeech | null} */
    this.speech = null;
    /** Samples so far. */
    this.length = 0;
    /** True once all its frames are known. */
    this.complete = false;
  }

  /** Appends audio. @param {Float32Array} samples [n], mono, -1..1 */
  add(samples) {
    if (this.#keeps) this.#pieces.push(samples);
    for (const value of samples) {
      this.#sum += value * value;
      this.#counted += 1;
      this.length += 1;
      if (this.length * this.fps >= (this.volumes.length + 1) * this.rate) {
        this.volumes.push(Math.sqrt(this.#sum / this.#counted));
        this.#sum = this.#counted = 0;
      }
    }
  }

  /** True if it can be played again. */
  get kept() {
    return this.#pieces.length > 0;
  }

  /** Everything spoken, as one piece [n]. */
  get samples() {
    if (this.#pieces.length > 1) {
      const whole = new Float32Array(this.length);
      let at = 0;
      for (const piece of this.#pieces) {
        whole.set(piece, at);
        at += piece.length;
      }
      this.#pieces = [whole];
    }
    return this.#pieces[0] ?? new Float32Array(0);
  }

  /** Seconds so far. */
  get seconds() {
    return this.length / this.rate;
  }

  /** Frames that belong to it: seconds * fps, rounded up. */
  get frameCount() {
    return Math.ceil((this.length * this.fps) / this.rate);
  }

  /** Frames known so far, without holes: [n, shapes]. */
  get rows() {
    const frames = this.speech?.frames;
    return frames ? frames.rows.slice(0, frames.known) : [];
  }
}
