/** Names of shapes in every spelling that rigs have. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { matchShapes } from "../../../web/faces/spelling.js";
import { ARKIT } from "../shapes.mjs";

/** What a target alone is taken for. */
const meaning = (target) =>
  ARKIT[matchShapes([target], ARKIT).findIndex((places) => places.length)];
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const capital = (name) => name[0].toUpperCase() + name.slice(1);
const letter = (name, sign) => name.replace(/(Left|Right)$/, (side) => sign + side[0]);

const SPELLINGS = {
  plain: (name) => name,
  capital,
  snake,
  "snake in capitals": (name) => snake(name).toUpperCase(),
  "lower case": (name) => name.toLowerCase(),
  "a letter for the side": (name) => letter(name, "_"),
  "a bare letter": (name) => letter(name, ""),
  "a dotted letter": (name) => letter(capital(name), "."),
  "Maya's": (name) => `blendShape1.${name}`,
  "Ready Player Me's": (name) => `Wolf3D_Head.${name}`,
  "a prefix": (name) => `ARKit_${capital(name)}`,
  "Blender's number": (name) => `${name}.001`,
  "a prefix in lower case": (name) => `head_${snake(name)}`,
};

for (const [spelling, spell] of Object.entries(SPELLINGS)) {
  test(`${spelling}: each of the 52 is itself`, () => {
    for (const name of ARKIT) assert.equal(meaning(spell(name)), name, spell(name));
  });
}

test("a side may come first", () => {
  assert.equal(meaning("L_mouthSmile"), "mouthSmileLeft");
  assert.equal(meaning("Right_eyeBlink"), "eyeBlinkRight");
});

test("two halves of one shape are both it", () => {
  const places = matchShapes(["browInnerUp_L", "browInnerUp_R"], ["browInnerUp"]);
  assert.deepEqual(places, [[0, 1]]);
});

test("the plainest of a mesh counts", () => {
  assert.deepEqual(matchShapes(["teeth_jawOpen", "jawOpen"], ["jawOpen"]), [[1]]);
});

test("what is none of ours is none", () => {
  const others = ["viseme_aa", "mouthOpen", "mouthSmile", "eyesClosed", "Smile", "blink", "", "L"];
  for (const name of others) assert.equal(meaning(name), undefined, name);
});
