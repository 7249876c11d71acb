/** The worker with ONNX Runtime's WebAssembly backend. */

import * as ort from "../ort/ort.wasm.bundle.min.mjs";
import { host } from "./host.js";

host({ ort, wasm: new URL("../ort/ort-wasm-simd-threaded.wasm", import.meta.url) });
