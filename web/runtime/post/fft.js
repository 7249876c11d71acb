/** The discrete Fourier transform of real samples, in double precision. */

/** Transforms of one size, a power of two from 2 up (Cooley & Tukey 1965). */
export class Fft {
  /** @param {number} size samples */
  constructor(size) {
    this.size = size;
    const bits = Math.log2(size);
    const places = Array.from({ length: size }, (_, n) => n);
    this._order = places.map((n) => reversed(n, bits));
    this._cosines = Float64Array.from(places, (n) => Math.cos((2 * Math.PI * n) / size));
    this._sines = Float64Array.from(places, (n) => Math.sin((2 * Math.PI * n) / size));
  }

  /** Powers of all bins, |X[k]|^2, [size]. @param {ArrayLike<number>} samples [size]
   * @returns {Float64Array} */
  powers(samples) {
    const real = new Float64Array(this.size);
    const imaginary = new Float64Array(this.size);
    for (let n = 0; n < this.size; n++) real[n] = samples[this._order[n]];
    for (let half = 1; half < this.size; half *= 2) this._merge(real, imaginary, half);
    return real.map((part, k) => part * part + imaginary[k] * imaginary[k]);
  }

  /** Makes transforms of twice the size, two by two, from those of size `half`; in place.
   * @param {Float64Array} real @param {Float64Array} imaginary @param {number} half */
  _merge(real, imaginary, half) {
    const stride = this.size / (2 * half);
    for (let start = 0; start < this.size; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const even = start + k;
        const odd = even + half;
        const cosine = this._cosines[k * stride];
        const sine = this._sines[k * stride];
        const turned = real[odd] * cosine + imaginary[odd] * sine;
        const turnedImaginary = imaginary[odd] * cosine - real[odd] * sine;
        real[odd] = real[even] - turned;
        imaginary[odd] = imaginary[even] - turnedImaginary;
        real[even] += turned;
        imaginary[even] += turnedImaginary;
      }
    }
  }
}

/** The lowest bits of a number, the other way round. @param {number} number @param {number} bits
 * @returns {number} */
function reversed(number, bits) {
  let turned = 0;
  for (let bit = 0; bit < bits; bit++) turned = turned * 2 + ((number >> bit) & 1);
  return turned;
}
