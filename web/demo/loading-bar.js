/** How much of the model and the WebAssembly has come. */

/** @typedef {import("../runtime/index.js").Progress} Progress */

/** A bar that is seen while files come. */
export class LoadingBar {
  #bar;
  /** @type {Map<string, Progress>} */
  #files = new Map();

  /** @param {HTMLProgressElement} bar */
  constructor(bar) {
    this.#bar = bar;
  }

  /** @param {Progress} progress */
  update(progress) {
    this.#files.set(progress.file, progress);
    const files = [...this.#files.values()];
    const [loaded, total] = [sum(files, "loaded"), sum(files, "total")];
    if (total > 0) this.#bar.value = Math.min(1, loaded / total);
    else this.#bar.removeAttribute("value"); // nobody knows how much there is
    this.#bar.hidden = total > 0 && loaded >= total;
  }

  /** The files are there, or won't come. */
  end() {
    this.#files.clear();
    this.#bar.hidden = true;
  }
}

/** @param {Progress[]} files @param {"loaded" | "total"} key */
const sum = (files, key) => files.reduce((total, file) => total + file[key], 0);
