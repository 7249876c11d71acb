/**
 * The page's face where there is no page: its drawing as numbers.
 *
 * @module film
 */

import { Face } from "../face/face.js";
import { Canvas } from "./canvas.js";
import { Path } from "./path.js";
import { Tape } from "./tape.js";

/** Makes a face, whose canvas is number 0.
 * @param {number} width pixels @param {number} height @param {string[]} names the weights' */
export function open(width, height, names) {
  const tape = new Tape();
  let count = 0;
  const makeCanvas = () => {
    count += 1;
    return new Canvas(tape, count - 1);
  };
  Object.assign(globalThis, {
    devicePixelRatio: 1,
    document: { createElement: makeCanvas },
    Path2D: Path,
  });
  const canvas = Object.assign(makeCanvas(), { clientWidth: width, clientHeight: height });
  const face = new Face(/** @type {any} */ (canvas), names);
  const weights = new Float64Array(names.length);
  const sway = new Float64Array(3);
  let numbers = new Float64Array(1 << 16);
  return {
    /** What `draw` shows: weights in the names' order, 0..1. */
    weights,
    /** How the head is held: x, y, roll; see `Sway`. */
    sway,
    /** The tape that `draw` fills; a longer one takes its place when it is too short. */
    numbers: () => numbers,
    /** Draws the face; the length of the tape. */
    draw() {
      const [x, y, roll] = sway;
      face.draw(weights, { x, y, roll });
      const cut = tape.cut();
      if (cut.length > numbers.length) numbers = new Float64Array(2 * cut.length);
      numbers.set(cut);
      return cut.length;
    },
  };
}
