/**
 * Files from the network, kept in the browser's Cache where there is one.
 *
 * @module download
 */

import { DownloadError } from "./errors.js";

/** Name of the cache. */
export const CACHE = "a2e";
const VALIDATORS = ["etag", "last-modified", "content-length"];

/** @typedef {(loaded: number, total: number) => void} Progress bytes; total is 0 where nobody knows */

/**
 * The bytes of a file. One from the cache is given at once; whether the server has another by now is
 * asked behind, and if so the next call gets that. Throws {@link DownloadError}.
 * @param {string} url @param {{cache: boolean, onProgress: Progress}} options
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function download(url, { cache, onProgress }) {
  const store = cache ? await openCache() : null;
  const kept = await store?.match(url).catch(() => undefined);
  if (store && kept) {
    void renew(store, url, kept.headers);
    const bytes = new Uint8Array(await kept.arrayBuffer());
    onProgress(bytes.length, bytes.length);
    return bytes;
  }
  const response = await ask(url);
  const bytes = await readWhole(response, url, onProgress);
  if (store) void keep(store, url, bytes, response.headers);
  return bytes;
}

/** Forgets a file that is kept. @param {string} url */
export async function forget(url) {
  const store = await openCache();
  await store?.delete(url).catch(() => false);
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
    response = await fetch(url);
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

/** @param {Response} response @param {string} url @param {Progress} onProgress */
async function readWhole(response, url, onProgress) {
  const told = Number(response.headers.get("content-length") ?? 0);
  const total = response.headers.has("content-encoding") ? 0 : told;
  const parts = [];
  let loaded = 0;
  try {
    for (const reader = reading(response); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      loaded += value.length;
      onProgress(loaded, total);
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

/** @param {Response} response */
const reading = (response) =>
  /** @type {ReadableStream<Uint8Array>} */ (response.body ?? new Blob().stream()).getReader();

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

/** Keeps a file; without room for it the next page fetches it again. @param {Cache} store
 * @param {string} url @param {Uint8Array<ArrayBuffer>} bytes @param {Headers} from */
async function keep(store, url, bytes, from) {
  const headers = new Headers();
  for (const name of [...VALIDATORS, "content-type"]) {
    const value = from.get(name);
    if (value !== null) headers.set(name, value);
  }
  await store.put(url, new Response(bytes, { headers })).catch(() => {});
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
