/**
 * Hands on what it hears, mono, in pieces, each with its first sample's time. From the first sound on
 * pieces follow one another on the audio clock: while nothing is connected, and where the browser
 * left a stretch of the clock out, they are silent. A message asks for the rest.
 */

const PIECE = 512; // samples: 11 ms at 48 kHz

class Tap extends AudioWorkletProcessor {
  #piece = new Float32Array(PIECE);
  #filled = 0;
  /** The clock's sample after the last one taken; -1 before the first. */
  #next = -1;
  #ended = false;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#send(true);
      this.#ended = true;
    };
  }

  /** @param {Float32Array[][]} inputs @param {Float32Array[][]} outputs */
  process([[samples]], [[{ length }]]) {
    if (this.#ended) return false;
    if (this.#next < 0 && samples) this.#next = currentFrame;
    if (this.#next < 0) return true;
    while (this.#next < currentFrame) this.#take(null, Math.min(length, currentFrame - this.#next));
    this.#take(samples ?? null, length);
    return true;
  }

  /** @param {Float32Array | null} samples [length]; null: silence @param {number} length */
  #take(samples, length) {
    if (this.#filled + length > PIECE) this.#send(false);
    if (samples) this.#piece.set(samples, this.#filled);
    else this.#piece.fill(0, this.#filled, this.#filled + length);
    this.#filled += length;
    this.#next += length;
    if (this.#filled === PIECE) this.#send(false);
  }

  /** @param {boolean} last */
  #send(last) {
    const samples = this.#piece.slice(0, this.#filled);
    const time = (this.#next - this.#filled) / sampleRate;
    this.port.postMessage({ samples, time, last }, [samples.buffer]);
    this.#filled = 0;
  }
}

registerProcessor("a2e-tap", Tap);
