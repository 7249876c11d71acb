/** Per-shape gains, applied to what is shown and to what is downloaded. */

/** A factor for each shape. */
export class Gains {
  /** Factor by shape; 1 where none is set. @type {Map<string, number>} */
  #factors = new Map();

  /** Sets a shape's factor. @param {string} name @param {number} factor 0..2 */
  set(name, factor) {
    if (factor === 1) this.#factors.delete(name);
    else this.#factors.set(name, factor);
  }

  /** A shape's factor, 0..2. @param {string} name @returns {number} */
  get(name) {
    return this.#factors.get(name) ?? 1;
  }

  /** Sets all factors to 1. */
  clear() {
    this.#factors.clear();
  }

  /**
   * Weights under the gains, within 0..1.
   * @param {ArrayLike<number>} weights [shapes], 0..1
   * @param {string[]} names [shapes], in the weights' order
   * @returns {Float32Array} [shapes]
   */
  apply(weights, names) {
    return Float32Array.from(weights, (weight, i) =>
      Math.min(1, Math.max(0, weight * this.get(names[i]))),
    );
  }
}
