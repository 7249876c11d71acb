/** Float arrays in one. @param {readonly Float32Array[]} parts @returns {Float32Array<ArrayBuffer>} */
export function concat(parts) {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
