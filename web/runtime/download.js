/**
 * Files from the network, kept in the browser's Cache where there is one.
 *
 * @module download
 */

import { DownloadError, ModelError, ProviderError } from "./errors.js";

/** Name of the cache. */
export const CACHE = "a2e";
const VALIDATORS = ["etag", "last-modified", "content-length"];

/** @typedef {import("./loading.js").File} File */
/** @typedef {(file: File, loaded: number, total: number) => void} Progress bytes; total is 0 where
 * nobody knows */
/**
 * @typedef {object} Fetched
 * @property {string} url
 * @property {Uint8Array<ArrayBuffer>} bytes
 * @property {Headers} headers
 */

/** The files of one loading. */
export class Files {
  #cache;
  #onProgress;
  /** Files that came from the network. @type {Fetched[]} */
  #fetched = [];
  /** Addresses of files that the cache had. @type {Partial<Record<File, string>>} */
  #kept = {};

  /** @param {{cache: boolean, onProgress: Progress}} options */
  constructor({ cache, onProgress }) {
    this.#cache = cache ? openCache() : Promise.resolve(null);
    this.#onProgress = onProgress;
  }

  /** The bytes of a file. One from the cache is given at once; whether the server has another by now
   * is asked behind, and if so the next loading gets that. Throws {@link DownloadError}.
   * @param {string} url @param {File} file @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async read(url, file) {
    const store = await this.#cache;
    const kept = await store?.match(url).catch(() => undefined);
    if (store && kept) {
      this.#kept[file] = url;
      void renew(store, url, kept.headers);
      const bytes = new Uint8Array(await kept.arrayBuffer());
      this.#onProgress(file, bytes.length, bytes.length);
      return bytes;
    }
    const { headers, body } = await ask(url);
    const total = headers.has("content-encoding") ? 0 : Number(headers.get("content-length") ?? 0);
    const bytes = await readWhole(body, url, total, (loaded) =>
      this.#onProgress(file, loaded, total),
    );
    this.#fetched.push({ url, bytes, headers });
    return bytes;
  }

  /** Puts what was fetched, and turned out to be good, into the cache. */
  async keep() {
    const store = await this.#cache;
    for (const { url, bytes, headers } of this.#fetched)
      await store?.put(url, copyOf(bytes, headers));
  }

  /** Forgets the file that an error is about, if it came from the cache, and says whether it did.
   * @param {unknown} error of opening the model */
  async forget(error) {
    const file = error instanceof ModelError ? "model" : "wasm";
    const url =
      error instanceof ModelError || error instanceof ProviderError ? this.#kept[file] : "";
    return Boolean(url && (await (await this.#cache)?.delete(url)));
  }
}

/** The cache; null where there is none: on insecure pages, in private windows, without a disk.
 * @returns {Promise<Cache | null>} */
async function openCache() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

/** @param {string} url @returns {Promise<Response>} */
async function ask(url) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url, { cache: "no-cache" }); // the server's own, if it has another
  } catch (error) {
    throw new DownloadError(
      `${url} can't be fetched: ${/** @type {Error} */ (error).message}. Check the connection, and ` +
        "that the server allows this page to read it",
    );
  }
  if (response.ok) return response;
  throw new DownloadError(
    `${url} can't be fetched: HTTP ${response.status}. Is the address right?`,
  );
}

/** @param {ReadableStream<Uint8Array> | null} body @param {string} url @param {number} total bytes; 0
 * where nobody knows @param {(loaded: number) => void} onProgress */
async function readWhole(body, url, total, onProgress) {
  const parts = [];
  let loaded = 0;
  try {
    const reader = body?.getReader();
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      parts.push(next.value);
      loaded += next.value.length;
      onProgress(loaded);
    }
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    throw new DownloadError(`${url} broke off after ${loaded} bytes: ${reason}. Load it again`);
  }
  if (loaded < total) {
    throw new DownloadError(`${url} broke off: ${loaded} of ${total} bytes came. Load it again`);
  }
  return joinedBytes(parts, loaded);
}

/** @param {Uint8Array[]} parts @param {number} length */
function joinedBytes(parts, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A file as the cache keeps it. @param {Uint8Array<ArrayBuffer>} bytes @param {Headers} from */
function copyOf(bytes, from) {
  const headers = new Headers();
  for (const name of [...VALIDATORS, "content-type"]) {
    const value = from.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(bytes, { headers });
}

/** Forgets a kept file that is no longer the server's. @param {Cache} store @param {string} url
 * @param {Headers} kept */
async function renew(store, url, kept) {
  try {
    const { ok, headers } = await fetch(url, { method: "HEAD", cache: "no-cache" });
    const other = VALIDATORS.some(
      (name) => headers.has(name) && kept.has(name) && headers.get(name) !== kept.get(name),
    );
    if (ok && other) await store.delete(url);
  } catch {
    // without a connection what is kept is all there is
  }
}
