/** The microphone, through permissions refused and devices that come and go. */

import { Source } from "./source.js";

/** @typedef {import("./source.js").Handlers} Handlers */

const CONSTRAINTS = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const CHANGING = "The microphone went away. Trying another…";

/** Messages for the one who speaks, by a failed request's error. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError:
    "The microphone is blocked. Allow it in the browser’s address bar, then try again.",
  NotFoundError: "No microphone was found. Plug one in, then try again.",
  NotReadableError: "Another program is using the microphone. Close it, then try again.",
};

/** An open microphone. Its blocks go on, silent, while its device is being changed. */
export class Microphone {
  #source;
  #constraints;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #node = null;
  #events = new AbortController();
  #opening = false;

  /** @param {Source} source @param {MediaTrackConstraints} constraints */
  constructor(source, constraints) {
    this.#source = source;
    this.#constraints = constraints;
    const { signal } = this.#events;
    navigator.mediaDevices.addEventListener("devicechange", () => this.#seek(), { signal });
  }

  /** Asks for the microphone; throws an Error whose message can be shown.
   * @param {AudioContext} context @param {Handlers} handlers
   * @param {MediaTrackConstraints} [constraints] such as `{ deviceId }` */
  static async open(context, handlers, constraints = {}) {
    if (!navigator.mediaDevices) {
      throw new Error(
        "Browsers open the microphone only to pages on https or localhost. Open this page there.",
      );
    }
    const stream = await ask(constraints);
    try {
      const microphone = new Microphone(await Source.open(context, handlers), constraints);
      microphone.#use(stream);
      return microphone;
    } catch (error) {
      stop(stream);
      throw unopened(error);
    }
  }

  /** How it is. */
  get state() {
    return this.#source.state;
  }

  /** Lets the speaker hear themselves, as late as the face shows them.
   * @param {boolean} on @param {number} delay s */
  monitor(on, delay) {
    this.#source.monitor(on, delay);
  }

  /** Ends it; the promise is kept when its last block was given. */
  async end() {
    this.#release();
    await this.#source.end();
  }

  /** Lets go of the microphone at once. */
  close() {
    this.#release();
    this.#source.close();
  }

  #release() {
    this.#events.abort();
    if (this.#stream) stop(this.#stream);
    this.#node?.disconnect();
  }

  /** @param {MediaStream} stream */
  #use(stream) {
    this.#node?.disconnect();
    this.#stream = stream;
    const { context } = this.#source.input;
    this.#node = /** @type {AudioContext} */ (context).createMediaStreamSource(stream);
    this.#node.connect(this.#source.input);
    const { signal } = this.#events;
    for (const track of stream.getAudioTracks()) {
      track.addEventListener("ended", () => this.#replace(), { signal });
    }
    if (this.#source.state.state !== "live") this.#source.change("live");
  }

  /** The device went away, or the permission: another is taken, or else waited for. */
  async #replace() {
    if (this.#opening) return;
    this.#opening = true;
    this.#source.change("changing", CHANGING);
    const { deviceId: _, ...others } = this.#constraints;
    try {
      const stream = await ask(others);
      if (this.#events.signal.aborted) stop(stream);
      else this.#use(stream);
    } catch (error) {
      if (!this.#events.signal.aborted) {
        this.#source.change("lost", /** @type {Error} */ (error).message);
      }
    } finally {
      this.#opening = false;
    }
  }

  /** A device came or went. */
  #seek() {
    if (this.#source.state.state === "lost") this.#replace();
  }
}

/** @param {MediaTrackConstraints} constraints @returns {Promise<MediaStream>} */
async function ask(constraints) {
  try {
    const audio = { ...CONSTRAINTS, ...constraints };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw unopened(error);
  }
}

/** The error that the page shows. @param {unknown} error @returns {Error} */
function unopened(error) {
  const { name, message } = /** @type {Error} */ (error);
  return new Error(REASONS[name] ?? `The microphone can’t be opened: ${message}`, { cause: error });
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}
