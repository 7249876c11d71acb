/** The page's sliders: shares of styles, and gains of shapes with what each shape does now. */

const GROUPS = [
  ["Jaw", /^jaw/],
  ["Mouth", /^mouth/],
  ["Tongue, cheeks, nose", /^(tongue|cheek|nose)/],
  ["Brows", /^brow/],
  ["Eyes", /^eye/],
];
const SIDE = /(Left|Right)$/;
const MOVED = /^(jaw|mouth)(Left|Right)$/; // these are shapes of their own, not halves of a pair

/** A labelled range input with its value beside it. @param {Element} label
 * @param {{max: number, step: number, value: number, text: (value: number) => string}} how
 * @param {(value: number) => void} onInput */
function slider(label, { max, step, value, text }, onInput) {
  const row = document.createElement("div");
  row.className = "slider";
  const gauge = document.createElement("span");
  gauge.className = "gauge";
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: "0", max: String(max), step: String(step) });
  input.setAttribute("aria-label", label.textContent ?? "");
  const output = document.createElement("output");
  const show = () => {
    output.textContent = text(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    show();
    onInput(Number(input.value));
  });
  gauge.append(input);
  row.append(label, gauge, output);
  const set = (/** @type {number} */ to) => {
    input.value = String(to);
    show();
  };
  set(value);
  return { row, input, gauge, set };
}

/** Shares of styles: what the others have left is shared out so that all sum to 1. */
export class StyleSliders {
  /** @type {number[]} */
  #shares = [];
  /** @type {ReturnType<typeof slider>[]} */
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
    this.#sliders = names.map((name, i) => {
      const label = document.createElement("span");
      label.className = "name";
      label.textContent = name;
      const how = {
        max: 1,
        step: 0.05,
        value: this.#shares[i],
        text: (/** @type {number} */ v) => `${Math.round(v * 100)} %`,
      };
      return slider(label, how, (value) => this.#set(i, value));
    });
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

/** Gains of shapes; beneath each slider a bar shows the shape's weight now. */
export class ShapeSliders {
  /**
   * @type {{gauge: HTMLElement, columns: number[], shown: number, set: (value: number) => void}[]}
   */
  #rows = [];
  /** @type {string[]} */
  #names = [];

  /** @param {Element} place @param {import("./gains.js").Gains} gains
   * @param {(names: string[] | null) => void} onPreview which shapes to show alone */
  constructor(place, gains, onPreview) {
    this.place = place;
    this.gains = gains;
    this.onPreview = onPreview;
  }

  /** @param {string[]} names @param {boolean} together left and right in one slider */
  show(names, together) {
    this.#names = names;
    this.#rows = [];
    const groups = GROUPS.map(([title, pattern]) => {
      const own = names.filter((name) => /** @type {RegExp} */ (pattern).test(name));
      return this.#group(String(title), together ? paired(own) : own.map((name) => [name]));
    });
    this.place.replaceChildren(...groups);
  }

  /** @param {ArrayLike<number>} weights */
  update(weights) {
    for (const row of this.#rows) {
      const weight = Math.max(...row.columns.map((column) => weights[column]));
      const shown = Math.round(weight * 100) / 100;
      if (shown === row.shown) continue;
      row.shown = shown;
      row.gauge.style.setProperty("--weight", String(shown));
    }
  }

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
    const how = {
      max: 2,
      step: 0.05,
      value: this.gains.get(shapes[0]),
      text: (/** @type {number} */ v) => v.toFixed(2),
    };
    const { row, input, gauge, set } = slider(name, how, (value) => {
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
function paired(names) {
  /** @type {Map<string, string[]>} */
  const pairs = new Map();
  for (const name of names) {
    const stem = MOVED.test(name) ? name : name.replace(SIDE, "");
    pairs.set(stem, [...(pairs.get(stem) ?? []), name]);
  }
  return [...pairs.values()];
}
