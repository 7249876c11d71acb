/** Sliders for the strengths of moods. */

import { slider } from "./slider.js";

/** Strengths of moods, 0 to 1 each; all of them at 0 is a neutral face. */
export class MoodSliders {
  /** Strength by mood; those at 0 are left out. @type {Record<string, number>} */
  #mood = {};
  /** @type {ReturnType<typeof slider>[]} */
  #sliders = [];

  /** @param {Element} place @param {(mood: Record<string, number>) => void} onChange */
  constructor(place, onChange) {
    this.place = place;
    this.onChange = onChange;
    this.names = "";
  }

  /** Makes a slider for each mood, once. @param {string[]} names */
  show(names) {
    if (this.names === names.join()) return;
    this.names = names.join();
    this.#mood = {};
    this.#sliders = names.map((name) => {
      const label = document.createElement("span");
      label.className = "name";
      label.textContent = name === "outofbreath" ? "out of breath" : name;
      const range = {
        max: 1,
        step: 0.05,
        value: 0,
        text: (/** @type {number} */ v) => `${Math.round(v * 100)} %`,
      };
      return slider(label, range, (value) => this.#set(name, value));
    });
    this.place.replaceChildren(...this.#sliders.map(({ row }) => row));
  }

  /** Sets all moods to 0. */
  reset() {
    for (const { set } of this.#sliders) set(0);
    this.#mood = {};
    this.onChange({});
  }

  /** @param {string} name @param {number} value */
  #set(name, value) {
    const { [name]: _, ...others } = this.#mood;
    this.#mood = value > 0 ? { ...others, [name]: value } : others;
    this.onChange(this.#mood);
  }
}
