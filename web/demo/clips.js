/** Files of sound or video as clips, at their own rate, so that nothing is resampled twice. */

/**
 * @typedef {object} Clip
 * @property {string} name of the file
 * @property {number} rate Hz
 * @property {number} channels
 * @property {Float32Array} samples [n * channels], interleaved, -1..1
 * @property {Float32Array} mono [n], the channels' mean
 */

const RATES = [8000, 96_000]; // Hz at which every browser decodes
const USUAL = 48_000;

/** Decodes a file; throws an Error whose message can be shown. @param {File} file
 * @returns {Promise<Clip>} */
export async function decodeClip(file) {
  const bytes = await file.arrayBuffer();
  const found = rateOf(new DataView(bytes)) ?? USUAL;
  const rate = Math.min(RATES[1], Math.max(RATES[0], found));
  try {
    const audio = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes);
    return clipOf(file.name, audio);
  } catch (error) {
    throw new Error(
      `${file.name} holds no sound that this browser plays. Choose a WAV, MP3, FLAC or M4A file.`,
      { cause: error },
    );
  }
}

/** @param {string} name @param {AudioBuffer} audio @returns {Clip} */
function clipOf(name, audio) {
  const { numberOfChannels: channels, length, sampleRate: rate } = audio;
  if (length === 0) throw new RangeError("no samples");
  const samples = new Float32Array(length * channels);
  const mono = new Float32Array(length);
  for (let channel = 0; channel < channels; channel += 1) {
    audio.getChannelData(channel).forEach((value, k) => {
      samples[k * channels + channel] = value;
      mono[k] += value / channels;
    });
  }
  return { name, rate, channels, samples, mono };
}

/** The rate that a WAV or a FLAC file names, Hz; null for others. @param {DataView} file
 * @returns {number | null} */
export function rateOf(file) {
  if (file.byteLength < 28) return null;
  const word = (/** @type {number} */ at) =>
    String.fromCharCode(...new Uint8Array(file.buffer, file.byteOffset + at, 4));
  if (word(0) === "fLaC") return file.getUint32(18) >>> 12 || null; // 20 bits of STREAMINFO
  if (word(0) !== "RIFF" || word(8) !== "WAVE") return null;
  for (let at = 12; at + 16 <= file.byteLength; ) {
    if (word(at) === "fmt ") return file.getUint32(at + 12, true) || null;
    const size = file.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  return null;
}
