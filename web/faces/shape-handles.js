/** Weights by our names to whatever moves a rig's shapes. */

import { matchShapes } from "./spelling.js";

/** @typedef {{name: string, set: (value: number) => void}} Handle One shape of a rig, 0..1. */

const SHOWN = 12; // names of a rig in a message

/** The shapes of a rig that our weights move. */
export class ShapeHandles {
  #bound;

  /** @param {readonly Handle[][]} rigs each mesh's, or each part's, shapes
   * @param {readonly string[]} names the weights' names, in their order
   * @param {(name: string) => boolean} [wanted] which of them are to be shown */
  constructor(rigs, names, wanted = () => true) {
    /** @type {Handle[][]} */
    const bound = names.map(() => []);
    for (const handles of rigs) {
      const targets = handles.map(({ name }) => name);
      matchShapes(targets, names).forEach((places, i) => {
        bound[i].push(...places.map((place) => handles[place]));
      });
    }
    /** Names that no mesh has. */
    this.missing = names.filter((_, i) => bound[i].length === 0);
    /** Names that some mesh has. */
    this.found = names.filter((_, i) => bound[i].length > 0);
    this.#bound = bound
      .map((handles, i) => ({ i, handles }))
      .filter(({ i, handles }) => handles.length > 0 && wanted(names[i]));
  }

  /** @param {ArrayLike<number>} weights [shapes], 0..1, in the names' order */
  show(weights) {
    for (const { i, handles } of this.#bound) for (const { set } of handles) set(weights[i]);
  }
}

/** The error for a rig that has none of our shapes. @param {string} what it is
 * @param {readonly Handle[][]} rigs @returns {Error} */
export function nothingFound(what, rigs) {
  const there = [...new Set(rigs.flatMap((handles) => handles.map(({ name }) => name)))];
  const more = there.length > SHOWN ? ` and ${there.length - SHOWN} more` : "";
  const list =
    there.length > 0 ? `there are ${there.slice(0, SHOWN).join(", ")}${more}` : "there are none";
  return new Error(`no shape of ${what} is named as in ARKit, such as jawOpen: ${list}`);
}
