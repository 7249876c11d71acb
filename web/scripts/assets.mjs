/**
 * Puts what the runtime loads beside it: ONNX Runtime Web into `ort/`, the models into `models/`.
 *
 * Run by npm after `npm ci` in this folder and before `npm pack`; nothing of it is committed.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL("..", import.meta.url));
const ORT = join(WEB, "node_modules/onnxruntime-web");
const MODELS = join(WEB, "../runtime/a2e/data");

/** Its modules with all their code in one file. */
const MODULES = ["ort.wasm.bundle.min.mjs", "ort.webgpu.bundle.min.mjs"];
const BINARIES = ["ort-wasm-simd-threaded.wasm", "ort-wasm-simd-threaded.asyncify.wasm"];
const DECLARATION = `import type { Ort } from "../runtime/backend.js";
export declare const env: Ort["env"];
export declare const Tensor: Ort["Tensor"];
export declare const InferenceSession: Ort["InferenceSession"];
`;

/** @param {string} folder @param {string} name @param {string | Uint8Array} content */
function put(folder, name, content) {
  const path = join(WEB, folder, name);
  const bytes = Buffer.from(content);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(join(WEB, folder), { recursive: true });
  writeFileSync(path, bytes);
}

for (const name of MODULES) {
  const code = readFileSync(join(ORT, "dist", name), "utf8");
  put("ort", name, code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
  put("ort", name.replace(/\.mjs$/, ".d.mts"), DECLARATION);
}
for (const name of BINARIES) put("ort", name, readFileSync(join(ORT, "dist", name)));
for (const name of ["model.onnx", "model-low-latency.onnx"]) {
  put("models", name, readFileSync(join(MODELS, name)));
}
