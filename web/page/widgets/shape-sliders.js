/** Sliders for the gains of shapes. */

import { slider } from "./slider.js";

const GROUPS = [
  ["Jaw", /^jaw/],
  ["Mouth", /^mouth/],
  ["Tongue, cheeks, nose", /^(tongue|cheek|nose)/],
  ["Brows", /^brow/],
  ["Eyes", /^eye/],
];
const SIDE = /(Left|Right)$/;
const MOVED = /^(jaw|mouth)(Left|Right)$/; // these are shapes of their own, not halves of a pair

/** Gains of shapes; beneath each slider a bar shows the shape's weight now. */
export class ShapeSliders {
  /**
   * @type {{gauge: HTMLElement, columns: number[], shown: number, set: (value: number) => void}[]}
   */
  #rows = [];
  /** @type {string[]} */
  #names = [];

  /** @param {Element} place @param {import("../gains.js").Gains} gains
   * @param {(names: string[] | null) => void} onPreview which shapes to show alone */
  constructor(place, gains, onPreview) {
    this.place = place;
    this.gains = gains;
    this.onPreview = onPreview;
  }

  /** Makes the sliders. @param {string[]} names @param {boolean} together left and right in one slider */
  show(names, together) {
    this.#names = names;
    this.#rows = [];
    const groups = GROUPS.map(([title, pattern]) => {
      const own = names.filter((name) => /** @type {RegExp} */ (pattern).test(name));
      return this.#group(String(title), together ? pairs(own) : own.map((name) => [name]));
    });
    this.place.replaceChildren(...groups);
  }

  /** Shows the weights beneath. @param {ArrayLike<number>} weights 0..1 */
  update(weights) {
    for (const row of this.#rows) {
      const weight = Math.max(...row.columns.map((column) => weights[column]));
      const shown = Math.round(weight * 100) / 100;
      if (shown === row.shown) continue;
      row.shown = shown;
      row.gauge.style.setProperty("--weight", String(shown));
    }
  }

  /** Sets all gains to 1. */
  reset() {
    this.gains.clear();
    for (const { set } of this.#rows) set(1);
  }

  /** @param {string} title @param {string[][]} entries */
  #group(title, entries) {
    const group = document.createElement("fieldset");
    group.className = entries.length > 12 ? "group long" : "group";
    const legend = document.createElement("legend");
    legend.textContent = title;
    group.append(legend, ...entries.map((shapes) => this.#row(shapes)));
    return group;
  }

  /** @param {string[]} shapes */
  #row(shapes) {
    const name = this.#nameButton(shapes);
    const range = {
      max: 2,
      step: 0.05,
      value: this.gains.get(shapes[0]),
      text: (/** @type {number} */ v) => v.toFixed(2),
    };
    const { row, input, gauge, set } = slider(name, range, (value) => {
      for (const shape of shapes) this.gains.set(shape, value);
    });
    row.classList.add("shape");
    input.setAttribute("aria-label", `Gain of ${name.textContent}`);
    input.addEventListener("dblclick", () => {
      for (const shape of shapes) this.gains.set(shape, 1);
      set(1);
    });
    this.#rows.push({
      gauge,
      set,
      shown: 0,
      columns: shapes.map((shape) => this.#names.indexOf(shape)),
    });
    return row;
  }

  /** A button that shows the shape alone while it is held. @param {string[]} shapes */
  #nameButton(shapes) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "name";
    button.textContent = shapes.length > 1 ? shapes[0].replace(SIDE, "") : shapes[0];
    button.setAttribute("aria-label", `Show ${button.textContent}`);
    const [on, off] = [() => this.onPreview(shapes), () => this.onPreview(null)];
    button.addEventListener("pointerdown", on);
    button.addEventListener("keydown", ({ key }) => (key === "Enter" || key === " ") && on());
    for (const type of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"])
      button.addEventListener(type, off);
    return button;
  }
}

/** Left and right halves brought together. @param {string[]} names @returns {string[][]} */
function pairs(names) {
  /** @type {Map<string, string[]>} */
  const halves = new Map();
  for (const name of names) {
    const stem = MOVED.test(name) ? name : name.replace(SIDE, "");
    halves.set(stem, [...(halves.get(stem) ?? []), name]);
  }
  return [...halves.values()];
}
