/** The microphone's voice: from its blocks to frames, and what is kept of it. */

import { Recording } from "../page/recording.js";
import { Microphone } from "../sources/microphone.js";
import { LiveVoice } from "../sources/voices.js";

/** @typedef {import("../player/player.js").Player} Player */
/** @typedef {import("../runtime/index.js").Model} Model */
/** @typedef {import("../runtime/index.js").Stream} Stream */
/** @typedef {import("../runtime/post/controls.js").Asked} Controls */
/** @typedef {{context: AudioContext, player: Player, monitor: boolean}} Place */
/**
 * @typedef {object} Options
 * @property {Controls} controls
 * @property {(state: import("../sources/source.js").State) => void} onState
 * @property {(rtf: number) => void} onRtf computing time / speech, told now and then
 * @property {(error: Error) => void} onError
 */

const NEWEST = 0.1; // share of the newest hop in the mean real-time factor
const TELL = 10; // hops between two tellings

/** A microphone whose voice the player shows; its frames and loudness are kept, not its sound. */
export class LiveRecording {
  #stream;
  #place;
  #options;
  #rtf = 0;
  #hops = 0;
  #voice;
  /** @type {Microphone | null} */
  #microphone = null;

  /** @param {Place} place @param {Model} model @param {Options} options */
  constructor(place, model, options) {
    const { sampleRate: rate } = place.context;
    this.#place = place;
    this.#options = options;
    this.recording = new Recording("microphone", rate, model.fps, { keep: false });
    const { seed } = this.recording;
    this.#stream = model.stream({ rate, controls: options.controls, seed });
    this.#voice = new LiveVoice({
      player: place.player,
      stream: timed(this.#stream, (seconds, count) => this.#count(seconds, count / model.fps)),
      onError: options.onError,
    });
  }

  /** Opens the microphone; throws an Error whose message can be shown.
   * @param {Place} place @param {Model} model @param {Options} options */
  static async open(place, model, options) {
    const live = new LiveRecording(place, model, options);
    try {
      live.#microphone = await Microphone.open(place.context, {
        onBlock: (block) => live.#take(block),
        onState: options.onState,
      });
    } catch (error) {
      live.#stream.close();
      throw error;
    }
    return live;
  }

  /** Seconds from the voice to the face. */
  get delay() {
    return this.#voice.delay;
  }

  /** How the microphone is. @returns {import("../sources/source.js").State} */
  get state() {
    return this.#microphone?.state ?? { state: "ended", message: "" };
  }

  /** Other controls, from the next hop on. @param {Controls} controls */
  change(controls) {
    this.#stream.change({ controls }).catch(this.#options.onError);
  }

  /** Ends it; the promise is kept when all its frames are known. */
  async end() {
    await this.#microphone?.end();
    await this.#voice.end();
    this.recording.complete = true;
    this.#stream.close();
  }

  /** Lets go of it at once. */
  close() {
    this.#microphone?.close();
    this.#stream.close();
  }

  /** @param {import("../sources/source.js").Block} block */
  #take(block) {
    this.#voice.push(block);
    this.recording.speech = this.#voice.speech;
    this.recording.add(block.samples);
    this.#microphone?.monitor(this.#place.monitor, this.delay);
  }

  /** @param {number} seconds of computing @param {number} speech s */
  #count(seconds, speech) {
    const rtf = seconds / speech;
    this.#rtf = this.#rtf ? this.#rtf + NEWEST * (rtf - this.#rtf) : rtf;
    this.#hops += 1;
    if (this.#hops % TELL === 0) this.#options.onRtf(this.#rtf);
  }
}

/** A stream whose hops are timed. @param {Stream} stream
 * @param {(seconds: number, count: number) => void} onHop
 * @returns {import("../sources/voices.js").FrameStream} */
function timed(stream, onHop) {
  return {
    rate: stream.rate,
    latency: stream.latency,
    flush: () => stream.flush(),
    push: async (samples, options) => {
      const start = performance.now();
      const frames = await stream.push(samples, options);
      if (frames.count > 0) onHop((performance.now() - start) / 1000, frames.count);
      return frames;
    },
  };
}
