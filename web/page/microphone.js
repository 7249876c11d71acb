/** The microphone: mono samples with the audio clock's time of each piece. */

const CONSTRAINTS = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const LONGEST_DELAY = 3; // s

/** Messages for the one who speaks, by a failed request's error. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError:
    "The microphone is blocked. Allow it in the browser’s address bar, then press Speak again.",
  NotFoundError: "No microphone was found. Plug one in, then press Speak again.",
  NotReadableError: "Another program is using the microphone. Close it, then press Speak again.",
};

/** An open microphone. */
export class Microphone {
  #stream;
  #nodes;
  #delay;
  #monitor;

  /** @param {AudioContext} context @param {MediaStream} stream
   * @param {(samples: Float32Array, time: number) => void} onAudio */
  constructor(context, stream, onAudio) {
    this.#stream = stream;
    const source = context.createMediaStreamSource(stream);
    const tap = new AudioWorkletNode(context, "microphone-tap", {
      channelCount: 1,
      channelCountMode: "explicit",
    });
    tap.port.onmessage = ({ data }) => onAudio(data.samples, data.time);
    this.#delay = new DelayNode(context, { maxDelayTime: LONGEST_DELAY });
    this.#monitor = new GainNode(context, { gain: 0 });
    this.#nodes = [source, tap, this.#delay, this.#monitor];
    source.connect(tap).connect(context.destination); // silent, but what leads nowhere does not run
    source.connect(this.#delay).connect(this.#monitor).connect(context.destination);
  }

  /** Asks for the microphone; throws an Error whose message can be shown.
   * @param {AudioContext} context
   * @param {(samples: Float32Array, time: number) => void} onAudio `time`: of the first sample */
  static async open(context, onAudio) {
    if (!navigator.mediaDevices) {
      throw new Error(
        "Browsers open the microphone only to pages on https or localhost. Open this page there.",
      );
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: CONSTRAINTS });
      await context.audioWorklet.addModule(new URL("microphone-worklet.js", import.meta.url));
      return new Microphone(context, stream, onAudio);
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      throw new Error(REASONS[name] ?? `The microphone can’t be opened: ${message}`);
    }
  }

  /**
   * Lets the speaker hear themselves, as late as the face shows them.
   * @param {boolean} on
   * @param {number} delay s
   */
  monitor(on, delay) {
    this.#delay.delayTime.value = Math.min(delay, LONGEST_DELAY);
    this.#monitor.gain.value = on ? 1 : 0;
  }

  /** Lets go of the microphone. */
  close() {
    for (const node of this.#nodes) node.disconnect();
    for (const track of this.#stream.getTracks()) track.stop();
  }
}
