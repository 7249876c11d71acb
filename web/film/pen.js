/** What the face uses of `CanvasRenderingContext2D`; whatever else it asks for is an error. */

import { Gradient, paintNumbers, parseColour } from "./paints.js";
import { Path } from "./path.js";

/** @typedef {import("./canvas.js").Canvas} Canvas */
/** @typedef {[number, number, number, number, number, number]} Matrix a, b, c, d, e, f */

const CAPS = ["butt", "round"];
const STATE = {
  fillStyle: /** @type {string | Gradient} */ ("#000000"),
  strokeStyle: /** @type {string | Gradient} */ ("#000000"),
  lineWidth: 1,
  lineCap: "butt",
  globalAlpha: 1,
  shadowColor: "rgba(0, 0, 0, 0)",
  shadowBlur: 0,
  shadowOffsetX: 0,
  shadowOffsetY: 0,
};

/** Writes on its canvas's tape. A path is drawn under the transformation under which it was begun. */
export class Pen {
  #canvas;
  #tape;
  /** @type {Matrix} */
  #matrix = [1, 0, 0, 1, 0, 0];
  /** The matrix as the tape has it. @type {Matrix | null} */
  #written = null;
  #path = new Path();
  /** @type {Matrix} */
  #begun = this.#matrix;
  /** @type {[typeof STATE, Matrix][]} */
  #saved = [];

  /** @param {Canvas} canvas @param {import("./tape.js").Tape} tape */
  constructor(canvas, tape) {
    this.#canvas = canvas;
    this.#tape = tape;
    this.fillStyle = STATE.fillStyle;
    this.strokeStyle = STATE.strokeStyle;
    this.lineWidth = STATE.lineWidth;
    this.lineCap = STATE.lineCap;
    this.globalAlpha = STATE.globalAlpha;
    this.shadowColor = STATE.shadowColor;
    this.shadowBlur = STATE.shadowBlur;
    this.shadowOffsetX = STATE.shadowOffsetX;
    this.shadowOffsetY = STATE.shadowOffsetY;
    Object.preventExtensions(this);
  }

  save() {
    this.#select();
    this.#saved.push([{ ...STATE, ...this }, this.#matrix]);
    this.#tape.write("save");
  }

  restore() {
    const saved = this.#saved.pop();
    if (!saved) return;
    this.#select();
    const [state, matrix] = saved;
    Object.assign(this, state);
    this.#matrix = matrix;
    this.#written = null;
    this.#tape.write("restore");
  }

  /** @param {number} x @param {number} y */
  translate(x, y) {
    this.transform(1, 0, 0, 1, x, y);
  }

  /** @param {number} x @param {number} y */
  scale(x, y) {
    this.transform(x, 0, 0, y, 0, 0);
  }

  /** @param {number} angle radians */
  rotate(angle) {
    if (angle === 0) return;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.transform(cos, sin, -sin, cos, 0, 0);
  }

  /** @param {Matrix} inner */
  transform(...[a, b, c, d, e, f]) {
    const [A, B, C, D, E, F] = this.#matrix;
    this.setTransform(
      A * a + C * b,
      B * a + D * b,
      A * c + C * d,
      B * c + D * d,
      A * e + C * f + E,
      B * e + D * f + F,
    );
  }

  /** @param {Matrix} matrix */
  setTransform(...matrix) {
    this.#matrix = matrix;
  }

  getTransform() {
    const [a, b, c, d, e, f] = this.#matrix;
    return { a, b, c, d, e, f };
  }

  beginPath() {
    this.#path = new Path();
    this.#begun = this.#matrix;
  }

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.#path.moveTo(x, y);
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    this.#path.lineTo(x, y);
  }

  /** @param {Parameters<Path["quadraticCurveTo"]>} points */
  quadraticCurveTo(...points) {
    this.#path.quadraticCurveTo(...points);
  }

  /** @param {Parameters<Path["bezierCurveTo"]>} points */
  bezierCurveTo(...points) {
    this.#path.bezierCurveTo(...points);
  }

  /** @param {Parameters<Path["arc"]>} arc */
  arc(...arc) {
    this.#path.arc(...arc);
  }

  /** @param {Parameters<Path["ellipse"]>} ellipse */
  ellipse(...ellipse) {
    this.#path.ellipse(...ellipse);
  }

  closePath() {
    this.#path.closePath();
  }

  /** @param {Path} [path] */
  clip(path) {
    this.#draw(path);
    this.#tape.write("clip");
  }

  /** @param {Path} [path] */
  fill(path) {
    this.#draw(path);
    const shadow = parseColour(this.shadowColor);
    const paint = [this.globalAlpha, ...paintNumbers(this.fillStyle)];
    if (shadow < 2 ** 24) this.#tape.write("fill", ...paint);
    else {
      const { shadowOffsetX, shadowOffsetY, shadowBlur } = this;
      this.#tape.write("shadow", shadowOffsetX, shadowOffsetY, shadowBlur, shadow, ...paint);
    }
  }

  /** @param {Path} [path] */
  stroke(path) {
    this.#draw(path);
    const cap = CAPS.indexOf(this.lineCap);
    if (cap < 0) throw new Error(`no line cap: ${this.lineCap}`);
    const paint = paintNumbers(this.strokeStyle);
    this.#tape.write("stroke", this.lineWidth, cap, this.globalAlpha, ...paint);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    this.#select();
    const paint = paintNumbers(this.fillStyle);
    this.#tape.write("rectangle", x, y, width, height, this.globalAlpha, ...paint);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  clearRect(x, y, width, height) {
    this.#select();
    this.#tape.write("clear", x, y, width, height);
  }

  /** @param {Canvas} canvas @param {number} x @param {number} y */
  drawImage(canvas, x, y) {
    this.#select();
    this.#tape.write("image", canvas.number, x, y, this.globalAlpha);
  }

  /** @param {number[]} line x0, y0, x1, y1 */
  createLinearGradient(...line) {
    return new Gradient(1, ...line);
  }

  /** @param {number[]} circles x0, y0, r0, x1, y1, r1 */
  createRadialGradient(...circles) {
    return new Gradient(2, ...circles);
  }

  /** Forgets what the tape knew of the pen: the next drawing says it anew. */
  forget() {
    this.#written = null;
  }

  /** @param {Path} [path] the pen's own by default */
  #draw(path) {
    if (!path && this.#begun !== this.#matrix)
      throw new Error("a path must be drawn under the transformation under which it was begun");
    this.#select();
    this.#tape.writePath((path ?? this.#path).numbers);
  }

  /** Makes the canvas and the transformation those that the tape's next command is drawn with. */
  #select() {
    this.#canvas.select();
    if (this.#written === this.#matrix) return;
    this.#written = this.#matrix;
    this.#tape.write("matrix", ...this.#matrix);
  }
}
