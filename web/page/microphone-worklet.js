/** Hands on the microphone's samples, in pieces, each with its first sample's time. */

const PIECE = 512; // samples: 11 ms at 48 kHz

class MicrophoneTap extends AudioWorkletProcessor {
  #piece = new Float32Array(PIECE);
  #filled = 0;
  #time = 0;

  /** @param {Float32Array[][]} inputs */
  process([[samples]]) {
    if (!samples) return true;
    if (this.#filled === 0) this.#time = currentTime;
    this.#piece.set(samples, this.#filled);
    this.#filled += samples.length;
    if (this.#filled >= PIECE) {
      this.port.postMessage({ samples: this.#piece.slice(), time: this.#time });
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("microphone-tap", MicrophoneTap);
