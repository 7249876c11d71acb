/** Cases from Python on stdin, results to it on stdout: JSON, arrays as their bytes in base64. */

import { readFileSync } from "node:fs";

const ARRAYS = { float32: Float32Array, float64: Float64Array, int16: Int16Array };

/** Gives Python what `make` makes of each case, at once or in time. */
export async function answer(make) {
  const cases = JSON.parse(readFileSync(0, "utf8"), revived);
  const results = await Promise.all(cases.map(make));
  process.stdout.write(JSON.stringify(results, plain));
}

function revived(_key, value) {
  if (typeof value?.array !== "string") return value;
  const bytes = Buffer.from(value.array, "base64");
  return new ARRAYS[value.dtype](Uint8Array.from(bytes).buffer);
}

function plain(_key, value) {
  const dtype = Object.keys(ARRAYS).find((name) => value instanceof ARRAYS[name]);
  if (!dtype) return value;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { dtype, array: bytes.toString("base64") };
}

/** Parts of an array that end at these places, and what is left. */
export function split(array, ends) {
  return [...ends, array.length].map((end, i) => array.subarray(ends[i - 1] ?? 0, end));
}

/** Arrays, one after the other. */
export function concatenate(parts) {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
