/** The frames one by one, as players and faces take them; they share the weights' memory.
 * @param {{count: number, weights: Float32Array}} frames @returns {Float32Array[]} [count] of [names] */
export function rowsOf({ count, weights }) {
  const width = count ? weights.length / count : 0;
  return Array.from({ length: count }, (_, k) => weights.subarray(k * width, (k + 1) * width));
}
