/**
 * WAV files: integers of 8 to 32 bits and floats, whatever their rate and channels.
 *
 * @module wav
 */

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/**
 * @typedef {object} Sound
 * @property {Float32Array | Int16Array} samples [n * channels], interleaved; int16 as they are, others
 *   in [-1, 1]
 * @property {number} rate Hz
 * @property {number} channels
 */

/** Reads a WAV file; throws an Error that says what is wrong with it.
 * @param {Uint8Array} bytes @returns {Sound} */
export function readWav(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 12 || textAt(view, 0) !== "RIFF" || textAt(view, 8) !== "WAVE") {
    throw new Error("it is no WAV file: it does not begin with RIFF and WAVE");
  }
  const chunks = chunksOf(view);
  const [format, data] = [chunks.get("fmt "), chunks.get("data")];
  if (!format || format.byteLength < 16) throw new Error("the WAV file has no format chunk");
  if (!data) throw new Error("the WAV file has no data chunk");
  const channels = format.getUint16(2, true);
  const rate = format.getUint32(4, true);
  const width = format.getUint16(14, true) / 8;
  const read = readerOf(encodingOf(format), width);
  if (!channels) throw new Error("the WAV file says that it has 0 channels");
  const count = Math.floor(data.byteLength / (width * channels)) * channels;
  const samples = width === 2 ? new Int16Array(count) : new Float32Array(count);
  for (let k = 0; k < count; k += 1) samples[k] = read(data, k * width);
  return { samples, rate, channels };
}

/** The chunks by their names, the first of each; one that is cut off ends with the file.
 * @param {DataView} view */
function chunksOf(view) {
  /** @type {Map<string, DataView>} */
  const chunks = new Map();
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const [name, size] = [textAt(view, at), view.getUint32(at + 4, true)];
    const length = Math.min(size, view.byteLength - at - 8);
    if (!chunks.has(name)) {
      chunks.set(name, new DataView(view.buffer, view.byteOffset + at + 8, length));
    }
    at += 8 + size + (size % 2);
  }
  return chunks;
}

/** @param {DataView} format */
function encodingOf(format) {
  const encoding = format.getUint16(0, true);
  const extended = encoding === EXTENSIBLE && format.byteLength >= 26;
  return extended ? format.getUint16(24, true) : encoding;
}

/** What reads a sample of `width` bytes. @param {number} encoding @param {number} width
 * @returns {(data: DataView, at: number) => number} */
function readerOf(encoding, width) {
  const read = READERS[`${encoding} ${width}`];
  if (read) return read;
  throw new Error(
    `WAV files are read with integers of 8, 16, 24 or 32 bits or floats of 32 or 64; got ` +
      `encoding ${encoding} with ${width * 8} bits. Convert it, as with ffmpeg -i FILE out.wav`,
  );
}

/** @type {Record<string, (data: DataView, at: number) => number>} */
const READERS = {
  [`${PCM} 1`]: (data, at) => (data.getUint8(at) - 128) / 2 ** 7,
  [`${PCM} 2`]: (data, at) => data.getInt16(at, true),
  [`${PCM} 3`]: (data, at) => (data.getUint8(at) | (data.getInt16(at + 1, true) << 8)) / 2 ** 23,
  [`${PCM} 4`]: (data, at) => data.getInt32(at, true) / 2 ** 31,
  [`${FLOAT} 4`]: (data, at) => data.getFloat32(at, true),
  [`${FLOAT} 8`]: (data, at) => data.getFloat64(at, true),
};

/** @param {DataView} view @param {number} at */
const textAt = (view, at) =>
  String.fromCharCode(...[0, 1, 2, 3].map((place) => view.getUint8(at + place)));
