/** What is known of a model file before ONNX Runtime gets it, and what is refused. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crc32 } from "node:zlib";

import { crc32 as own } from "../../../web/runtime/crc32.js";
import { ModelError } from "../../../web/runtime/errors.js";
import { checkContents, readContents } from "../../../web/runtime/model-file.js";
import { readSpec } from "../../../web/runtime/spec.js";

const MODEL = new Uint8Array(
  readFileSync(new URL("../../../runtime/a2e/data/model.onnx", import.meta.url)),
);
const { metadata } = readContents(MODEL, "it");
const refusal = (message) => (error) => error instanceof ModelError && message.test(error.message);
const withFact = (name, value) => new Map([...metadata, [`a2e.${name}`, value]]);

test("checksums are zlib's", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 100, 4097]) {
    const data = MODEL.subarray(1000, 1000 + length);
    assert.equal(own(data), crc32(data));
    assert.equal(own(data.subarray(2), own(data.subarray(0, 2))), crc32(data));
  }
});

test("the bundled file is read whole", () => {
  const contents = readContents(MODEL, "it");
  checkContents(contents, "it");
  const { spec, schema } = readSpec(contents.metadata, "it");
  assert.equal(schema, 2);
  assert.equal(spec.shapes.length, 52);
  assert.equal(spec.fps, 30);
  assert.equal(spec.sampleRate, 16_000);
});

test("each flipped byte is noticed", () => {
  for (let at = 97; at < MODEL.length; at += 90_001) {
    const damaged = MODEL.slice();
    damaged[at] ^= 0x10;
    assert.throws(() => {
      const contents = readContents(damaged, "it");
      readSpec(contents.metadata, "it");
      checkContents(contents, "it");
    }, ModelError);
  }
});

test("files that break off are refused", () => {
  for (const length of [1, 7, 100, 50_000, MODEL.length - 1]) {
    assert.throws(
      () => readContents(MODEL.subarray(0, length), "it"),
      refusal(/^it can't be loaded as an ONNX model: .*(cut off|damaged)/),
    );
  }
  assert.throws(() => readContents(new Uint8Array(), "it"), refusal(/it has no graph/));
});

test("facts that can't be are refused by their names", () => {
  const cases = [
    ["schema", "3", /^it has model schema 3; this a2e reads up to 2/],
    ["schema", "0", /schema must be a number from 1 up; got 0/],
    ["fps", "0", /fps must be from 1 to 240; got 0/],
    ["fps", '"30"', /fps must be a whole number; got "30"/],
    ["hop", "4", /multiples of 3 frames/],
    ["window", "9000", /the window must be at most 60 s/],
    ["lookahead", "600", /hop \+ lookahead must be less than the window/],
    ["kind", '"no word"', /kind must be a short word/],
    ["source_sha256", '"12"', /64 hexadecimal digits/],
    ["styles", "[]", /a model has 1 to 1024 styles; got 0/],
    ["shapes", '["a", "a"]', /shapes must have different names/],
    ["default_style", "3", /the default style must be one of 3; got 3/],
    ["tools", "[]", /tools must be names with versions/],
    ["colour", "1", /an unknown colour/],
    ["fps", "NaN", /damaged a2e metadata/],
    ["fps", "[".repeat(100_000), /damaged a2e metadata/],
  ];
  for (const [name, value, message] of cases) {
    assert.throws(() => readSpec(withFact(name, value), "it"), refusal(message));
  }
  const less = new Map([...metadata].filter(([name]) => name !== "a2e.hop"));
  assert.throws(() => readSpec(less, "it"), refusal(/damaged a2e metadata \(no hop\)/));
  assert.throws(() => readSpec(new Map(), "it"), refusal(/but not an a2e model/));
});
