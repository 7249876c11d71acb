/** Ways from one pose to another, and the times that they take. */

/** @typedef {import("./frame-buffer.js").Row} Row */

/** Seconds for which a face holds its frame when the audio runs dry. */
export const STALL_PATIENCE = 0.4;
/** Seconds in which a face comes back to its frames after that, or after a pause. */
export const RETURN = 0.1;

/** A pose between two, weight by weight. @param {Row} from @param {Row} to both [channels]
 * @param {number} share of `to`, 0..1 @returns {Float32Array} [channels] */
export function mix(from, to, share) {
  return Float32Array.from(to, (value, i) => from[i] + (value - from[i]) * share);
}

/** 0 below 0, 1 above 1, smooth between: 3t² - 2t³. @param {number} x @returns {number} 0..1 */
export function smoothstep(x) {
  const t = Math.min(1, Math.max(0, x));
  return t * t * (3 - 2 * t);
}
