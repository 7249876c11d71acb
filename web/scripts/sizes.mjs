/**
 * What a page downloads, measured: a table for the README.
 *
 *     npm run sizes
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const WEB = fileURLToPath(new URL("..", import.meta.url));

/** Bytes of code, built and minified as a page would. @param {string} entry
 * @param {string[]} external what is counted by itself */
async function codeOf(entry, external = []) {
  const { outputFiles } = await build({
    entryPoints: [join(WEB, entry)],
    external,
    bundle: true,
    minify: true,
    write: false,
    legalComments: "none",
    format: "esm",
  });
  return outputFiles[0].contents;
}

/** @param {string} path */
const fileOf = (path) => readFileSync(join(WEB, path));

/** What a page downloads, by name; `own` is our JavaScript without the drawn face. */
export async function sizes() {
  const ort = ["../ort/*"];
  const own = {
    "the page's side (`a2e`)": await codeOf("runtime/index.js"),
    "the worker": await codeOf("runtime/worker.js", ort),
    "the player (`a2e/player`)": await codeOf("player/player.js"),
  };
  const others = {
    "the drawn face (`a2e/face`)": await codeOf("face/face.js"),
    "ONNX Runtime Web, code": fileOf("ort/ort.wasm.bundle.min.mjs"),
    "ONNX Runtime Web, WebAssembly": fileOf("ort/ort-wasm-simd-threaded.wasm"),
    "the bundled model": fileOf("models/model.onnx"),
  };
  const webgpu = {
    code: fileOf("ort/ort.webgpu.bundle.min.mjs"),
    WebAssembly: fileOf("ort/ort-wasm-simd-threaded.asyncify.wasm"),
  };
  return { own: measured(own), others: measured(others), webgpu: measured(webgpu) };
}

/** @param {Record<string, Uint8Array>} files */
function measured(files) {
  return Object.entries(files).map(([name, bytes]) => ({
    name,
    plain: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
  }));
}

/** @param {{gzip: number}[]} files */
export const sum = (files) => files.reduce((total, { gzip }) => total + gzip, 0);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { own, others, webgpu } = await sizes();
  const kB = (/** @type {number} */ bytes) => (bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0);
  console.log("| | kB | gzip, kB |\n|---|---|---|");
  for (const { name, plain, gzip } of [...own, ...others]) {
    console.log(`| ${name} | ${kB(plain)} | ${kB(gzip)} |`);
  }
  console.log(`| **all that a page downloads** | | **${kB(sum([...own, ...others]))}** |`);
  const instead = webgpu.reduce((total, { plain }) => total + plain, 0);
  console.log(`| WebGPU's code and WebAssembly, instead | ${kB(instead)} | ${kB(sum(webgpu))} |`);
}
