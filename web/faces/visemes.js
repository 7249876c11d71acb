/**
 * From ARKit weights to mouths that a rig has ready, such as visemes. Counterpart of
 * runtime/a2e/visemes/shares.py, whose shares these are; a test compares them.
 *
 * The shares are those whose poses, added up, come nearest to the weights of jaw and mouth, none
 * negative, their sum 1 at most. Where a frame's lips are shut, shares go to the contacts until
 * their mix is shut, too.
 *
 * @module faces/visemes
 */

import { dot, nonnegative } from "./nonnegative.js";

/** @typedef {import("./viseme-poses.js").Pose} Pose */

/** Mouths that touch: lip on lip, and lip on teeth. */
const CONTACTS = ["PP", "FF"];
const RIDGE = 0.001 ** 2; // of a share's square, beside the squares of weights
const SUM_PENALTY = 100; // of the square by which shares that would sum to more than 1 miss it
const LEAST = 1e-9;
const CLOSED_GAP = 0.1; // lips nearer than this are shut
const UNBINDING = 4; // how fast the gap that shares may have grows with the frame's own
/** How far each shape parts the lips. @type {Record<string, number>} */
const PARTING = { jawOpen: 1, mouthClose: -1, mouthLowerDown: 0.25, mouthUpperUp: 0.25 };

/** The shape that both sides share. @param {string} name */
const unsided = (name) => name.replace(/(Left|Right)$/, "");

/** How far the lips are apart, 0 (shut) to about 1. @param {readonly string[]} names the weights' names
 * @returns {(weights: ArrayLike<number>) => number} */
export function lipGap(names) {
  const shares = names.map((name) => PARTING[unsided(name)] ?? 0);
  return (weights) => dot(shares, weights);
}

/** Shares of given mouths in a frame. */
export class Visemes {
  #columns;
  #gap;
  #poses;
  #products;
  #gaps;
  #contacts;

  /** @param {Readonly<Record<string, Pose>>} poses by the mouths' names: `OCULUS`, `VRM` or your own
   * @param {readonly string[]} names the weights' names, in their order */
  constructor(poses, names) {
    /** The mouths' names, in the shares' order. */
    this.names = Object.keys(poses);
    this.#columns = names.flatMap((name, i) => (/^(jaw|mouth)/.test(name) ? i : []));
    this.#gap = lipGap(names);
    const whole = Object.values(poses).map((pose) =>
      names.map((name) => pose[name] ?? pose[unsided(name)] ?? 0),
    );
    this.#gaps = whole.map(this.#gap);
    this.#poses = whole.map((row) => this.#columns.map((column) => row[column]));
    this.#products = this.#poses.map((one, i) =>
      this.#poses.map((other, j) => dot(one, other) + (i === j ? RIDGE : 0)),
    );
    this.#contacts = CONTACTS.map((name) => this.names.indexOf(name)).filter((i) => i >= 0);
  }

  /** @param {ArrayLike<number>} weights [shapes], 0..1, in the names' order
   * @returns {Float32Array} [mouths], 0..1, in the order of `names` */
  shares(weights) {
    const mouth = this.#columns.map((column) => weights[column]);
    const nearest = this.#nearest(this.#poses.map((pose) => dot(pose, mouth)));
    return Float32Array.from(this.#closed(nearest, this.#gap(weights)));
  }

  /** @param {number[]} wanted */
  #nearest(wanted) {
    const shares = nonnegative(this.#products, wanted);
    if (sum(shares) <= 1) return shares;
    const whole = nonnegative(
      this.#products.map((row) => row.map((product) => product + SUM_PENALTY)),
      wanted.map((value) => value + SUM_PENALTY),
    );
    const total = Math.max(1, sum(whole));
    return whole.map((share) => share / total);
  }

  /** The shares as far as the lips' gap allows. @param {number[]} shares @param {number} gap */
  #closed(shares, gap) {
    const beyond = gap - CLOSED_GAP;
    const allowed =
      CLOSED_GAP + (beyond > 0 ? UNBINDING * beyond : Math.max(beyond, -CLOSED_GAP) / 2);
    const own = dot(shares, this.#gaps);
    if (own <= allowed) return shares;
    const shut = this.#contact(shares, allowed);
    const part = Math.min(1, (own - allowed) / Math.max(own - dot(shut, this.#gaps), LEAST));
    return shares.map((share, i) => share + part * (shut[i] - share));
  }

  /** All shares on the contacts as they stand to each other, on the lips alone where that is not shut
   * enough; none without contacts. @param {number[]} shares @param {number} allowed */
  #contact(shares, allowed) {
    const none = shares.map(() => 0);
    const touching = sum(this.#contacts.map((i) => shares[i]));
    const total = sum(shares);
    const shut = shares.map((share, i) =>
      touching > 0 && this.#contacts.includes(i) ? (share * total) / touching : 0,
    );
    if (touching > 0 && dot(shut, this.#gaps) <= allowed) return shut;
    if (this.#contacts.length > 0) none[this.#contacts[0]] = total;
    return none;
  }
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
