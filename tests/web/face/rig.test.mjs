/** The face's geometry: every shape shows, nothing breaks, what must touch touches. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { brow, eye } from "../../../web/face/rig/eyes.js";
import { jaw } from "../../../web/face/rig/jaw.js";
import { mouth } from "../../../web/face/rig/mouth.js";
import { outline, surface } from "../../../web/face/rig/skin.js";
import { ARKIT } from "../shapes.mjs";

const SIDES = /** @type {const} */ (["Left", "Right"]);
const geometry = (weights) =>
  JSON.stringify([
    jaw(weights),
    mouth(weights),
    outline(weights),
    surface(weights),
    SIDES.map((side) => [eye(weights, side), brow(weights, side)]),
  ]);
const middle = (line) => line[line.length >> 1];
const gap = (weights) => mouth(weights).gap;
const width = ({ upperInner }) => upperInner.at(-1)[0] - upperInner[0][0];

for (const shape of ARKIT) {
  test(`${shape} shows`, () => {
    assert.notEqual(geometry({ [shape]: 1 }), geometry({}));
    assert.notEqual(geometry({ [shape]: 0.3 }), geometry({ [shape]: 1 }));
  });
}

test("left and right shapes are mirror images", () => {
  for (const shape of ARKIT.filter((name) => name.endsWith("Left"))) {
    const left = mouth({ [shape]: 1 });
    const right = mouth({ [shape.replace(/Left$/, "Right")]: 1 });
    for (const line of ["upperOuter", "upperInner", "lowerInner", "lowerOuter"]) {
      left[line].forEach(([x, y], i) => {
        const [mirroredX, mirroredY] = right[line].at(-1 - i);
        assert.ok(Math.abs(x + mirroredX) < 1e-9 && Math.abs(y - mirroredY) < 1e-9, shape);
      });
    }
  }
});

test("lips never cross, whatever the weights", () => {
  let state = 1;
  const random = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  for (let pose = 0; pose < 500; pose += 1) {
    const shape = mouth(Object.fromEntries(ARKIT.map((name) => [name, random() ** 2])));
    shape.upperInner.forEach(([, y], i) => {
      assert.ok(shape.lowerInner[i][1] >= y);
      assert.ok(shape.upperOuter[i][1] <= y && shape.lowerOuter[i][1] >= shape.lowerInner[i][1]);
      assert.ok(Number.isFinite(y));
    });
  }
});

test("the mouth opens with the jaw and closes over an open jaw", () => {
  assert.ok(gap({}) < 1);
  assert.ok(gap({ jawOpen: 0.5 }) > 40);
  assert.ok(gap({ jawOpen: 1 }) > gap({ jawOpen: 0.5 }));
  assert.ok(gap({ jawOpen: 0.5, mouthClose: 0.5 }) < 2);
});

test("the mouth's width and thickness follow pucker, funnel, stretch, roll and press", () => {
  const rest = mouth({});
  assert.ok(width(mouth({ mouthPucker: 1 })) < 0.65 * width(rest));
  assert.ok(width(mouth({ mouthFunnel: 1 })) < 0.8 * width(rest));
  assert.ok(width(mouth({ mouthStretchLeft: 1, mouthStretchRight: 1 })) > 1.1 * width(rest));
  const thickness = (weights) => {
    const { lowerOuter, lowerInner } = mouth(weights);
    return middle(lowerOuter)[1] - middle(lowerInner)[1];
  };
  assert.ok(thickness({ mouthRollLower: 1 }) < 0.4 * thickness({}));
  assert.ok(thickness({ mouthPressLeft: 1, mouthPressRight: 1 }) < 0.7 * thickness({}));
  assert.ok(thickness({ mouthPucker: 1 }) > thickness({}));
});

test("corners go up in a smile and down in a frown, each side by itself", () => {
  const [right, left] = [0, -1].map((at) => (shape) => mouth(shape).upperInner.at(at)[1]);
  assert.ok(left({ mouthSmileLeft: 1 }) < left({}) - 20);
  assert.ok(Math.abs(right({ mouthSmileLeft: 1 }) - right({})) < 1);
  assert.ok(right({ mouthFrownRight: 1 }) > right({}) + 15);
});

test("a blink shuts the lids entirely", () => {
  const { upper, lower } = eye({ eyeBlinkLeft: 1 }, "Left");
  assert.deepEqual(upper, lower);
});

test("eyes look where they are told: out is away from the nose", () => {
  const rest = eye({}, "Left").iris;
  assert.ok(eye({ eyeLookOutLeft: 1 }, "Left").iris[0] > rest[0] + 10);
  assert.ok(eye({ eyeLookInLeft: 1 }, "Left").iris[0] < rest[0] - 10);
  assert.ok(eye({ eyeLookUpLeft: 1 }, "Left").iris[1] < rest[1] - 8);
  assert.ok(eye({ eyeLookDownLeft: 1 }, "Left").iris[1] > rest[1] + 8);
});
