/**
 * An avatar of Ready Player Me or TalkingHead: by its ARKit morph targets where it has them, else by
 * the 15 Oculus visemes and what it has of eyes and brows.
 *
 *     const face = new TalkingHeadFace(head, names); // a TalkingHead, or an avatar in three.js
 *     player.run(({ weights }) => face.show(weights));
 *
 * @module faces/talkinghead
 */

import { nothingFound, ShapeHandles } from "./shape-handles.js";
import { matchShapes } from "./spelling.js";
import { morphTargets } from "./three.js";
import { OCULUS } from "./viseme-poses.js";
import { Visemes } from "./visemes.js";

/** @typedef {import("./three.js").Object3D} Object3D */
/** @typedef {import("./shape-handles.js").Handle} Handle */
/** @typedef {(weights: ArrayLike<number>) => void} Show */
/** @typedef {{realtime: number | null, needsUpdate: boolean}} Value A morph target's, in TalkingHead. */
/** @typedef {{mtAvatar: Record<string, Value>}} TalkingHead What is used of one. */

const SILENCE = "sil";
const ENOUGH = 0.5; // of the mouth's shapes, from which they are the better choice than visemes
/** Ready Player Me's own names of visemes that Meta calls otherwise. @type {Record<string, string>} */
const ALSO = { ih: "I", oh: "O", ou: "U" };
/** Ready Player Me's shapes of both eyes. @type {Record<string, [string, string]>} */
const BOTH_EYES = {
  eyesClosed: ["eyeBlinkLeft", "eyeBlinkRight"],
  eyesLookUp: ["eyeLookUpLeft", "eyeLookUpRight"],
  eyesLookDown: ["eyeLookDownLeft", "eyeLookDownRight"],
};
const LOWER = /^(jaw|mouth|cheekPuff|tongue)/; // shapes that visemes stand for
const UPPER = /^(eye|brow)/;

/** An avatar whose morph targets show weights. */
export class TalkingHeadFace {
  /** @type {Show[]} */
  #parts;
  /** @type {() => void} */
  #release;

  /**
   * @param {TalkingHead | Object3D} avatar
   * @param {readonly string[]} names the weights' names, in their order
   * @param {{eyes?: boolean}} [options] false: eyes and brows stay the avatar's own
   */
  constructor(avatar, names, { eyes = true } = {}) {
    const head = "mtAvatar" in avatar ? avatar : null;
    const rigs = head ? [realtimeTargets(head)] : morphTargets(/** @type {Object3D} */ (avatar));
    const wanted = (/** @type {string} */ name) => eyes || !UPPER.test(name);
    const all = new ShapeHandles(rigs, names, wanted);
    const mouths = names.filter((name) => LOWER.test(name));
    const known = all.found.filter((name) => LOWER.test(name));
    const visemes = visemeTargets(rigs);
    /** How the mouth is shown. @type {"arkit" | "visemes"} */
    this.mouth = known.length >= ENOUGH * mouths.length || !visemes.length ? "arkit" : "visemes";
    if (known.length + visemes.length === 0) throw nothingFound("the avatar", rigs);
    if (this.mouth === "arkit") this.#parts = [(weights) => all.show(weights)];
    else {
      const upper = new ShapeHandles(rigs, names, (name) => wanted(name) && !LOWER.test(name));
      this.#parts = [(weights) => upper.show(weights), speak(visemes, names)];
    }
    if (eyes) this.#parts.push(...bothEyes(rigs, names, all.missing));
    const ours = this.mouth === "arkit" ? mouths : [];
    /** Names that the avatar lacks, besides those that visemes stand for. */
    this.missing = all.missing.filter((name) => ours.includes(name) || !LOWER.test(name));
    this.#release = () => head && release(head);
  }

  /** @param {ArrayLike<number>} weights [shapes], 0..1, in the names' order */
  show(weights) {
    for (const show of this.#parts) show(weights);
  }

  /** Gives the face back to TalkingHead's own moods and animations. */
  release() {
    this.#release();
  }
}

/** TalkingHead's values that its own animations leave alone. @param {TalkingHead} head
 * @returns {Handle[]} */
function realtimeTargets({ mtAvatar }) {
  return Object.keys(mtAvatar).map((name) => ({
    name,
    set: (realtime) => {
      Object.assign(mtAvatar[name], { realtime, needsUpdate: true });
    },
  }));
}

/** @param {TalkingHead} head */
function release({ mtAvatar }) {
  for (const value of Object.values(mtAvatar)) {
    if (value.realtime !== null) Object.assign(value, { realtime: null, needsUpdate: true });
  }
}

/** The visemes that an avatar has, and what moves each. @param {readonly Handle[][]} rigs
 * @returns {{id: string, handles: Handle[]}[]} */
function visemeTargets(rigs) {
  const ids = Object.keys(OCULUS);
  const spellings = ids.flatMap((id) =>
    [id, ALSO[id]].filter(Boolean).map((name) => ({ id, name: `viseme_${name}` })),
  );
  const all = spellings.map(({ name }) => name);
  return ids.flatMap((id) => {
    const handles = rigs.flatMap((rig) => {
      const places = matchShapes(
        rig.map(({ name }) => name),
        all,
      );
      return spellings.flatMap((one, i) => (one.id === id ? places[i].map((at) => rig[at]) : []));
    });
    return handles.length > 0 ? [{ id, handles }] : [];
  });
}

/** @param {{id: string, handles: Handle[]}[]} targets @param {readonly string[]} names
 * @returns {Show} */
function speak(targets, names) {
  const mouths = targets.filter(({ id }) => id !== SILENCE);
  const silence = targets.filter(({ id }) => id === SILENCE);
  const visemes = new Visemes(Object.fromEntries(mouths.map(({ id }) => [id, OCULUS[id]])), names);
  return (weights) => {
    const shares = visemes.shares(weights);
    const rest = Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0));
    mouths.forEach(({ handles }, i) => {
      for (const { set } of handles) set(shares[i]);
    });
    for (const { handles } of silence) for (const { set } of handles) set(rest);
  };
}

/** Shapes of both eyes at once, for those that the avatar lacks of each eye.
 * @param {readonly Handle[][]} rigs @param {readonly string[]} names
 * @param {readonly string[]} missing @returns {Show[]} */
function bothEyes(rigs, names, missing) {
  return Object.entries(BOTH_EYES).flatMap(([shape, pair]) => {
    const [left, right] = pair.map((name) => names.indexOf(name));
    const handles = rigs.flat().filter(({ name }) => name === shape);
    if (left < 0 || right < 0 || !pair.every((name) => missing.includes(name))) return [];
    return handles.map(({ set }) => {
      return (/** @type {ArrayLike<number>} */ weights) =>
        set(Math.min(weights[left], weights[right]));
    });
  });
}
