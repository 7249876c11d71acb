/**
 * Keeps the page's own files, so that it opens without a network. The model and the WebAssembly are
 * kept by the runtime (`runtime/download.js`).
 *
 * The build names the files, and a version that changes with any of them: all files of a page are of
 * one version, and a new one is taken when no tab shows the old one any more.
 */

const BUILD = __BUILD__;
const PREFIX = "a2e-demo-";
const CACHE = PREFIX + BUILD.version;
const scope = /** @type {ServiceWorkerScope} */ (/** @type {unknown} */ (globalThis));

scope.addEventListener("install", (event) => {
  const requests = BUILD.files.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(forgetFormer().then(() => scope.clients.claim()));
});

scope.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const address = new URL(url);
  const root = scope.registration.scope;
  if (method !== "GET" || !address.href.startsWith(root)) return;
  const path = address.origin + address.pathname;
  const file = path === root ? "index.html" : path.slice(root.length);
  if (BUILD.files.includes(file)) event.respondWith(kept(file, event.request));
});

/** A file of this version; one that the browser threw away is fetched. @param {string} file
 * @param {Request} request @returns {Promise<Response>} */
async function kept(file, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(file)) ?? fetch(request);
}

async function forgetFormer() {
  const names = await caches.keys();
  const former = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(former.map((name) => caches.delete(name)));
}
