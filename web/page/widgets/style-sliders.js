/** Sliders for the shares of styles. */

import { shareSlider } from "./slider.js";

/** Shares of styles: what the others have left is shared out so that all sum to 1. */
export class StyleSliders {
  /** @type {number[]} */
  #shares = [];
  /** @type {ReturnType<typeof shareSlider>[]} */
  #sliders = [];

  /** @param {Element} place @param {(shares: Record<string, number>) => void} onChange */
  constructor(place, onChange) {
    this.place = place;
    this.onChange = onChange;
    this.names = "";
  }

  /** Makes a slider for each style, once. @param {string[]} names */
  show(names) {
    if (this.names === names.join()) return;
    this.names = names.join();
    this.#shares = names.map((_, i) => (i === 0 ? 1 : 0));
    this.#sliders = names.map((name, i) =>
      shareSlider(name, this.#shares[i], (value) => this.#set(i, value)),
    );
    this.place.replaceChildren(...this.#sliders.map(({ row }) => row));
  }

  /** @param {number} moved @param {number} value */
  #set(moved, value) {
    const others = this.#shares.reduce((sum, share, i) => (i === moved ? sum : sum + share), 0);
    const count = this.#shares.length - 1;
    if (count === 0) value = 1;
    this.#shares = this.#shares.map((share, i) => {
      if (i === moved) return value;
      return others > 0 ? (share * (1 - value)) / others : (1 - value) / count;
    });
    this.#sliders.forEach(({ set }, i) => set(this.#shares[i]));
    this.onChange(Object.fromEntries(this.#shares.map((share, i) => [i, share])));
  }
}
