/**
 * A face of three.js: the morph targets of any mesh, named as in ARKit, in any spelling.
 *
 *     const face = new ThreeFace(gltf.scene, names);
 *     player.run(({ weights }) => face.show(weights));
 *
 * @module faces/three
 */

import { nothingFound, ShapeHandles } from "./shape-handles.js";

/** @typedef {{traverse(callback: (part: any) => void): unknown}} Object3D A mesh of three.js, or what
 * holds meshes. */
/** @typedef {{morphTargetDictionary?: Record<string, number>, morphTargetInfluences?: number[]}} Mesh
 * What is used of one. */
/** @typedef {import("./shape-handles.js").Handle} Handle */

/** Meshes, however deep, whose morph targets show weights. */
export class ThreeFace {
  #shapes;

  /** @param {Object3D} object a mesh, or what holds meshes
   * @param {readonly string[]} names the weights' names, in their order */
  constructor(object, names) {
    const rigs = morphTargets(object);
    this.#shapes = new ShapeHandles(rigs, names);
    if (this.#shapes.found.length === 0) throw nothingFound("the three.js object", rigs);
    /** Names that no mesh has. */
    this.missing = this.#shapes.missing;
  }

  /** @param {ArrayLike<number>} weights [shapes], 0..1, in the names' order */
  show(weights) {
    this.#shapes.show(weights);
  }
}

/** The morph targets of each mesh in an object. @param {Object3D} object @returns {Handle[][]} */
export function morphTargets(object) {
  /** @type {Handle[][]} */
  const rigs = [];
  object.traverse((/** @type {Mesh} */ part) => {
    const { morphTargetDictionary, morphTargetInfluences } = part;
    if (!morphTargetDictionary || !morphTargetInfluences) return;
    rigs.push(
      Object.entries(morphTargetDictionary).map(([name, place]) => ({
        name,
        set: (value) => {
          morphTargetInfluences[place] = value;
        },
      })),
    );
  });
  return rigs;
}
