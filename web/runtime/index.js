/**
 * Speech to a face's weights in a browser, without a server.
 *
 *     import { load, rowsOf } from "a2e";
 *
 *     const model = await load();
 *     const stream = model.stream({ rate: 48000 });
 *     const { first, weights } = await stream.push(samples); // as the voice comes
 *     const rest = await stream.flush();
 *
 * @module a2e
 */

import { modelFile } from "./assets.js";
import { WorkerModel } from "./client.js";
import { ModelError, OptionError, ProviderError } from "./errors.js";
import { Link } from "./link.js";

export * from "./public.js";

/** @typedef {import("./backend.js").BackendName} BackendName */
/** @typedef {import("./loading.js").Opening} Opening */
/** @typedef {import("./spec.js").Spec} Spec */
/** @typedef {import("./stream.js").Frames} Frames */
/** @typedef {import("./model.js").Clip} Clip */
/** @typedef {ReturnType<WorkerModel["stream"]>} Stream */
/** @typedef {WorkerModel} Model */
/**
 * @typedef {object} Progress
 * @property {import("./loading.js").File} file which file it is about
 * @property {number} loaded bytes so far
 * @property {number} total bytes; 0 where the server does not tell
 */
/**
 * @typedef {object} LoadOptions
 * @property {BackendName} [backend] "wasm" by default; "webgpu" needs a browser that has it, and
 *   fetches a larger WebAssembly
 * @property {(progress: Progress) => void} [onProgress]
 * @property {number} [threads] that a step may use; more than the default 1 only where the page is
 *   cross-origin isolated
 * @property {boolean} [cache] whether files are kept in the browser's Cache; true by default
 * @property {boolean} [lowLatency] takes the bundled file with the least lookahead, where none is
 *   named, and lets its streams' `Live` hold no frames back
 * @property {string | URL} [base] where the package's folder is on the server, for bundlers that
 *   don't find its worker and files by themselves
 */

/** What the workers are, by their backend. Bundlers find and build what is named so. */
const WORKERS = {
  wasm: () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
  webgpu: () => new Worker(new URL("./worker-webgpu.js", import.meta.url), { type: "module" }),
};

/** Loads a model into a worker of its own: the bundled one, or the file at an address, or a file's
 * bytes. Throws ModelError, DownloadError, ProviderError or OptionError.
 * @param {string | URL | ArrayBuffer | Uint8Array | null} [source]
 * @param {LoadOptions} [options] @returns {Promise<WorkerModel>} */
export async function load(source = null, options = {}) {
  const { backend = "wasm", cache = true, lowLatency = false, threads = 1 } = options;
  const base = options.base === undefined ? null : folder(options.base);
  const file = sourceOf(source ?? bundled(base, lowLatency));
  const opening = { source: file, backend, threads, lowLatency };
  const start = async () => {
    const link = new Link(startWorker(backend, base), options.onProgress ?? (() => {}));
    const { spec } = await link.ask("load", { opening, cache }).catch((error) => {
      link.end();
      throw error;
    });
    if (spec) return new WorkerModel(link, spec, lowLatency);
    link.end();
    return null;
  };
  const model = (await start()) ?? (await start()); // what was kept and no good is forgotten by then
  if (model) return model;
  throw new ProviderError("the browser's cache gives damaged files; load with cache: false");
}

/** @param {URL | null} base @param {boolean} lowLatency */
function bundled(base, lowLatency) {
  if (!base) return modelFile(lowLatency);
  return new URL(lowLatency ? "models/model-low-latency.onnx" : "models/model.onnx", base);
}

/** @param {BackendName} backend @param {URL | null} base @returns {Worker} */
function startWorker(backend, base) {
  if (!(backend in WORKERS)) {
    throw new OptionError(`backend must be 'wasm' or 'webgpu'; got '${String(backend)}'`);
  }
  try {
    if (!base) return WORKERS[backend]();
    const name = backend === "wasm" ? "worker" : "worker-webgpu";
    return new Worker(new URL(`runtime/${name}.js`, base), { type: "module" });
  } catch (error) {
    throw new ProviderError(`no worker can be started: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string | URL | ArrayBuffer | Uint8Array} source @returns {string | Uint8Array} */
function sourceOf(source) {
  if (typeof source === "string" || source instanceof URL) return absolute(source).href;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Uint8Array) return source;
  throw new ModelError(
    `a model is named by its address, or given as an ArrayBuffer; got ${String(source)}`,
  );
}

/** An address seen from the page. @param {string | URL} address */
function absolute(address) {
  try {
    return new URL(address, globalThis.document?.baseURI ?? location.href);
  } catch {
    throw new OptionError(`'${address}' is no address`);
  }
}

/** @param {string | URL} address of a folder, with or without the last slash */
const folder = (address) => absolute(`${String(address).replace(/\/$/, "")}/`);
