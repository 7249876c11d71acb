/** Per-shape gains, applied to what is shown and to what is downloaded. */

/** Names of the head's angles, in radians, where the service moves it. */
export const HEAD = ["headYaw", "headPitch", "headRoll"];

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
   * Weights under the gains, within 0..1; the head's angles, which have no gain, in radians.
   * @param {ArrayLike<number>} weights [shapes], 0..1
   * @param {string[]} names [shapes], in the weights' order
   * @returns {Float32Array} [shapes]
   */
  apply(weights, names) {
    return Float32Array.from(weights, (weight, i) => {
      const value = weight * this.get(names[i]);
      return HEAD.includes(names[i]) ? value : Math.min(1, Math.max(0, value));
    });
  }
}
