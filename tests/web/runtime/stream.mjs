/**
 * Streams what a manifest (JSON, standard input) asks for, and writes the frames as float32.
 *
 * A case: {samples, int16, rate, channels, cuts, post, seed, controls, style, output}; `cuts` are the
 * lengths of the chunks in samples of all channels, over and over.
 */

import { readFileSync, writeFileSync } from "node:fs";

import { Live, load, Upstream } from "../../../web/runtime/node.js";

const POSTS = { live: (given) => new Live(given), upstream: (given) => new Upstream(given) };
const { lowLatency = false, cases } = JSON.parse(readFileSync(0, "utf8"));
const model = await load(null, { lowLatency });
const counts = [];
for (const asked of cases) {
  const { post, settings, rate, style, seed, controls } = asked;
  const profile = post === "raw" ? null : POSTS[post](settings);
  const stream = model.stream({ rate, style, seed, controls, post: profile });
  const parts = [...chunksOf(asked)].map((chunk) => stream.push(chunk, asked));
  const frames = await Promise.all([...parts, stream.flush()]);
  let next = 0;
  for (const { first, count, weights } of frames) {
    if (first !== next || weights.length !== count * stream.names.length) {
      throw new Error(`frames ${first} to ${first + count} came where ${next} was due`);
    }
    next += count;
  }
  writeFileSync(asked.output, Buffer.concat(frames.map(({ weights }) => bytesOf(weights))));
  counts.push({ frames: next, latency: stream.latency, names: stream.names });
}
process.stdout.write(JSON.stringify(counts));

/** The samples in chunks of the lengths that `cuts` has. */
function* chunksOf({ samples, int16, channels, cuts }) {
  const bytes = readFileSync(samples);
  const Kind = int16 ? Int16Array : Float32Array;
  const all = new Kind(bytes.buffer, bytes.byteOffset, bytes.length / Kind.BYTES_PER_ELEMENT);
  for (let at = 0, turn = 0; at < all.length; turn += 1) {
    const end = at + cuts[turn % cuts.length] * channels;
    yield all.subarray(at, end);
    at = end;
  }
}

/** @param {Float32Array} weights */
function bytesOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}
