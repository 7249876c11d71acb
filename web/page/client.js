/**
 * A voice on its way to the service, and its frames on their way back, over `/ws/a2e`.
 *
 *     const client = new VoiceClient(url, { rate: 24000 });
 *     client.addEventListener("frames", (event) => show(event.detail.first, event.detail.rows));
 *     client.addEventListener("ready", () => client.sendAll(samples));
 *
 * Events, with what `detail` holds:
 * - `ready`: the service's own message (names, fps, latency, styles, …). It comes again after a
 *   connection was lost and found: whoever sends audio then begins the speech anew.
 * - `frames`: {speech, first, rows}. `end`: {speech, frames, seconds}.
 * - `stats`: {rtf, hop_ms, queue}.
 * - `lost`: {message, seconds}: the connection broke; it is tried again in so many seconds.
 * - `refused`: {message, code}: it won't be tried again.
 *
 * @module client
 */

const RETRY_SECONDS = [0.5, 1, 2, 4, 8];
const SEND_SECONDS = 0.5; // of audio in a message, when all is sent at once
const MOST_BUFFERED = 512 * 1024; // bytes that may wait in the socket
const POLL_MS = 20; // between two looks at what waits there
const FRAMES_HEADER = 16; // bytes: "A2EF", speech, first, count
const RESTART = 1012;
const REFUSALS = [1003, 1007, 1008, 1009]; // closes that another try would not change

/** One connection to the service, made again when it breaks. */
export class VoiceClient extends EventTarget {
  #url;
  #start;
  #key;
  /** @type {WebSocket | null} */
  #socket = null;
  #tries = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #channels = 52;
  /** The last error message of the service. @type {{code: string, message: string} | null} */
  #error = null;

  /** Connects at once. @param {string | URL} url
   * @param {{rate: number} & Record<string, unknown>} start what `start` says besides its type
   * @param {string} [key] the service's key, if it asks for one */
  constructor(url, start, key) {
    super();
    this.#url = url;
    this.#start = { sample_format: "int16", channels: 1, output: "binary", ...start };
    this.#key = key;
    /** True between `ready` and the end of the connection. */
    this.ready = false;
    this.#connect();
  }

  /** Sends samples in -1..1 as they come. @param {Float32Array} samples */
  send(samples) {
    if (this.ready) this.#socket?.send(toInt16(samples));
  }

  /** Sends a whole speech as fast as the service takes it, and its end.
   * @param {Float32Array} samples */
  async sendAll(samples) {
    const socket = this.#socket;
    const size = Math.ceil(SEND_SECONDS * this.#start.rate);
    for (let at = 0; at < samples.length; at += size) {
      while (socket === this.#socket && socket && socket.bufferedAmount > MOST_BUFFERED) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      if (socket !== this.#socket || !this.ready) return; // broken off: `ready` comes again
      this.send(samples.subarray(at, at + size));
    }
    this.end();
  }

  /** Ends the speech. */
  end() {
    this.#post({ type: "end" });
  }

  /** Interrupts the speech. */
  reset() {
    this.#post({ type: "reset" });
  }

  /**
   * Changes style, mood, strength, regions, gain, offset or mute of a running speech.
   * @param {Record<string, unknown>} change
   */
  controls(change) {
    Object.assign(this.#start, change);
    this.#post({ type: "controls", ...change });
  }

  /** Ends the connection for good. */
  close() {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    this.ready = false;
    socket?.close(1000);
  }

  #connect() {
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#error = null;
    socket.onopen = () => {
      if (this.#key) socket.send(JSON.stringify({ type: "auth", key: this.#key }));
      socket.send(JSON.stringify({ type: "start", ...this.#start }));
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      if (typeof data === "string") this.#receive(JSON.parse(data));
      else this.#emit("frames", readFrames(data, this.#channels));
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#handleClose(code);
    };
  }

  /** @param {any} message */
  #receive(message) {
    if (message.type === "error") {
      this.#error = message;
      return;
    }
    if (message.type === "ready") {
      this.ready = true;
      this.#tries = 0;
      this.#channels = message.names.length;
    }
    this.#emit(message.type, message);
  }

  /** @param {number} code of the WebSocket's close */
  #handleClose(code) {
    const wasReady = this.ready;
    this.ready = false;
    this.#socket = null;
    const refusal = code === RESTART ? null : this.#error;
    const message = refusal ? sentence(refusal.message) : explain(code, wasReady);
    if (REFUSALS.includes(code)) {
      this.#emit("refused", { message, code: this.#error?.code ?? String(code) });
      return;
    }
    const seconds = RETRY_SECONDS[Math.min(this.#tries, RETRY_SECONDS.length - 1)];
    this.#tries += 1;
    this.#retry = setTimeout(() => this.#connect(), seconds * 1000);
    this.#emit("lost", { message, seconds });
  }

  /** @param {Record<string, unknown>} message */
  #post(message) {
    if (this.ready) this.#socket?.send(JSON.stringify(message));
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** A close's meaning for the one who looks on. @param {number} code @param {boolean} wasReady */
function explain(code, wasReady) {
  if (code === RESTART) return "The service is restarting.";
  if (code === 1013) return "The service is busy.";
  if (REFUSALS.includes(code)) return "The service refused the connection.";
  return wasReady ? "The connection to the service was lost." : "The service can’t be reached.";
}

/** The service's words as the page shows them. @param {string} text */
function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** The frames of a binary message: `rows` [n, channels], 0..1, from frame `first` on.
 * @param {ArrayBuffer} data @param {number} channels weights in a frame */
export function readFrames(data, channels) {
  const view = new DataView(data);
  const [speech, first, count] = [4, 8, 12].map((at) => view.getUint32(at, true));
  const rows = Array.from({ length: count }, (_, row) => {
    const at = FRAMES_HEADER + row * channels * 4;
    return Float32Array.from({ length: channels }, (_, i) => view.getFloat32(at + 4 * i, true));
  });
  return { speech, first, rows };
}

/** Samples in -1..1 as 16-bit integers. @param {Float32Array} samples [n]
 * @returns {Int16Array<ArrayBuffer>} [n] */
export function toInt16(samples) {
  return Int16Array.from(samples, (value) => Math.round(Math.min(1, Math.max(-1, value)) * 32_767));
}
