/**
 * The same in Node, in the thread that calls it.
 *
 * @module node
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

import * as ort from "../ort/ort.wasm.bundle.min.mjs";
import { modelFile } from "./assets.js";
import { DownloadError, ModelError } from "./errors.js";
import { openModel } from "./loading.js";

export * from "./public.js";

const WASM = new URL("../ort/ort-wasm-simd-threaded.wasm", import.meta.url);

/** Loads a model: the bundled one, or the file at a path or a `file:` address, or a file's bytes.
 * Throws ModelError, ProviderError or OptionError.
 * @param {string | URL | ArrayBuffer | Uint8Array | null} [source]
 * @param {{lowLatency?: boolean}} [options]
 * @returns {Promise<import("./model.js").Model>} */
export async function load(source = null, { lowLatency = false } = {}) {
  const file = sourceOf(source ?? modelFile(lowLatency));
  const opening = { source: file, backend: /** @type {const} */ ("wasm"), threads: 1, lowLatency };
  return openModel(opening, { ort, wasm: WASM }, read);
}

/** @param {string | URL | ArrayBuffer | Uint8Array} source @returns {string | Uint8Array} */
function sourceOf(source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Uint8Array) return source;
  return typeof source === "string" ? pathToFileURL(source).href : source.href;
}

/** @param {string} url @param {import("./loading.js").File} file */
async function read(url, file) {
  const path = fileURLToPath(url);
  try {
    return await readFile(path);
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    if (file === "model") throw new ModelError(`there is no model file at ${path}: ${reason}`);
    throw new DownloadError(`${path} can't be read: ${reason}. Run npm install in its package`);
  }
}
