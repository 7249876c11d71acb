/** A slider with its label and its value. */

/** A labelled range input with its value beside it. @param {Element} label
 * @param {{min?: number, max: number, step: number, value: number, text: (value: number) => string}}
 * range
 * @param {(value: number) => void} onInput */
export function slider(label, { min = 0, max, step, value, text }, onInput) {
  const row = document.createElement("div");
  row.className = "slider";
  const gauge = document.createElement("span");
  gauge.className = "gauge";
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: String(min), max: String(max), step: String(step) });
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

/** A slider for a share, 0 to 1 in steps of 5 %. @param {string} name @param {number} value
 * @param {(value: number) => void} onInput */
export function shareSlider(name, value, onInput) {
  const label = document.createElement("span");
  label.className = "name";
  label.textContent = name;
  const text = (/** @type {number} */ share) => `${Math.round(share * 100)} %`;
  return slider(label, { max: 1, step: 0.05, value, text }, onInput);
}
