/**
 * A face on a canvas, drawn from the 52 ARKit weights.
 *
 *     const face = new Face(canvas, names);
 *     face.draw(weights);
 *
 * @module face
 */

import { SKIN } from "./colours.js";
import { paintBody } from "./paint/body.js";
import { paintEyes } from "./paint/eyes.js";
import { paintBackHair, paintFrontHair } from "./paint/hair.js";
import { paintMouth } from "./paint/mouth.js";
import { paintNose } from "./paint/nose.js";
import { paintHead, paintSurface } from "./paint/skin.js";
import { glow } from "./pen.js";
import { jaw } from "./rig/jaw.js";
import { MOUTH_Y } from "./rig/mouth.js";

/** @typedef {{x: number, y: number, roll: number}} Sway How the head is held: -1..1, radians. */

const VIEW = { width: 760, height: 900, left: -380, top: -430 };
const STILL = { x: 0, y: 0, roll: 0 };

/** A face on a canvas, whose size on the page must not come from its own pixels: give it one in the
 * style sheet, or `resize` lets it grow. */
export class Face {
  #pen;
  #names;
  /** @type {HTMLCanvasElement[]} */
  #still = [];
  #scale = 1;
  #origin = [0, 0];

  /** @param {HTMLCanvasElement} canvas its size on the page is kept to
   * @param {string[]} names the weights' names, in their order */
  constructor(canvas, names) {
    this.canvas = canvas;
    this.#names = names;
    this.#pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.resize();
  }

  /** The weights' names may change with the model. @param {string[]} names */
  set names(names) {
    this.#names = names;
  }

  /** Fits the drawing to the canvas's size on the page; call it when that changes. */
  resize() {
    const density = Math.min(devicePixelRatio || 1, 2);
    const width = Math.max(1, Math.round(this.canvas.clientWidth * density));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * density));
    if (this.#still.length && width === this.canvas.width && height === this.canvas.height) return;
    Object.assign(this.canvas, { width, height });
    this.#scale = Math.min(width / VIEW.width, height / VIEW.height);
    this.#origin = [width / 2, height - (VIEW.height + VIEW.top) * this.#scale];
    this.#still = [paintBody, paintBackHair, paintFrontHair].map((paint) => this.#layer(paint));
  }

  /** Draws the face. @param {ArrayLike<number>} weights [shapes], 0..1, in the
   * names' order
   * @param {Sway} [sway] */
  draw(weights, sway = STILL) {
    const named = Object.fromEntries(this.#names.map((name, i) => [name, weights[i]]));
    const pen = this.#pen;
    const [body, back, front] = this.#still;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#at(sway, -5, () => this.#stamp(back));
    this.#stamp(body);
    this.#at(sway, 0, () => glow(pen, [0, 326 + 0.5 * jaw(named).down], [104, 58], SKIN.deep, 0.4));
    this.#at(sway, 2, () => paintHead(pen, named));
    this.#at(sway, 9, () => {
      paintSurface(pen, named);
      paintEyes(pen, named);
    });
    this.#at(sway, 11, () => {
      pen.translate(0, MOUTH_Y);
      paintMouth(pen, named);
    });
    this.#at(sway, 15, () => paintNose(pen, named));
    this.#at(sway, 4, () => this.#stamp(front));
  }

  /** Paints with what lies `depth` before the head's middle moved by the sway.
   * @param {Sway} sway @param {number} depth @param {() => void} paint */
  #at(sway, depth, paint) {
    const pen = this.#pen;
    pen.save();
    this.#place(pen);
    pen.translate(0, 330);
    pen.rotate(sway.roll);
    pen.translate(sway.x * (6 + depth), sway.y * (3 + 0.6 * depth) - 330);
    paint();
    pen.restore();
  }

  /** @param {CanvasRenderingContext2D} pen */
  #place(pen) {
    pen.setTransform(this.#scale, 0, 0, this.#scale, this.#origin[0], this.#origin[1]);
  }

  /** @param {(pen: CanvasRenderingContext2D) => void} paint */
  #layer(paint) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: this.canvas.width, height: this.canvas.height });
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#place(pen);
    paint(pen);
    return canvas;
  }

  /** A layer in the pen's present place. @param {HTMLCanvasElement} layer */
  #stamp(layer) {
    const pen = this.#pen;
    pen.save();
    const { a } = pen.getTransform();
    if (a === 1) pen.setTransform(1, 0, 0, 1, 0, 0);
    else
      pen.transform(
        1 / this.#scale,
        0,
        0,
        1 / this.#scale,
        -this.#origin[0] / this.#scale,
        -this.#origin[1] / this.#scale,
      );
    pen.drawImage(layer, 0, 0);
    pen.restore();
  }
}
