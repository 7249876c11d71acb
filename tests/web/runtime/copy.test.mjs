/** Copies go their own way. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { deepCopy } from "../../../web/runtime/copy.js";
import { Random } from "../../../web/runtime/random.js";

test("a copy is equal, of the same classes, and changes alone", () => {
  const random = new Random(1);
  const value = { random, list: [1, [2]], array: Float32Array.of(1, 2), none: null };
  const copy = deepCopy(value);
  assert.deepEqual(copy, value);
  assert.ok(copy.random instanceof Random);
  copy.array[0] = 9;
  copy.list.push(3);
  copy.random.uint32();
  assert.deepEqual(value, {
    random: new Random(1),
    list: [1, [2]],
    array: Float32Array.of(1, 2),
    none: null,
  });
});

test("what stands twice stands twice in the copy", () => {
  const shared = Float32Array.of(1);
  const value = { first: shared, second: shared, self: null };
  value.self = value;
  const copy = deepCopy(value);
  assert.equal(copy.first, copy.second);
  assert.notEqual(copy.first, shared);
  assert.equal(copy.self, copy);
});
