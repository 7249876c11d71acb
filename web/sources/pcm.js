/** PCM as it comes in chunks, to whole samples. */

/** @typedef {Float32Array | Int16Array | Uint8Array | ArrayBuffer} Chunk Samples in -1..1, 16-bit
 * samples, or bytes of 16-bit samples, little-endian. */

/** Chunks cut anywhere to samples that hold every channel. */
export class PcmReader {
  /** A byte of a sample whose other half is still to come. @type {number[]} */
  #byte = [];
  /** Samples whose other channels are still to come. */
  #left = new Float32Array(0);

  /** @param {number} channels */
  constructor(channels) {
    this.channels = channels;
  }

  /** @param {Chunk} chunk @returns {Float32Array} [n * channels], -1..1, interleaved */
  read(chunk) {
    const come = this.#floats(chunk);
    const all = new Float32Array(this.#left.length + come.length);
    all.set(this.#left);
    all.set(come, this.#left.length);
    const whole = all.length - (all.length % this.channels);
    this.#left = all.slice(whole);
    return all.subarray(0, whole);
  }

  /** @param {Chunk} chunk @returns {Float32Array} */
  #floats(chunk) {
    if (chunk instanceof Float32Array) return chunk;
    if (chunk instanceof Int16Array) return Float32Array.from(chunk, (value) => value / 32_768);
    const bytes = [...this.#byte, ...new Uint8Array(chunk)];
    const count = bytes.length >> 1;
    this.#byte = bytes.slice(2 * count);
    const view = new DataView(Uint8Array.from(bytes).buffer);
    return Float32Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true) / 32_768);
  }
}

/** The mean of all channels. @param {Float32Array} samples [n * channels] @param {number} channels
 * @returns {Float32Array} [n] */
export function mono(samples, channels) {
  if (channels === 1) return samples;
  return Float32Array.from({ length: samples.length / channels }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c += 1) sum += samples[i * channels + c];
    return sum / channels;
  });
}
