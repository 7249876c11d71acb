/**
 * A face of Babylon.js: the morph targets of meshes, named as in ARKit, in any spelling.
 *
 *     const face = new BabylonFace(scene.meshes, names);
 *     player.run(({ weights }) => face.show(weights));
 *
 * @module faces/babylon
 */

import { nothingFound, ShapeHandles } from "./shape-handles.js";

/** @typedef {{name: string, influence: number}} MorphTarget */
/**
 * @typedef {object} MorphTargetManager What is used of one.
 * @property {number} numTargets
 * @property {(index: number) => MorphTarget} getTarget
 * @property {boolean} isUsingTextureForTargets
 * @property {number} numMaxInfluencers
 */
/** @typedef {{morphTargetManager: MorphTargetManager | null}} AbstractMesh */
/** @typedef {import("./shape-handles.js").Handle} Handle */

/** Meshes whose morph targets show weights. */
export class BabylonFace {
  #shapes;

  /** @param {readonly AbstractMesh[]} meshes such as a scene's or a loaded container's
   * @param {readonly string[]} names the weights' names, in their order */
  constructor(meshes, names) {
    const managers = [...new Set(meshes.map((mesh) => mesh.morphTargetManager))].filter(
      (manager) => manager !== null && manager !== undefined,
    );
    const rigs = managers.map(targets);
    this.#shapes = new ShapeHandles(rigs, names);
    if (this.#shapes.found.length === 0) throw nothingFound("the Babylon.js meshes", rigs);
    for (const manager of managers) keepOneShader(manager);
    /** Names that no mesh has. */
    this.missing = this.#shapes.missing;
  }

  /** @param {ArrayLike<number>} weights [shapes], 0..1, in the names' order */
  show(weights) {
    this.#shapes.show(weights);
  }
}

/** @param {MorphTargetManager} manager @returns {Handle[]} */
function targets(manager) {
  return Array.from({ length: manager.numTargets }, (_, i) => {
    const target = manager.getTarget(i);
    return {
      name: target.name,
      set: (value) => {
        target.influence = value;
      },
    };
  });
}

/** Babylon compiles a shader for each number of targets that are not at 0, which a voice changes at
 * every frame: one for all of them is compiled once. @param {MorphTargetManager} manager */
function keepOneShader(manager) {
  if (manager.isUsingTextureForTargets) manager.numMaxInfluencers ||= manager.numTargets;
}
