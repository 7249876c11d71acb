/** The 52 ARKit shapes: their names, order and groups; the head's pose beside them. */

/** LAM's order, and the order of a model's weights unless its file says otherwise. */
export const ARKIT = [
  "browDownLeft",
  "browDownRight",
  "browInnerUp",
  "browOuterUpLeft",
  "browOuterUpRight",
  "cheekPuff",
  "cheekSquintLeft",
  "cheekSquintRight",
  "eyeBlinkLeft",
  "eyeBlinkRight",
  "eyeLookDownLeft",
  "eyeLookDownRight",
  "eyeLookInLeft",
  "eyeLookInRight",
  "eyeLookOutLeft",
  "eyeLookOutRight",
  "eyeLookUpLeft",
  "eyeLookUpRight",
  "eyeSquintLeft",
  "eyeSquintRight",
  "eyeWideLeft",
  "eyeWideRight",
  "jawForward",
  "jawLeft",
  "jawOpen",
  "jawRight",
  "mouthClose",
  "mouthDimpleLeft",
  "mouthDimpleRight",
  "mouthFrownLeft",
  "mouthFrownRight",
  "mouthFunnel",
  "mouthLeft",
  "mouthLowerDownLeft",
  "mouthLowerDownRight",
  "mouthPressLeft",
  "mouthPressRight",
  "mouthPucker",
  "mouthRight",
  "mouthRollLower",
  "mouthRollUpper",
  "mouthShrugLower",
  "mouthShrugUpper",
  "mouthSmileLeft",
  "mouthSmileRight",
  "mouthStretchLeft",
  "mouthStretchRight",
  "mouthUpperUpLeft",
  "mouthUpperUpRight",
  "noseSneerLeft",
  "noseSneerRight",
  "tongueOut",
];

/** The 20 left/right pairs. */
export const PAIRS = ARKIT.filter((name) => name.endsWith("Left")).map((left) => [
  left,
  left.replace(/Left$/, "Right"),
]);

/** The 29 shapes that rest in silence (every mouth shape but `mouthClose`, jaw, nose, cheeks). */
export const SPEECH = ARKIT.filter(
  (name) => /^(mouth|jaw|noseSneer|cheekPuff)/.test(name) && name !== "mouthClose",
);

/** The head's pose, in radians: to the face's own left, chin down, to its own right shoulder. */
export const HEAD = ["headYaw", "headPitch", "headRoll"];
