/** Shapes shown alone while their name is held. */

const FADE_SECONDS = 0.18; // in which a shape comes and goes
const DRAWINGS_PER_SECOND = 60;

/** Fades between the face's weights and the shapes held. */
export class ShapePreview {
  /** @type {string[]} */
  #names = [];
  #share = 0;
  #held = false;

  /** Holds shapes, or lets go with null. @param {string[] | null} names */
  hold(names) {
    this.#held = names !== null;
    if (names) this.#names = names;
  }

  /** Changes weights in place, once a drawing. @param {Float32Array} weights 0..1
   * @param {string[]} names of the weights */
  apply(weights, names) {
    const step = 1 / DRAWINGS_PER_SECOND / FADE_SECONDS;
    this.#share = Math.min(1, Math.max(0, this.#share + (this.#held ? step : -step)));
    if (this.#share === 0) return;
    for (let i = 0; i < weights.length; i += 1) {
      const target = this.#names.includes(names[i]) ? 1 : 0;
      weights[i] += (target - weights[i]) * this.#share;
    }
  }
}
