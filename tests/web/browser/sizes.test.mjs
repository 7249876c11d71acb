/** What a page downloads stays small. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { sizes, sum } from "../../../web/scripts/sizes.mjs";

const OWN = 60_000; // bytes, gzip
const ALL = 8_000_000;

test("our own JavaScript and all that is downloaded keep to their limits", async () => {
  const { own, others } = await sizes();
  assert.ok(sum(own) <= OWN, `${sum(own)} bytes`);
  assert.ok(sum([...own, ...others]) <= ALL, `${sum([...own, ...others])} bytes`);
});
