/** Weights to mouths: near poses, shut lips. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { OCULUS, VRM } from "../../../web/faces/viseme-poses.js";
import { lipGap, Visemes } from "../../../web/faces/visemes.js";
import { ARKIT } from "../shapes.mjs";

/** A frame by shapes; a name without its side is both. */
const frame = (pose) =>
  ARKIT.map((name) => pose[name] ?? pose[name.replace(/(Left|Right)$/, "")] ?? 0);
const by = (visemes, pose) => {
  const shares = visemes.shares(frame(pose));
  return Object.fromEntries(visemes.names.map((name, i) => [name, shares[i]]));
};
const { sil: _, ...mouths } = OCULUS;
const oculus = new Visemes(mouths, ARKIT);
const vrm = new Visemes(VRM, ARKIT);
const gap = lipGap(ARKIT);

for (const [name, pose] of Object.entries(mouths)) {
  test(`the pose of ${name} is mostly itself`, () => {
    const shares = by(oculus, pose);
    assert.equal(Math.max(...Object.values(shares)), shares[name], JSON.stringify(shares));
  });
}

for (const [name, pose] of Object.entries(VRM)) {
  test(`VRM's ${name} is itself`, () => assert.ok(by(vrm, pose)[name] > 0.8));
}

test("rest is no mouth", () => {
  assert.ok(Object.values(by(oculus, {})).every((share) => share === 0));
});

test("shut lips stay shut, whatever the jaw does", () => {
  for (const jawOpen of [0, 0.1, 0.3, 0.7]) {
    const shut = { ...OCULUS.PP, jawOpen, mouthClose: jawOpen, mouthLowerDown: 0, mouthUpperUp: 0 };
    const shares = by(oculus, shut);
    const opening = Object.entries(shares).map(([name, share]) => share * gap(frame(mouths[name])));
    assert.ok(opening.reduce((sum, part) => sum + part, 0) <= 0.05 + 1e-6, JSON.stringify(shares));
  }
});

test("shares are within 0..1 and go smoothly from frame to frame", () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let k = 0; k < 50; k += 1) {
    const weights = ARKIT.map(random);
    const near = weights.map((weight) => Math.min(1, weight + 0.001));
    const [a, b] = [oculus.shares(weights), oculus.shares(near)];
    assert.ok(a.every((share) => share >= 0 && share <= 1));
    assert.ok(a.every((share, i) => Math.abs(share - b[i]) < 0.05));
  }
});

test("weights that lack shapes are taken as they are", () => {
  const few = new Visemes(OCULUS, ["jawOpen"]);
  assert.ok(few.shares([0.6])[few.names.indexOf("aa")] > 0.3);
});
