/**
 * Sound of an AudioContext as blocks of samples, in order and without gaps, each with the audio
 * clock's time of its first sample.
 *
 * @module sources/source
 */

/**
 * @typedef {object} Block
 * @property {Float32Array} samples [n * channels], -1..1, interleaved
 * @property {number} rate Hz
 * @property {number} channels
 * @property {number} time The context's time of the first sample, s.
 */
/**
 * @typedef {object} State How a source is, for the page to show.
 * @property {"live" | "suspended" | "changing" | "lost" | "ended"} state "changing": its device went,
 * another is being opened; "lost": there is none, one that comes is taken.
 * @property {string} message for the one who speaks or listens; empty while all is well
 */
/**
 * @typedef {object} Handlers
 * @property {(block: Block) => void} onBlock
 * @property {(state: State) => void} [onState]
 */

const LONGEST_DELAY = 3; // s
const GLIDE = 0.05; // s, time constant of a change of the delay, so that it does not click
const WAITING = "Sound is held by the browser. Click or press a key to let it go on.";
const WORKLET = new URL("./tap-worklet.js", import.meta.url);

/** Contexts whose worklet is loaded or being loaded. @type {WeakMap<BaseAudioContext, Promise<void>>} */
const loaded = new WeakMap();

/** What any nodes that are connected to `input` sound like, as blocks. */
export class Source {
  #context;
  #tap;
  #handlers;
  #delay;
  #monitor;
  /** @type {(() => void) | null} */
  #finish = null;
  #events = new AbortController();
  /** @type {State} */
  #own = { state: "live", message: "" };

  /** @param {BaseAudioContext} context whose worklet is loaded @param {Handlers} handlers */
  constructor(context, handlers) {
    this.#context = context;
    this.#handlers = handlers;
    /** What is to be heard is connected here. */
    this.input = new GainNode(context);
    this.#tap = new AudioWorkletNode(context, "a2e-tap", {
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.#tap.port.onmessage = ({ data }) => this.#receive(data);
    this.#delay = new DelayNode(context, { maxDelayTime: LONGEST_DELAY });
    this.#monitor = new GainNode(context, { gain: 0 });
    const { destination } = context;
    this.input.connect(this.#tap).connect(destination); // silent, but what leads nowhere does not run
    this.input.connect(this.#delay).connect(this.#monitor).connect(destination);
    const { signal } = this.#events;
    context.addEventListener("statechange", () => this.#tell(), { signal });
  }

  /** Loads the worklet, once for each context. @param {BaseAudioContext} context
   * @param {Handlers} handlers @returns {Promise<Source>} */
  static async open(context, handlers) {
    let loading = loaded.get(context);
    if (!loading) {
      if (!context.audioWorklet) {
        throw new Error(
          "Browsers give a page its sound only on https or localhost. Open this page there.",
        );
      }
      loading = context.audioWorklet.addModule(WORKLET);
      loaded.set(context, loading);
      loading.catch(() => loaded.delete(context));
    }
    await loading;
    const source = new Source(context, handlers);
    if (source.state.state !== "live") source.#tell();
    return source;
  }

  /** How it is. @returns {State} */
  get state() {
    const { state } = this.#context;
    const held = this.#own.state === "live" && state !== "running" && state !== "closed";
    return held && !isOffline(this.#context) ? { state: "suspended", message: WAITING } : this.#own;
  }

  /** @param {State["state"]} state @param {string} [message] */
  change(state, message = "") {
    this.#own = { state, message };
    this.#tell();
  }

  /** Lets it be heard, as late as the face shows it. @param {boolean} on
   * @param {number} delay s */
  monitor(on, delay) {
    const now = this.#context.currentTime;
    this.#delay.delayTime.setTargetAtTime(Math.min(delay, LONGEST_DELAY), now, GLIDE);
    this.#monitor.gain.value = on ? 1 : 0;
  }

  /** Ends it; the promise is kept when its last block was given. @returns {Promise<void>} */
  async end() {
    if (this.#events.signal.aborted || this.#finish) return;
    if (this.#context.state !== "running") return this.close(); // nothing is on its way
    await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
      this.#finish = resolve;
      this.#tap.port.postMessage("end");
    });
    this.close();
  }

  /** Lets go of it at once. */
  close() {
    if (this.#events.signal.aborted) return;
    for (const node of [this.input, this.#tap, this.#delay, this.#monitor]) node.disconnect();
    this.#tap.port.onmessage = null;
    this.#tap.port.postMessage("end");
    this.change("ended");
    this.#events.abort();
  }

  /** @param {{samples: Float32Array, time: number, last: boolean}} data */
  #receive({ samples, time, last }) {
    const rate = this.#context.sampleRate;
    if (samples.length > 0) this.#handlers.onBlock({ samples, rate, channels: 1, time });
    if (last) this.#finish?.();
  }

  #tell() {
    this.#handlers.onState?.(this.state);
  }
}

/** @param {BaseAudioContext} context */
function isOffline(context) {
  return "startRendering" in context;
}
