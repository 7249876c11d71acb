/** Arithmetic as Python and numpy have it. */

/** The nearest whole number, the even one of two. @param {number} value at most 2^51 @returns {number} */
export function roundHalfEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? 1 : 0);
}

/** `value` within bounds. @param {number} value @param {number} low @param {number} high
 * @returns {number} */
export function clip(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
