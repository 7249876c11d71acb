/** Ways from one pose to another. */

/** @typedef {import("./frame-buffer.js").Row} Row */

/** A pose between two, weight by weight. @param {Row} from @param {Row} to
 * @param {number} share of `to` @returns {Float32Array} */
export function mix(from, to, share) {
  return Float32Array.from(to, (value, i) => from[i] + (value - from[i]) * share);
}

/** 0 below 0, 1 above 1, smooth between: 3t² - 2t³. @param {number} x */
export function smoothstep(x) {
  const t = Math.min(1, Math.max(0, x));
  return t * t * (3 - 2 * t);
}
