/** Sums of products, in which the resampler spends its time. */

/** @typedef {{start: number, step: number}} Places */

/** Sums of taps times the input: the first from `from.start` on, to `to.start`, each next one a
 * step farther. Four at a time, for which each tap is read once, are a third faster than one.
 * @param {Float64Array} taps @param {Float64Array} input @param {Places} from
 * @param {Float64Array} sums @param {Places} to */
export function dots(taps, input, from, sums, to) {
  const { step } = from;
  const last = input.length - taps.length - 3 * step;
  let at = from.start;
  let i = to.start;
  for (; at <= last && i + 3 * to.step < sums.length; i += 4 * to.step, at += 4 * step) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0, place = at; k < taps.length; k++, place++) {
      const tap = taps[k];
      a += tap * input[place];
      b += tap * input[place + step];
      c += tap * input[place + 2 * step];
      d += tap * input[place + 3 * step];
    }
    sums[i] = a;
    sums[i + to.step] = b;
    sums[i + 2 * to.step] = c;
    sums[i + 3 * to.step] = d;
  }
  for (; i < sums.length; i += to.step, at += step) sums[i] = dot(taps, input, at);
}

/** The sum of taps times the input from `start` on, with zeros after its end.
 * @param {Float64Array} taps @param {Float64Array} input @param {number} start
 * @returns {number} */
function dot(taps, input, start) {
  const count = Math.min(taps.length, input.length - start);
  let sum = 0;
  for (let k = 0; k < count; k++) sum += taps[k] * input[start + k];
  return sum;
}

/** The sum of taps, given by their series, times the input from `start` on. (Written out degree by
 * degree it is three times as fast as a loop.) @param {Float64Array} series
 * @param {number[]} shares of the degrees, [10] @param {Float64Array} input @param {number} start
 * @returns {number} */
export function seriesDot(series, shares, input, start) {
  const [a, b, c, d, e, f, g, h, i, j] = shares;
  const count = Math.min(series.length / shares.length, input.length - start);
  let sum = 0;
  for (let k = 0, p = 0; k < count; k++, p += shares.length) {
    const low = a * series[p] + b * series[p + 1] + c * series[p + 2] + d * series[p + 3];
    const middle = e * series[p + 4] + f * series[p + 5] + g * series[p + 6];
    const high = h * series[p + 7] + i * series[p + 8] + j * series[p + 9];
    sum += (low + middle + high) * input[start + k];
  }
  return sum;
}
