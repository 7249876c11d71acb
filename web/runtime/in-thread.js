/**
 * The runtime in the thread that calls it: for workers of one's own, never for a page's thread.
 *
 * @module in-thread
 */

import * as ort from "../ort/ort.wasm.bundle.min.mjs";
import { modelFile } from "./assets.js";
import { Files } from "./download.js";
import { openModel } from "./loading.js";

export * from "./public.js";

const WASM = new URL("../ort/ort-wasm-simd-threaded.wasm", import.meta.url);

/** Loads a model as `load` of the package does, into this thread.
 * @param {string | URL | Uint8Array | null} [source]
 * @param {{threads?: number, cache?: boolean, lowLatency?: boolean}} [options]
 * @returns {Promise<import("./model.js").Model>} */
export async function load(source = null, options = {}) {
  const { threads = 1, cache = true, lowLatency = false } = options;
  const named = source ?? modelFile(lowLatency);
  const file = named instanceof Uint8Array ? named : new URL(named, location.href).href;
  const opening = { source: file, backend: /** @type {const} */ ("wasm"), threads, lowLatency };
  const files = new Files({ cache, onProgress: () => {} });
  try {
    const model = await openModel(opening, { ort, wasm: WASM }, (url, of) => files.read(url, of));
    files.keep().catch(() => {}); // without room for them they are fetched again
    return model;
  } catch (error) {
    await files.forget(error);
    throw error;
  }
}
