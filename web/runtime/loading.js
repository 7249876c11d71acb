/**
 * From files to a model in this thread: in a worker, in Node, or wherever `a2e/runtime` is used.
 *
 * @module loading
 */

import { checkBackend, prepare, threadsHere } from "./backend.js";
import { ProviderError } from "./errors.js";
import { Model } from "./model.js";

/** @typedef {import("./backend.js").BackendName} BackendName */
/** @typedef {"model" | "wasm"} File */
/** @typedef {(url: string, file: File) => Promise<Uint8Array>} Read A file's bytes. */
/**
 * @typedef {object} Opening
 * @property {string | Uint8Array} source the model file: its address, or its bytes
 * @property {BackendName} backend
 * @property {number} threads that a step may use
 * @property {boolean} lowLatency
 */
/**
 * @typedef {object} Build A build of ONNX Runtime Web.
 * @property {import("./backend.js").Ort} ort its module
 * @property {URL} wasm its WebAssembly
 */

/** Address of the WebAssembly that this thread has taken: it takes only one. */
let taken = "";

/** Opens a model in this thread. Throws ModelError, DownloadError, ProviderError or OptionError.
 * @param {Opening} opening @param {Build} build @param {Read} read */
export async function openModel({ source, backend, threads, lowLatency }, build, read) {
  const usable = threadsHere(threads);
  await checkBackend(backend);
  const [wasm, data] = await Promise.all([
    taken === build.wasm.href ? null : read(build.wasm.href, "wasm"),
    typeof source === "string" ? read(source, "model") : source,
  ]);
  if (wasm) {
    checkWasm(wasm, build.wasm.href);
    prepare(build.ort, { wasm: bufferOf(wasm), threads: usable });
    taken = build.wasm.href;
  }
  const name = typeof source === "string" ? nameOf(source) : "the model";
  return Model.open(data, name, { ort: build.ort, name: backend }, { lowLatency });
}

/** @param {Uint8Array} bytes @param {string} url */
function checkWasm(bytes, url) {
  if (String.fromCharCode(...bytes.subarray(0, 4)) === "\0asm") return;
  throw new ProviderError(`${url} is no WebAssembly. Are all files of a2e on the server?`);
}

/** @param {Uint8Array} bytes */
const bufferOf = ({ buffer, byteOffset, byteLength }) =>
  byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);

/** A file's address for messages. @param {string} url */
const nameOf = (url) => decodeURI(url.startsWith("data:") ? "the model" : url);
