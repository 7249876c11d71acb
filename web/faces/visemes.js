/**
 * From ARKit weights to mouths that a rig has ready, such as visemes.
 *
 * The shares are those whose poses, added up, come nearest to the weights: least squares with a
 * little on the shares' own size, each share in 0..1, found one share at a time (coordinate descent).
 * Lips that are shut stay shut: every mouth but a contact's is given only as far as the lips are
 * apart, and not at all where they meet.
 *
 * @module faces/visemes
 */

/** @typedef {import("./viseme-poses.js").Pose} Pose */

/** Mouths that touch: lip on lip, or lip on teeth. All others need lips that are apart. */
const CONTACTS = ["sil", "PP", "FF"];
const TEETH = "FF";
const RIDGE = 0.002; // of a share's square, beside the squares of weights: decides between like poses
const SWEEPS = 100; // over all shares
/** Lips nearer than the first of these meet; from the second on a mouth is as open as its pose.
 * Gaps are about 0 (shut) to 1; the bundled model's p, b, m come to 0 to 0.06. */
const [SHUT, APART] = [0.06, 0.16];
/** Shut lips pressed less than the first of these may touch the teeth, from the second on not. */
const [LOOSE, PRESSED] = [0.1, 0.2];

/** Shares of given mouths in a frame. */
export class Visemes {
  #shapes;
  #gap;
  #press;
  #poses;
  #products;
  #free;

  /** @param {Readonly<Record<string, Pose>>} poses by the mouths' names: `OCULUS`, `VRM` or your own
   * @param {readonly string[]} names the weights' names, in their order */
  constructor(poses, names) {
    const shapes = [...new Set(Object.values(poses).flatMap(Object.keys))];
    this.#shapes = shapes
      .filter((shape) => shape !== "mouthClose")
      .map((shape) => ({ shape, read: reader(shape, names) }));
    this.#gap = lipGap(names);
    this.#press = reader("mouthPress", names);
    /** The mouths' names, in the shares' order. */
    this.names = Object.keys(poses);
    this.#free = this.names.map((name) => !CONTACTS.includes(name));
    this.#poses = Object.values(poses).map((pose) =>
      this.#shapes.map(({ shape }) =>
        shape === "jawOpen" ? parting(pose.jawOpen, pose.mouthClose) : (pose[shape] ?? 0),
      ),
    );
    this.#products = this.#poses.map((one) => this.#poses.map((other) => dot(one, other)));
  }

  /** @param {ArrayLike<number>} weights [shapes], 0..1, in the names' order
   * @returns {Float32Array} [mouths], 0..1, in the order of `names` */
  shares(weights) {
    const face = this.#shapes.map(({ read }) => read(weights));
    const aims = this.#poses.map((pose) => dot(pose, face));
    const shares = new Float32Array(aims.length);
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      for (let i = 0; i < shares.length; i += 1) {
        const own = this.#products[i][i];
        const rest = aims[i] - dot(this.#products[i], shares) + own * shares[i];
        shares[i] = within(rest / (own + RIDGE));
      }
    }
    const apart = within((this.#gap(weights) - SHUT) / (APART - SHUT));
    const pressed = within((this.#press(weights) - LOOSE) / (PRESSED - LOOSE));
    const bite = 1 - (1 - apart) * pressed;
    return shares.map((share, i) => {
      if (this.#free[i]) return share * apart;
      return this.names[i] === TEETH ? share * bite : share;
    });
  }
}

/** How to read a shape that may have two sides: their mean; 0 where the weights lack it.
 * @param {string} shape @param {readonly string[]} names
 * @returns {(weights: ArrayLike<number>) => number} */
function reader(shape, names) {
  const places = names.flatMap((name, i) => (name.replace(/(Left|Right)$/, "") === shape ? i : []));
  if (shape !== "jawOpen") return (weights) => mean(weights, places);
  const close = names.indexOf("mouthClose");
  return (weights) => parting(mean(weights, places), weights[close]);
}

/** How far the jaw parts the lips: its opening less what `mouthClose` takes back of it.
 * @param {number} [open] @param {number} [close] */
function parting(open = 0, close = 0) {
  return Math.max(0, open - close);
}

/** The lips' distance: what the jaw parts, and half of each lip's own movement from the other.
 * @param {readonly string[]} names @returns {(weights: ArrayLike<number>) => number} */
function lipGap(names) {
  const [jaw, lower, upper] = ["jawOpen", "mouthLowerDown", "mouthUpperUp"].map((shape) =>
    reader(shape, names),
  );
  return (weights) => jaw(weights) + (lower(weights) + upper(weights)) / 2;
}

/** @param {ArrayLike<number>} weights @param {number[]} places */
function mean(weights, places) {
  return places.reduce((sum, place) => sum + weights[place], 0) / Math.max(1, places.length);
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}

/** @param {number} share */
function within(share) {
  return Math.min(1, Math.max(0, share));
}
