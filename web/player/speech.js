/** What a player can play: a voice as PCM, a live voice heard elsewhere, a media element. */

import { FrameBuffer, Timeline, smoothstep } from "./player-books.js";

/** @typedef {import("./player-books.js").Row} Row */
/** @typedef {import("./player.js").Player} Player */

/**
 * @typedef {object} Moment Where a speech is.
 * @property {number} time Seconds of it heard so far.
 * @property {"rest" | "speaking" | "stalled" | "ended"} state "stalled": the audio ran dry.
 * @property {number} presence 1: the frames as they are; 0: the rest pose.
 */

const SHORTEST_PIECE = 0.1; // s of audio scheduled at a time
const FADE_OUT = 0.02; // s in which an interrupted voice fades, so that it does not click
const STALL_PATIENCE = 0.4; // s for which a face holds its frame when the audio runs dry
const RETURN = 0.1; // s in which it comes back to its frames after that
const LONGEST_DELAY = 3; // s behind a live voice, at most
const SPARE = 0.06; // s by which a live frame shall come early
const CATCH_UP = 0.03; // s by which a delay shrinks in a second, at most

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
    /** Becomes true when all of it has been heard, false when it was interrupted.
     * @type {Promise<boolean>} */
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Appends mono PCM of any length, or an AudioBuffer's first channel.
   * @param {Float32Array | AudioBuffer} audio
   * @param {number} [rate] Hz; an AudioBuffer has its own */
  addAudio(audio, rate) {
    if (this.#stopped) return;
    if (this.closed) throw new Error("this speech has ended; begin a new one");
    const samples = audio instanceof Float32Array ? audio : audio.getChannelData(0);
    this.#waiting.push({ samples, rate: rate ?? /** @type {AudioBuffer} */ (audio).sampleRate });
    this.release();
  }

  /**
   * Adds frames, in any order and at any time.
   * @param {number} first
   * @param {Iterable<Row>} rows
   */
  addFrames(first, rows) {
    this.frames.add(first, rows);
    this.release();
  }

  /** Says that no more frames will come: audio no longer waits for them. */
  endFrames() {
    this.#framesEnded = true;
    this.release();
  }

  /** Says that no more audio will come. */
  end() {
    this.closed = true;
    this.release();
    this.#settle();
  }

  /** True once all audio is on the clock. */
  get scheduled() {
    return this.closed && this.#waiting.length === 0;
  }

  get startAt() {
    return this.timeline.startAt;
  }

  /** @param {number} now @returns {Moment} */
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

  /** Puts on the clock what may sound: what frames are there for, after the speech before it. */
  release() {
    while (this.#waiting.length && this.#player.turnOf(this)) {
      const [{ samples, rate }] = this.#waiting;
      const count = this.#allowed(samples.length, rate);
      if (count === 0) return;
      this.#schedule(samples.subarray(0, count), rate);
      if (count === samples.length) this.#waiting.shift();
      else this.#waiting[0] = { samples: samples.subarray(count), rate };
    }
    if (this.scheduled) this.#player.next(this);
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
    if (samples.length === 0) return;
    const context = this.#player.audioContext;
    const buffer = context.createBuffer(1, samples.length, rate);
    buffer.getChannelData(0).set(samples);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#output);
    source.onended = () => {
      this.#sources.delete(source);
      this.#settle();
    };
    this.#sources.add(source);
    const at = this.#player.nextStart();
    source.start(at);
    this.timeline.add(at, samples.length / rate);
  }

  #settle() {
    if (!this.scheduled || this.#sources.size > 0) return;
    this.#output.disconnect();
    this.#finish(!this.#stopped);
  }

  /** Stops the voice; `Player.interrupt` calls it. What still comes of it is ignored. */
  stop() {
    const now = this.#player.audioContext.currentTime;
    this.closed = this.#stopped = true;
    this.#waiting = [];
    this.#output.gain.setValueAtTime(1, now);
    this.#output.gain.linearRampToValueAtTime(0, now + FADE_OUT);
    for (const source of this.#sources) source.stop(now + FADE_OUT);
    this.#settle();
  }
}

/**
 * A voice that is heard elsewhere, such as the speaker's own into a microphone: the face follows
 * `delay` seconds behind. Made by `Player.beginLive`.
 */
export class LiveSpeech {
  #player;
  #seconds = Infinity;

  /** @param {Player} player @param {{startTime: number, delay: number}} options */
  constructor(player, { startTime, delay }) {
    this.#player = player;
    this.startTime = startTime;
    /** Seconds from sound to face. It follows the pace at which frames come. */
    this.delay = delay;
    this.frames = new FrameBuffer(player.fps, player.channels);
  }

  /** Adds frames as they come. @param {number} first @param {Iterable<Row>} rows */
  addFrames(first, rows) {
    const next = first === this.frames.known;
    const early = this.startAt + first / this.frames.fps - this.#player.now();
    this.frames.add(first, rows);
    if (next) this.#keepPace(early, this.frames.seconds - first / this.frames.fps);
  }

  /** A late frame is waited for at once; a delay longer than needed is made up for little by
   * little. @param {number} early seconds before it was due @param {number} seconds that came */
  #keepPace(early, seconds) {
    const longer = early < 0 ? -early : -Math.min(Math.max(0, early - SPARE), CATCH_UP * seconds);
    this.delay = Math.min(this.delay + longer, LONGEST_DELAY);
  }

  /** Says how long the voice was. @param {number} seconds */
  end(seconds) {
    this.#seconds = seconds;
  }

  get startAt() {
    return this.startTime + this.delay;
  }

  get scheduled() {
    return this.#seconds < Infinity;
  }

  /** @param {number} now @returns {Moment} */
  moment(now) {
    const passed = now - this.startAt;
    const over = passed - this.#seconds;
    if (over < 0) return { time: passed, state: "speaking", presence: 1 };
    const presence = 1 - smoothstep(over / this.#player.ease);
    return { time: this.#seconds, state: "ended", presence };
  }

  release() {}

  stop() {}
}

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

  get startAt() {
    return this.#started ? -Infinity : Infinity;
  }

  get scheduled() {
    return this.#started && !this.#speaking;
  }

  /** @param {number} now @returns {Moment} */
  moment(now) {
    const time = this.#element.currentTime;
    if (this.#speaking) return { time, state: "speaking", presence: 1 };
    const presence = 1 - smoothstep((now - this.#endedAt) / this.#player.ease);
    return { time, state: "ended", presence };
  }

  release() {}

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
