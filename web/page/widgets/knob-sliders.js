/** Sliders for how strongly the face moves, by region, and for how late. */

import { slider } from "./slider.js";

/** @typedef {import("../service-link.js").FaceChange} FaceChange */

const REGIONS = ["jaw", "lips", "brows", "eyes"];
const MOST_FACTOR = 2;
const MOST_DELAY = 300; // ms; the service takes up to 1000

/** Strength of all that speech moves, factors of regions, and the delay. */
export class KnobSliders {
  /** Factor by region; those at 1 are left out. @type {Record<string, number>} */
  #regions = {};
  /** @type {{set: (value: number) => void, rest: number}[]} */
  #sliders = [];

  /** @param {Element} place @param {(change: FaceChange) => void} onChange */
  constructor(place, onChange) {
    this.onChange = onChange;
    this.#add(place, "strength", 1, factor, (strength) => onChange({ strength }));
    for (const region of REGIONS) {
      this.#add(place, region, 1, factor, (value) => this.#setRegion(region, value));
    }
    this.#add(place, "delay", 0, milliseconds, (delay) => onChange({ delay }));
  }

  /** Sets strength and all factors to 1, and the delay to 0. */
  reset() {
    for (const { set, rest } of this.#sliders) set(rest);
    this.#regions = {};
    this.onChange({ strength: 1, regions: {}, delay: 0 });
  }

  /** @param {Element} place @param {string} name @param {number} rest @param {Range} range
   * @param {(value: number) => void} onInput */
  #add(place, name, rest, range, onInput) {
    const label = document.createElement("span");
    label.className = "name";
    label.textContent = name;
    const { row, set } = slider(label, { ...range, value: rest }, onInput);
    this.#sliders.push({ set, rest });
    place.append(row);
  }

  /** @param {string} region @param {number} value */
  #setRegion(region, value) {
    const { [region]: _, ...others } = this.#regions;
    this.#regions = value === 1 ? others : { ...others, [region]: value };
    this.onChange({ regions: this.#regions });
  }
}

/** @typedef {{min: number, max: number, step: number, text: (value: number) => string}} Range */

/** @type {Range} */
const factor = {
  min: 0,
  max: MOST_FACTOR,
  step: 0.05,
  text: (value) => `${Math.round(value * 100)} %`,
};
/** @type {Range} */
const milliseconds = {
  min: -MOST_DELAY,
  max: MOST_DELAY,
  step: 10,
  text: (value) => `${value} ms`,
};
