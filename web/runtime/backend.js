/**
 * ONNX Runtime Web as the rest of the runtime sees it, made ready once for a thread.
 *
 * @module backend
 */

import { OptionError, ProviderError } from "./errors.js";

/**
 * @typedef {object} Tensor
 * @property {Float32Array} data
 * @property {readonly number[]} dims
 */
/**
 * @typedef {object} TensorFacts
 * @property {string} name
 * @property {string} [type]
 * @property {readonly (number | string)[]} [shape]
 */
/**
 * @typedef {object} Session
 * @property {readonly TensorFacts[]} inputMetadata
 * @property {readonly TensorFacts[]} outputMetadata
 * @property {(feeds: Record<string, Tensor>) => Promise<Record<string, Tensor>>} run
 */
/**
 * @typedef {object} Ort As much of the package `onnxruntime-web` as is used.
 * @property {{logLevel?: string, wasm: {numThreads?: number, wasmBinary?: ArrayBufferLike}}} env
 * @property {new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor} Tensor
 * @property {{create(model: Uint8Array, options: object): Promise<Session>}} InferenceSession
 */
/** @typedef {"wasm" | "webgpu"} BackendName */
/**
 * @typedef {object} Backend
 * @property {Ort} ort
 * @property {BackendName} name
 */

/** Readies ONNX Runtime for this thread, once. @param {Ort} ort
 * @param {{wasm: ArrayBufferLike, threads: number}} options the package's WebAssembly, and the
 *   threads that a step may use */
export function prepare(ort, { wasm, threads }) {
  ort.env.logLevel = "fatal"; // what fails is thrown
  ort.env.wasm.wasmBinary = wasm;
  ort.env.wasm.numThreads = threads;
}

/** The threads that a step can use here: more than one only where the page is cross-origin isolated.
 * @param {number} asked @returns {number} */
export function threadsHere(asked) {
  if (!Number.isInteger(asked) || asked < 1) {
    throw new OptionError(`threads must be at least 1; got ${String(asked)}`);
  }
  return globalThis.crossOriginIsolated ? asked : 1;
}

/** Throws {@link ProviderError} where the backend can't be. @param {unknown} name */
export async function checkBackend(name) {
  if (name !== "wasm" && name !== "webgpu") {
    throw new OptionError(`backend must be 'wasm' or 'webgpu'; got '${String(name)}'`);
  }
  if (typeof WebAssembly === "undefined") {
    throw new ProviderError("this browser runs no WebAssembly; use a newer one");
  }
  if (name === "wasm") return;
  const gpu = /** @type {any} */ (globalThis.navigator)?.gpu;
  if (!(await gpu?.requestAdapter())) {
    throw new ProviderError("this browser offers no WebGPU adapter; use the backend 'wasm'");
  }
}
