/** Chooses the face: the drawn one, or an avatar of the visitor's. */

import { buttonById, elementById } from "../page/elements.js";
import { showStatus } from "../page/widgets/status-line.js";

/** @typedef {import("./views.js").Views} Views */

/** Two buttons, of which one is pressed. */
export class FaceChoice {
  #views;
  #names;
  #drawn = buttonById("drawn");
  #own = buttonById("own");
  #note = elementById("face-note", HTMLElement);

  /** @param {Views} views @param {() => string[]} names of the weights */
  constructor(views, names) {
    this.#views = views;
    this.#names = names;
    const input = elementById("avatar-file", HTMLInputElement);
    this.#drawn.addEventListener("click", () => this.#show(false));
    this.#own.addEventListener("click", () => {
      // What was chosen is shown again at once; a second click chooses another.
      const chosen = this.#views.hasAvatar && this.#own.ariaPressed === "false";
      if (chosen) this.#show(true);
      else input.click();
    });
    input.addEventListener("change", () => {
      const [file] = input.files ?? [];
      if (file) this.open(file);
      input.value = "";
    });
  }

  /** Shows an avatar's file, or why that can't be. @param {File} file */
  async open(file) {
    showStatus("busy", `Opening ${file.name}…`);
    try {
      const missing = await this.#views.open(file, this.#names());
      this.#show(true);
      this.#note.textContent = noteOf(file.name, missing);
      showStatus("fine", `${file.name} is ready to speak`);
    } catch (error) {
      showStatus("trouble", /** @type {Error} */ (error).message);
    }
  }

  /** @param {boolean} avatar */
  #show(avatar) {
    this.#views.show(avatar);
    this.#drawn.ariaPressed = String(!avatar);
    this.#own.ariaPressed = String(avatar);
    if (this.#views.hasAvatar) this.#own.textContent = avatar ? "Another…" : "Your avatar";
  }
}

/** @param {string} name @param {string[]} missing */
function noteOf(name, missing) {
  if (missing.length === 0) return `${name} has all that it needs to speak.`;
  const some = missing.slice(0, 4).join(", ");
  return `${name} has no ${some}${missing.length > 4 ? ` and ${missing.length - 4} more` : ""}.`;
}
