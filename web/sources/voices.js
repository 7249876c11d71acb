/**
 * From blocks of sound to a face that keeps time with them: a stream makes the frames, the player
 * shows them by the audio clock.
 *
 *     const voice = new LiveVoice({ player, stream: model.stream({ rate: context.sampleRate }) });
 *     const microphone = await Microphone.open(context, { onBlock: voice.push });
 *     // and at the end
 *     await microphone.end();
 *     await voice.end();
 *
 * @module sources/voices
 */

import { mono, PcmReader } from "./pcm.js";

/** @typedef {import("../player/player.js").Player} Player */
/** @typedef {import("../player/live-speech.js").LiveSpeech} LiveSpeech */
/** @typedef {import("./source.js").Block} Block */
/** @typedef {import("./pcm.js").Chunk} Chunk */
/** @typedef {{first: number, count: number, weights: Float32Array}} Frames */
/**
 * @typedef {object} FrameStream A live stream of the package, or anything else that makes frames.
 * @property {(samples: Float32Array, options: {channels: number}) => Promise<Frames>} push
 * @property {() => Promise<Frames>} flush
 * @property {number} latency s
 * @property {number} [rate] Hz that it was made for
 */

const MARGIN = 0.05; // s added to the stream's latency at first; the player then finds the delay

/** A voice heard elsewhere, or through its source (`source.monitor`): the face follows as soon as its
 * frames come. */
export class LiveVoice {
  #player;
  #stream;
  #onError;
  #samples = 0;
  #rate = 0;
  /** The call before. @type {Promise<void>} */
  #before = Promise.resolve();

  /** @param {{player: Player, stream: FrameStream, onError?: (error: Error) => void}} options
   * `onError`: the stream failed; what comes then is not shown */
  constructor({ player, stream, onError = () => {} }) {
    this.#player = player;
    this.#stream = stream;
    this.#onError = onError;
    /** What the player shows, from the first block on. @type {LiveSpeech | null} */
    this.speech = null;
  }

  /** Seconds from the sound to the face. */
  get delay() {
    return this.speech?.delay ?? this.#stream.latency + MARGIN;
  }

  /** Takes a source's next block. @param {Block} block */
  push = ({ samples, rate, channels, time }) => {
    checkRate(this.#stream, rate);
    this.speech ??= this.#player.beginLive({ startTime: time, delay: this.delay });
    this.#rate = rate;
    this.#samples += samples.length / channels;
    this.#show(this.#stream.push(samples, { channels }));
  };

  /** The voice is over; the promise is kept when all its frames are known. */
  async end() {
    if (!this.speech) return;
    this.speech.end(this.#samples / this.#rate);
    this.#show(this.#stream.flush());
    await this.#before;
  }

  /** @param {Promise<Frames>} coming */
  #show(coming) {
    const { speech } = this;
    this.#before = Promise.all([coming, this.#before]).then(
      ([frames]) => speech?.addFrames(frames.first, rows(frames)),
      (error) => this.#onError(error),
    );
  }
}

/** A voice that comes in chunks, as a synthesiser streams it: the player plays it, each part as soon as
 * its frames are there. */
export class ChunkVoice {
  #stream;
  #reader;
  #rate;
  /** The call before. @type {Promise<void>} */
  #before = Promise.resolve();

  /**
   * @param {object} options
   * @param {Player} options.player
   * @param {FrameStream} options.stream made for that rate
   * @param {number} options.rate Hz of the chunks
   * @param {number} [options.channels] interleaved
   */
  constructor({ player, stream, rate, channels = 1 }) {
    checkRate(stream, rate);
    this.#stream = stream;
    this.#rate = rate;
    this.#reader = new PcmReader(channels);
    /** What is heard; `finished` tells when it was. */
    this.speech = player.beginSpeech();
  }

  /** Takes the next chunk, cut anywhere. @param {Chunk} chunk */
  push(chunk) {
    const { channels } = this.#reader;
    const samples = this.#reader.read(chunk);
    if (samples.length === 0) return;
    this.speech.addAudio(mono(samples, channels), this.#rate);
    this.#show(this.#stream.push(samples, { channels }));
  }

  /** No more chunks come; the promise is kept when all frames are known. Where the stream failed the
   * voice is heard to its end without them, and the promise is broken. */
  async end() {
    this.speech.end();
    this.#show(this.#stream.flush());
    try {
      await this.#before;
    } finally {
      this.speech.endFrames();
    }
  }

  /** @param {Promise<Frames>} coming */
  #show(coming) {
    this.#before = Promise.all([coming, this.#before]).then(([frames]) =>
      this.speech.addFrames(frames.first, rows(frames)),
    );
    this.#before.catch(() => this.speech.endFrames());
  }
}

/** @param {FrameStream} stream @param {number} rate */
function checkRate(stream, rate) {
  if (stream.rate !== undefined && stream.rate !== rate) {
    throw new RangeError(`the stream was made for ${stream.rate} Hz; the sound has ${rate} Hz`);
  }
}

/** @param {Frames} frames @returns {Float32Array[]} [count, shapes] */
function rows({ count, weights }) {
  const shapes = weights.length / Math.max(1, count);
  return Array.from({ length: count }, (_, i) => weights.subarray(i * shapes, (i + 1) * shapes));
}
