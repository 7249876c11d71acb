/** Copies of what remembers something. */

/**
 * A copy of a value with all that it holds: objects of any class, arrays, typed arrays, numbers.
 * Functions are shared. What stands twice in the value stands twice in the copy.
 * @template T @param {T} value @param {Map<unknown, unknown>} [copies] made so far @returns {T}
 */
export function deepCopy(value, copies = new Map()) {
  if (typeof value !== "object" || value === null) return value;
  if (copies.has(value)) return /** @type {T} */ (copies.get(value));
  const copy = emptyLike(value);
  copies.set(value, copy);
  if (ArrayBuffer.isView(copy)) return /** @type {T} */ (copy);
  for (const [key, part] of Object.entries(value)) copy[key] = deepCopy(part, copies);
  return copy;
}

/** An object of the same kind without its parts; of a typed array, a whole copy.
 * @param {any} value @returns {any} */
function emptyLike(value) {
  if (ArrayBuffer.isView(value)) return /** @type {Float32Array} */ (value).slice();
  return Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value));
}
