/**
 * Protobuf's wire format: as much of it as a look into an ONNX file needs.
 *
 * Counterpart of runtime/a2e/protobuf.py. A problem is thrown as a plain Error, for the reader of the
 * file to explain.
 *
 * @module protobuf
 */

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;
const LONGEST_VARINT = 10; // bytes

/**
 * @typedef {object} Field A field of a message, and where it lies in the file.
 * @property {number} number
 * @property {number} wire its wire type
 * @property {number} head where its tag begins
 * @property {number} start where its value begins
 * @property {number} end where its value ends
 */

/** The fields of the message data[start, end). @param {Uint8Array} data @param {number} start
 * @param {number} end @returns {Generator<Field>} */
export function* fieldsOf(data, start = 0, end = data.length) {
  for (let at = start; at < end; ) {
    const field = fieldAt(data, at, end);
    yield field;
    at = field.end;
  }
}

/** @param {Uint8Array} data @param {number} head @param {number} end @returns {Field} */
function fieldAt(data, head, end) {
  const [tag, after] = varintAt(data, head);
  const wire = tag % 8;
  let start = after;
  let stop = after;
  if (wire === BYTES) {
    const [length, value] = varintAt(data, after);
    start = value;
    stop = value + length;
  } else if (wire === VARINT) {
    stop = varintAt(data, after)[1];
  } else if (wire === FIXED64 || wire === FIXED32) {
    stop = after + (wire === FIXED64 ? 8 : 4);
  } else {
    throw new Error(`byte ${head} starts no protobuf field`);
  }
  if (tag < 8 || stop > end) {
    throw new Error(`the field at byte ${head} is cut off or damaged`);
  }
  return { number: Math.floor(tag / 8), wire, head, start, end: stop };
}

/** The number at byte `at`, inexact from 2**53 on, and where the next thing starts.
 * @param {Uint8Array} data @param {number} at @returns {[number, number]} */
function varintAt(data, at) {
  let number = 0;
  for (let place = 0; place < LONGEST_VARINT; place += 1) {
    if (at + place >= data.length) throw new Error("the file is cut off");
    const byte = data[at + place];
    number += (byte & 127) * 2 ** (7 * place);
    if (byte < 128) return [number, at + place + 1];
  }
  throw new Error(`byte ${at + LONGEST_VARINT} ends no protobuf number`);
}
