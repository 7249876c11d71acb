/**
 * Builds the demo page: a folder that any file server can serve.
 *
 *     npm run demo
 */

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const WEB = fileURLToPath(new URL("..", import.meta.url));
const OUT = process.argv[2] ?? join(WEB, "../out/demo");
const DRACO = "node_modules/three/examples/jsm/libs/draco/gltf";

/** Files as they are, and where they go. */
const COPIES = {
  "demo/index.html": "index.html",
  "page/icon.svg": "icon.svg",
  "../runtime/a2e/data/speech.flac": "speech.flac",
  "models/model.onnx": "models/model.onnx",
  "models/model-low-latency.onnx": "models/model-low-latency.onnx",
  "ort/ort.wasm.bundle.min.mjs": "ort/ort.wasm.bundle.min.mjs",
  "ort/ort-wasm-simd-threaded.wasm": "ort/ort-wasm-simd-threaded.wasm",
  [`${DRACO}/draco_decoder.wasm`]: "draco/draco_decoder.wasm",
  [`${DRACO}/draco_wasm_wrapper.js`]: "draco/draco_wasm_wrapper.js",
};
/** What the service worker leaves to the runtime's own cache, or to the day it is needed. */
const LATER = ["models/", "draco/", "ort/ort-wasm"];

/** Code of some entries, minified. @param {Record<string, string>} entries paths by names
 * @param {import("esbuild").BuildOptions} [options] */
async function bundle(entries, options = {}) {
  const entryPoints = Object.fromEntries(
    Object.entries(entries).map(([name, path]) => [name, join(WEB, path)]),
  );
  await build({
    entryPoints,
    outdir: OUT,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "eof",
    logLevel: "error",
    ...options,
  });
}

/** All files of the folder, by their paths within it. @returns {string[]} */
const built = () =>
  readdirSync(OUT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(OUT, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();

/** @param {string[]} files */
function versionOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(OUT, file)));
  return hash.digest("hex").slice(0, 12);
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
for (const [from, to] of Object.entries(COPIES)) {
  cpSync(join(WEB, from), join(OUT, to), { recursive: true });
}
await bundle({ demo: "demo/demo.js" }, { splitting: true, chunkNames: "[name]-[hash]" });
await bundle({ demo: "demo/demo.css" });
await bundle({ "runtime/worker": "runtime/worker.js" }, { external: ["../ort/*"] });
await bundle({ "tap-worklet": "sources/tap-worklet.js" });
const files = built();
const kept = files.filter((file) => !LATER.some((start) => file.startsWith(start)));
const define = { __BUILD__: JSON.stringify({ version: versionOf(files), files: kept }) };
await bundle({ "service-worker": "demo/service-worker.js" }, { define });
