/** Sliders for the strengths of moods. */

import { shareSlider } from "./slider.js";

/** Strengths of moods, 0 to 1 each; all of them at 0 is a neutral face. */
export class MoodSliders {
  /** Strength by mood; those at 0 are left out. @type {Record<string, number>} */
  #mood = {};
  /** @type {ReturnType<typeof shareSlider>[]} */
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
      const label = name === "outofbreath" ? "out of breath" : name;
      return shareSlider(label, 0, (value) => this.#set(name, value));
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
