/** The models that a visitor uses: each is loaded once, when it is needed first. */

import { DownloadError } from "../runtime/errors.js";
import { load } from "../runtime/index.js";

/** @typedef {import("../runtime/index.js").Model} Model */
/** @typedef {import("../runtime/index.js").Progress} Progress */
/** @typedef {string | ArrayBuffer | null} Source An address, a file's bytes; null: the bundled one. */

const BASE = "./"; // where the built page's folder is

/** The model for clips, and the one for live voices. */
export class Models {
  /** @type {Source} */
  #source;
  #onProgress;
  /** Models by their kind, loaded or being loaded. @type {Map<string, Promise<Model>>} */
  #loaded = new Map();

  /** @param {Source} source @param {(progress: Progress) => void} onProgress */
  constructor(source, onProgress) {
    this.#source = source;
    this.#onProgress = onProgress;
  }

  /** The model for clips. Throws what `load` throws; the next call tries again.
   * @returns {Promise<Model>} */
  forClips() {
    return this.#get("clips", false);
  }

  /** The model for live voices: of the bundled ones, that with the least lookahead, unless it can't be
   * fetched. @param {boolean} prompt @returns {Promise<Model>} */
  async forVoices(prompt) {
    if (!prompt) return this.forClips();
    try {
      return await this.#get("voices", true);
    } catch (error) {
      if (error instanceof DownloadError && this.#source === null) return this.forClips();
      throw error;
    }
  }

  /** Takes another model file, for clips and voices, if it is one. Throws what `load` throws.
   * @param {Source} source */
  async replace(source) {
    const model = await load(source, { base: BASE, onProgress: this.#onProgress });
    const former = [...this.#loaded.values()];
    this.#source = source;
    this.#loaded = new Map([["clips", Promise.resolve(model)]]);
    for (const loaded of former) loaded.then((other) => other.close()).catch(() => {});
    return model;
  }

  /** Forgets the models, whose workers stopped. */
  forget() {
    for (const loaded of this.#loaded.values())
      loaded.then((model) => model.close()).catch(() => {});
    this.#loaded.clear();
  }

  /** @param {string} kind @param {boolean} lowLatency @returns {Promise<Model>} */
  #get(kind, lowLatency) {
    const loaded = this.#loaded.get(kind);
    if (loaded) return loaded;
    const loading = load(this.#source, { base: BASE, lowLatency, onProgress: this.#onProgress });
    this.#loaded.set(kind, loading);
    loading.catch(() => this.#loaded.delete(kind));
    return loading;
  }
}
