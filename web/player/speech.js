/** A voice that comes as PCM. */

import { RETURN, STALL_PATIENCE, smoothstep } from "./easing.js";
import { FrameBuffer } from "./frame-buffer.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("./frame-buffer.js").Row} Row */
/** @typedef {import("./player.js").Player} Player */

/**
 * @typedef {object} Moment Where a speech is.
 * @property {number} time Seconds of it heard so far.
 * @property {"rest" | "speaking" | "stalled" | "ended"} state "stalled": the audio ran dry.
 * @property {number} presence 1: the frames as they are; 0: the rest pose.
 */

const SHORTEST_PIECE = 0.1; // s of audio scheduled at a time
const FADE_OUT = 0.02; // s in which an interrupted voice fades, so that it does not click

/** A voice that comes as PCM and is played on the AudioContext; made by `Player.beginSpeech`. */
export class Speech {
  #player;
  #output;
  #waitForFrames;
  /** @type {{samples: Float32Array, rate: number}[]} */
  #waiting = [];
  /** @type {Set<AudioBufferSourceNode>} */
  #sources = new Set();
  #framesEnded = false;
  #stopped = false;
  /** @type {(whole: boolean) => void} */
  #finish = () => {};

  /** @param {Player} player @param {{waitForFrames?: boolean}} options */
  constructor(player, { waitForFrames = true }) {
    this.#player = player;
    this.#waitForFrames = waitForFrames;
    this.#output = player.audioContext.createGain();
    this.#output.connect(player.destination);
    this.frames = new FrameBuffer(player.fps, player.channels);
    this.timeline = new Timeline();
    /** True once no more audio will come. */
    this.closed = false;
    /** True once all of it was heard, and all before it. */
    this.over = false;
    /** Becomes true when all of it has been heard, false when it was interrupted.
     * @type {Promise<boolean>} */
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Appends mono PCM of any length, or an AudioBuffer's first channel. It is copied: the caller
   * may use its array again.
   * @param {Float32Array | AudioBuffer} audio -1..1, [n]; of length 0: nothing to hear
   * @param {number} [rate] Hz; an AudioBuffer has its own */
  addAudio(audio, rate) {
    if (this.#stopped) return;
    if (this.closed) throw new Error("this speech has ended; begin a new one");
    const samples = audio instanceof Float32Array ? audio : audio.getChannelData(0);
    const hertz = rate ?? /** @type {AudioBuffer} */ (audio).sampleRate;
    if (!(hertz > 0)) throw new RangeError(`addAudio needs the audio's rate in Hz; got ${hertz}`);
    if (samples.length === 0) return;
    this.#waiting.push({ samples: samples.slice(), rate: hertz });
    this.#player.advance();
  }

  /**
   * Adds frames, in any order and at any time.
   * @param {number} first number of the first one
   * @param {Iterable<Row>} rows frames [channels], 0..1
   */
  addFrames(first, rows) {
    this.frames.add(first, rows);
    this.#player.advance();
  }

  /** No more frames will come: audio no longer waits for them. */
  endFrames() {
    this.#framesEnded = true;
    this.#player.advance();
  }

  /** No more audio will come. */
  end() {
    this.closed = true;
    this.#player.advance();
  }

  /** True once all audio is on the clock. */
  get scheduled() {
    return this.closed && this.#waiting.length === 0;
  }

  /** The context's time of its first sample, s; Infinity before that is settled, and for ever if
   * there is no audio. */
  get startAt() {
    return this.timeline.startAt;
  }

  /** Where it is at `now`, a time of the context not before its start.
   * @param {number} now s @returns {Moment} */
  moment(now) {
    const { time, sounding, since, gap } = this.timeline.locate(now);
    const { ease } = this.#player;
    if (sounding) {
      const kept = 1 - smoothstep((gap - STALL_PATIENCE) / ease);
      return { time, state: "speaking", presence: kept + (1 - kept) * smoothstep(since / RETURN) };
    }
    if (this.scheduled) return { time, state: "ended", presence: 1 - smoothstep(since / ease) };
    return { time, state: "stalled", presence: 1 - smoothstep((since - STALL_PATIENCE) / ease) };
  }

  /** Puts on the clock what may sound: what frames are there for. Called in its turn, when all
   * speeches before it are scheduled. */
  release() {
    while (this.#waiting.length) {
      const [{ samples, rate }] = this.#waiting;
      const count = this.#allowed(samples.length, rate);
      if (count === 0) return;
      this.#schedule(samples.subarray(0, count), rate);
      if (count === samples.length) this.#waiting.shift();
      else this.#waiting[0] = { samples: samples.subarray(count), rate };
    }
  }

  /** Samples of the next chunk that may sound now. The more is scheduled ahead, the larger the
   * next piece, so that a long clip does not become thousands of little ones.
   * @param {number} count @param {number} rate */
  #allowed(count, rate) {
    if (!this.#waitForFrames || this.#framesEnded) return count;
    const covered = Math.floor((this.frames.seconds - this.timeline.seconds) * rate + 1e-6);
    if (covered >= count) return count;
    const ahead = this.timeline.endAt - this.#player.audioContext.currentTime;
    return covered >= Math.max(SHORTEST_PIECE, ahead / 2) * rate ? covered : 0;
  }

  /** @param {Float32Array} samples @param {number} rate */
  #schedule(samples, rate) {
    const context = this.#player.audioContext;
    const buffer = context.createBuffer(1, samples.length, rate);
    buffer.getChannelData(0).set(samples);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#output);
    source.onended = () => {
      this.#sources.delete(source);
      if (this.#stopped) this.#disconnect();
      else this.#player.advance();
    };
    this.#sources.add(source);
    const at = this.#player.nextStart();
    source.start(at);
    this.timeline.add(at, samples.length / rate);
  }

  /** True once all of it was heard. Called in its turn, when all before it were heard. */
  settle() {
    if (!this.scheduled || this.#sources.size > 0) return false;
    if (!this.over) {
      this.over = true;
      this.#disconnect();
      this.#finish(true);
    }
    return true;
  }

  #disconnect() {
    if (this.#sources.size === 0) this.#output.disconnect();
  }

  /** Stops the voice; `Player.interrupt` calls it. What still comes of it is ignored. */
  stop() {
    const now = this.#player.audioContext.currentTime;
    this.closed = this.#stopped = true;
    this.#waiting = [];
    this.#finish(false);
    if (this.over) return;
    this.#output.gain.setValueAtTime(1, now);
    this.#output.gain.linearRampToValueAtTime(0, now + FADE_OUT);
    for (const source of this.#sources) source.stop(now + FADE_OUT);
    this.#disconnect();
  }
}
