/** The worker with ONNX Runtime's WebGPU backend. */

import * as ort from "../ort/ort.webgpu.bundle.min.mjs";
import { host } from "./host.js";

host({ ort, wasm: new URL("../ort/ort-wasm-simd-threaded.asyncify.wasm", import.meta.url) });
