/**
 * A VRM of three-vrm, 0 or 1: by its own 52 expressions where it has them ("Perfect Sync"), else by
 * the presets aa, ih, ou, ee, oh, the blinks and the look.
 *
 *     const face = new VrmFace(gltf.userData.vrm, names);
 *     player.run(({ weights }) => face.show(weights)); // and vrm.update(seconds) before each render
 *
 * @module faces/vrm
 */

import { gazeReader } from "./gaze.js";
import { nothingFound, ShapeHandles } from "./shape-handles.js";
import { VRM as MOUTHS } from "./viseme-poses.js";
import { lipGap, Visemes } from "./visemes.js";

/**
 * @typedef {object} VRMExpressionManager What is used of one.
 * @property {Record<string, unknown>} expressionMap
 * @property {(name: string) => unknown} getExpression
 * @property {(name: string, value: number) => void} setValue
 */
/** @typedef {{target?: unknown, autoUpdate: boolean, yaw: number, pitch: number}} VRMLookAt */
/** @typedef {{expressionManager?: VRMExpressionManager, lookAt?: VRMLookAt}} VRM */
/** @typedef {(weights: ArrayLike<number>) => void} Show */

const ENOUGH = 0.5; // of our shapes, from which a model's own expressions are the better choice
/** VRM has no mouth for p, b, m but the one at rest: presets end where lips are nearer than the first
 * of these, and are whole from the second on. The bundled model's p, b, m come to 0 to 0.06. */
const [SHUT, APART] = [0.06, 0.12];

/** A model whose expressions show weights. */
export class VrmFace {
  /** @type {Show[]} */
  #parts;

  /** @param {VRM} vrm @param {readonly string[]} names the weights' names, in their order */
  constructor(vrm, names) {
    const manager = vrm.expressionManager;
    if (!manager) throw new Error("this VRM has no expressions: it can’t show a voice");
    const rig = Object.keys(manager.expressionMap).map((name) => ({
      name,
      set: (/** @type {number} */ value) => manager.setValue(name, value),
    }));
    const own = new ShapeHandles([rig], names);
    /** True if the model has the shapes themselves. */
    this.perfectSync = own.found.length >= ENOUGH * names.length;
    const presets = [...Object.keys(MOUTHS), "blinkLeft", "blinkRight"];
    const known = presets.filter((name) => manager.getExpression(name));
    /** What the model lacks: shapes with Perfect Sync, else presets. @type {string[]} */
    this.missing = this.perfectSync ? own.missing : presets.filter((name) => !known.includes(name));
    if (this.perfectSync) this.#parts = [(weights) => own.show(weights)];
    else if (known.length + own.found.length > 0 || manager.getExpression("blink")) {
      this.#parts = [...mouth(manager, names), ...lids(manager, names)];
    } else throw nothingFound("this VRM", [rig]);
    const eyesOwn = this.perfectSync && own.found.some((name) => name.startsWith("eyeLook"));
    if (!eyesOwn) this.#parts.push(...look(vrm, names));
  }

  /** Sets the expressions; `vrm.update` brings them to the meshes.
   * @param {ArrayLike<number>} weights [shapes], 0..1, in the names' order */
  show(weights) {
    for (const show of this.#parts) show(weights);
  }
}

/** The presets of the mouth that there are. @param {VRMExpressionManager} manager
 * @param {readonly string[]} names @returns {Show[]} */
function mouth(manager, names) {
  const known = Object.entries(MOUTHS).filter(([name]) => manager.getExpression(name));
  const visemes = new Visemes(Object.fromEntries(known), names);
  const gap = lipGap(names);
  return [
    (weights) => {
      const apart = Math.min(1, Math.max(0, (gap(weights) - SHUT) / (APART - SHUT)));
      visemes.shares(weights).forEach((share, i) => {
        manager.setValue(visemes.names[i], apart * share);
      });
    },
  ];
}

/** Each lid by its own preset, or both by one. @param {VRMExpressionManager} manager
 * @param {readonly string[]} names @returns {Show[]} */
function lids(manager, names) {
  const [left, right] = ["eyeBlinkLeft", "eyeBlinkRight"].map((name) => names.indexOf(name));
  if (left < 0 || right < 0) return [];
  if (manager.getExpression("blinkLeft") && manager.getExpression("blinkRight")) {
    return [
      (weights) => manager.setValue("blinkLeft", weights[left]),
      (weights) => manager.setValue("blinkRight", weights[right]),
    ];
  }
  return [(weights) => manager.setValue("blink", Math.min(weights[left], weights[right]))];
}

/** The eyes, by bones or expressions as the model has it. A target that the page gave them comes
 * first. @param {VRM} vrm @param {readonly string[]} names @returns {Show[]} */
function look({ lookAt }, names) {
  const read = gazeReader(names);
  if (!lookAt || !read) return [];
  return [
    (weights) => {
      if (lookAt.target && lookAt.autoUpdate) return;
      const { yaw, pitch } = read(weights);
      lookAt.yaw = yaw;
      lookAt.pitch = -pitch; // three-vrm's pitch goes down
    },
  ];
}
